// Sample-rate conversion of a whole signal without delay. Any thread but the audio thread.
import { Resampler } from "../../dsp/resampler.ts";
import { joined, type Planar } from "../../dsp/planar-queue.ts";
import type { Stage } from "./stage.ts";

/**
 * Converts a signal so that output sample n is the input at n·inputRate/outputRate. M samples become
 * ceil(M·outputRate/inputRate); `push` and `finish` count so, not sample for sample.
 */
export class ResampleStage implements Stage {
  readonly #resampler: Resampler;
  readonly #channels: number;
  /** The resampler's delay, in whole output samples. */
  readonly #delay: number;
  #skip: number;
  #taken = 0;
  #given = 0;

  /** @throws DannaError "input" for rates that the resampler refuses */
  constructor(channels: number, inputRate: number, outputRate: number) {
    const least = Resampler.minimumDelay(inputRate, outputRate);
    this.#delay = Math.ceil((least * outputRate) / inputRate);
    const delay = (this.#delay * inputRate) / outputRate;
    this.#resampler = new Resampler({ inputRate, outputRate, channels, delay });
    this.#channels = channels;
    this.#skip = this.#delay;
  }

  async push(block: Planar): Promise<Planar> {
    this.#taken += block[0].length;
    return this.#convert(block);
  }

  #convert(block: Planar): Planar {
    const written = this.#resampler.outputLength(block[0].length);
    const output = Array.from({ length: this.#channels }, () => new Float32Array(written));
    this.#resampler.process(block, output);
    const from = Math.min(this.#skip, written);
    this.#skip -= from;
    this.#given += written - from;
    return output.map((plane) => plane.subarray(from));
  }

  async finish(): Promise<Planar> {
    const { inputRate, outputRate } = this.#resampler;
    const total = Math.ceil((this.#taken * outputRate) / inputRate);
    const missing = total - this.#given;
    if (missing <= 0) return joined([], this.#channels);
    const silence = Math.ceil(((missing + this.#skip) * inputRate) / outputRate) + 1;
    const zeros = Array.from({ length: this.#channels }, () => new Float32Array(silence));
    return this.#convert(zeros).map((plane) => plane.subarray(0, missing));
  }

  reset(): void {
    this.#resampler.reset();
    this.#skip = this.#delay;
    this.#taken = this.#given = 0;
  }
}

/** All of a signal at another rate. */
export async function convertedWhole(
  signal: Planar,
  inputRate: number,
  outputRate: number,
): Promise<Planar> {
  const stage = new ResampleStage(signal.length, inputRate, outputRate);
  return joined([await stage.push(signal), await stage.finish()], signal.length);
}

/** A stream of blocks at another rate. */
export async function* resampled(
  blocks: AsyncGenerator<Planar>,
  channels: number,
  inputRate: number,
  outputRate: number,
): AsyncGenerator<Planar> {
  if (inputRate === outputRate) return yield* blocks;
  const stage = new ResampleStage(channels, inputRate, outputRate);
  for await (const block of blocks) yield stage.push(block);
  yield stage.finish();
}
