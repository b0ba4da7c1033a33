// The whole way of a recording: any rate in, stems at the same rate and of the same length out.
// Page, worker or Node.
import { STEMS, type Stem } from "../stems.ts";
import { joined, PlanarQueue, type Planar } from "./planar-queue.ts";
import { ResampleStage } from "./resample-stage.ts";
import type { SplitModel } from "./split-model.ts";
import { CHANNELS, STEM_CHANNELS, type Stage } from "./stage.ts";

/** Samples beyond 80 dB over full scale, or not a number, are faults and count as silence. */
const SAMPLE_LIMIT = 1e4;

/** A stretch of all stems. */
export interface StemChunk {
  /** Position of its first sample. */
  readonly start: number;
  readonly sampleRate: number;
  /** Left and right of each stem. */
  readonly stems: Readonly<Record<Stem, readonly [Float32Array, Float32Array]>>;
}

export interface SplitStreamOptions {
  model: SplitModel;
  sampleRate: number;
  /** Share what the stems miss of the mixture out among them, so that they add up to it. */
  addUp: boolean;
  signal?: AbortSignal;
}

/** Lets queued events in: on the WASM backend inference never does. */
const turn = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });

/**
 * Splits a stream of stereo blocks.
 * @throws the signal's reason when aborted; DannaError "model" when inference fails
 */
export async function* splitStream(
  blocks: AsyncIterable<Planar>,
  { model, sampleRate, addUp, signal }: SplitStreamOptions,
): AsyncGenerator<StemChunk, void, undefined> {
  const convert = sampleRate !== model.sampleRate;
  const toModel = convert ? new ResampleStage(CHANNELS, sampleRate, model.sampleRate) : undefined;
  const fromModel = convert
    ? new ResampleStage(STEM_CHANNELS, model.sampleRate, sampleRate)
    : undefined;
  const refine = model.wiener && new RefineStage(model.stage, model.wiener);
  const chain = [toModel, refine ?? model.stage, fromModel].filter((stage) => stage !== undefined);
  for (const stage of chain) stage.reset();

  const mixture = new PlanarQueue(CHANNELS);
  let start = 0;
  const chunk = (planes: Planar): StemChunk | undefined => {
    const samples = Math.min(planes[0].length, mixture.length);
    if (samples === 0) return undefined;
    const stems = planes.map((plane) => plane.subarray(0, samples));
    const mixed = mixture.take(samples);
    if (addUp) shareRemainder(mixed, stems);
    const at = start;
    start += samples;
    const entries = STEMS.map((stem, i) => [stem, [stems[2 * i], stems[2 * i + 1]]]);
    return { start: at, sampleRate, stems: Object.fromEntries(entries) as StemChunk["stems"] };
  };

  for await (const block of blocks) {
    signal?.throwIfAborted();
    const clean = block.map(sanitised);
    mixture.push(clean);
    const part = chunk(await through(chain, clean));
    if (part) yield part;
    await turn();
  }
  signal?.throwIfAborted();
  let rest: Planar = joined([], CHANNELS);
  for (const stage of chain) {
    const pushed = rest[0].length > 0 ? await stage.push(rest) : undefined;
    const finished = await stage.finish();
    rest = pushed ? joined([pushed, finished], finished.length) : finished;
    signal?.throwIfAborted();
  }
  const last = chunk(rest);
  if (last) yield last;
}

async function through(chain: readonly Stage[], block: Planar): Promise<Planar> {
  for (const stage of chain) block = await stage.push(block);
  return block;
}

function sanitised(samples: Float32Array): Float32Array {
  if (samples.every((sample) => Math.abs(sample) <= SAMPLE_LIMIT)) return samples;
  return samples.map((sample) => (Math.abs(sample) <= SAMPLE_LIMIT ? sample : 0));
}

/**
 * Gives every stem the same share of what they miss of the mixture: the nearest stems, in least
 * squares, that add up to it, so that their summed error never grows.
 */
function shareRemainder(mixture: Planar, stems: Planar): void {
  for (let c = 0; c < CHANNELS; c++) {
    const planes = stems.filter((_, i) => i % CHANNELS === c);
    const mixed = mixture[c];
    for (let n = 0; n < mixed.length; n++) {
      let missing = mixed[n];
      for (const plane of planes) missing -= plane[n];
      const share = missing / planes.length;
      for (const plane of planes) plane[n] += share;
    }
  }
}

/** A model followed by a stage over mixture and stems together. */
class RefineStage implements Stage {
  readonly #model: Stage;
  readonly #refiner: Stage;
  readonly #mixture = new PlanarQueue(CHANNELS);

  constructor(model: Stage, refiner: Stage) {
    this.#model = model;
    this.#refiner = refiner;
  }

  async push(block: Planar): Promise<Planar> {
    this.#mixture.push(block);
    return this.#refine(await this.#model.push(block));
  }

  #refine(stems: Planar): Promise<Planar> {
    return this.#refiner.push([...this.#mixture.take(stems[0].length), ...stems]);
  }

  async finish(): Promise<Planar> {
    const refined = await this.#refine(await this.#model.finish());
    return joined([refined, await this.#refiner.finish()], STEM_CHANNELS);
  }

  reset(): void {
    this.#model.reset();
    this.#refiner.reset();
    this.#mixture.clear();
  }
}
