// The whole way of a recording: any rate in, stems at the same rate and of the same length out.
// Page, worker or Node.
import { gcd } from "../dsp/resampler.ts";
import { copySanitised } from "../dsp/sanitise.ts";
import { shareRemainder } from "../dsp/sums.ts";
import type { Stem } from "../stems.ts";
import { releaseAll } from "../util/release.ts";
import { ModelLock } from "./model-lock.ts";
import { CHANNELS, joined, PlanarQueue, type Planar } from "../dsp/planar-queue.ts";
import { ResampleStage } from "./stages/resample-stage.ts";
import type { StagedModel } from "./split-model.ts";
import type { ModelStage, Stage } from "./stages/stage.ts";

/** A stretch of all stems. */
export interface StemChunk {
  /** Position of its first sample. */
  readonly start: number;
  readonly sampleRate: number;
  /** Left and right of each stem. */
  readonly stems: Readonly<Record<Stem, readonly [Float32Array, Float32Array]>>;
}

/** Samples of a stretch. */
export const samplesOf = ({ stems }: StemChunk): number => Object.values(stems)[0][0].length;

export interface SplitStreamOptions {
  model: StagedModel;
  sampleRate: number;
  /** First sample whose stems are wanted; by default 0. */
  from?: number;
  /** Share what the stems miss of the mixture out among them, so that they add up to it. */
  addUp: boolean;
  signal?: AbortSignal;
  /** See `AudioStream`: of the stream's blocks. */
  skip?: ((samples: number) => number) | undefined;
}

/** Samples at the model's rate that a filter over the stems, or a resampler, needs before its first. */
const MARGIN = 4096;
/** Samples; a model of whole segments gives many more at once. */
const REFINED_AT_A_TIME = 16_384;

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
 * Splits a stream of stereo blocks, which starts at the recording's first sample.
 * @throws the signal's reason when aborted; DannaError "model" when inference fails, "worker" when a
 *   worker dies, "input" while the model is used for another recording
 */
export async function* splitStream(
  blocks: AsyncIterable<Planar>,
  options: SplitStreamOptions,
): AsyncGenerator<StemChunk, void, undefined> {
  const run = await ModelLock.begin(options.model, options.signal);
  try {
    yield* splitBlocks(blocks, options, run);
  } finally {
    run.end();
  }
}

async function* splitBlocks(
  blocks: AsyncIterable<Planar>,
  { model, sampleRate, from = 0, addUp, signal, skip }: SplitStreamOptions,
  run: ModelLock,
): AsyncGenerator<StemChunk, void, undefined> {
  const names = model.manifest.stems;
  const stemPlanes = names.length * CHANNELS;
  const convert = sampleRate !== model.sampleRate;
  const toModel = convert ? new ResampleStage(CHANNELS, sampleRate, model.sampleRate) : undefined;
  const fromModel = convert
    ? new ResampleStage(stemPlanes, model.sampleRate, sampleRate)
    : undefined;
  const separate = model.wiener
    ? new RefineStage(model.stage, model.wiener, stemPlanes)
    : model.stage;
  const chain = [toModel, separate, fromModel].filter((stage) => stage !== undefined);
  const entry = entryPoint(separate, from, sampleRate, model.sampleRate);
  separate.reset(entry.modelStart);

  const mixture = new PlanarQueue(CHANNELS);
  let { start } = entry;
  const chunk = (planes: Planar): StemChunk | undefined => {
    const samples = Math.min(planes[0].length, mixture.length);
    const early = Math.min(samples, Math.max(0, from - start));
    const at = start + early;
    start += samples;
    const mixed = mixture.take(samples).map((plane) => plane.subarray(early));
    if (early === samples) return undefined;
    const stems = planes.map((plane) => plane.subarray(early, samples));
    if (addUp) {
      for (const [c, plane] of mixed.entries()) {
        shareRemainder(
          plane,
          stems.filter((_, i) => i % CHANNELS === c),
        );
      }
    }
    const entries = names.map((stem, i) => [stem, [stems[2 * i], stems[2 * i + 1]]]);
    return { start: at, sampleRate, stems: Object.fromEntries(entries) as StemChunk["stems"] };
  };

  const skipped = skip?.(start) ?? 0;
  for await (const block of startingAt(start - skipped, blocks, signal)) {
    const clean = sanitised(block);
    mixture.push(clean);
    const part = chunk(await run.step(() => through(chain, clean)));
    if (part) yield part;
    await turn();
  }
  for (const [i, stage] of chain.entries()) {
    for (;;) {
      const rest = await run.step(() => stage.finish());
      if (rest[0].length === 0) break;
      const part = chunk(await run.step(() => through(chain.slice(i + 1), rest)));
      if (part) yield part;
      await turn();
    }
  }
}

/** Where to start, at both rates, for the stems to be right from `from` on. */
function entryPoint(stage: ModelStage, from: number, sampleRate: number, modelRate: number) {
  if (sampleRate === modelRate) {
    const start = stage.startFor(from);
    return { start, modelStart: start };
  }
  // Positions that are whole at both rates.
  const common = gcd(sampleRate, modelRate);
  const position = Math.floor((from * modelRate) / sampleRate) - MARGIN;
  const start = stage.startFor(Math.max(0, position)) - MARGIN;
  const steps = Math.max(0, Math.floor((start * common) / modelRate));
  return { start: (steps * sampleRate) / common, modelStart: (steps * modelRate) / common };
}

/** The blocks without the first `samples` samples. */
async function* startingAt(
  samples: number,
  blocks: AsyncIterable<Planar>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Planar> {
  let left = samples;
  for await (const block of blocks) {
    signal?.throwIfAborted();
    const [{ length }] = block;
    if (left < length) yield block.map((plane) => plane.subarray(left));
    left = Math.max(0, left - length);
  }
}

async function through(chain: readonly Stage[], block: Planar): Promise<Planar> {
  for (const stage of chain) block = await stage.push(block);
  return block;
}

function sanitised(block: Planar): Planar {
  return block.map((samples) => {
    const clean = new Float32Array(samples.length);
    copySanitised(samples, 0, clean);
    return clean;
  });
}

/** A model followed by a stage over mixture and stems together. */
class RefineStage implements ModelStage {
  readonly #model: ModelStage;
  readonly #refiner: Stage;
  readonly #planes: number;
  readonly #mixture = new PlanarQueue(CHANNELS);

  /** @param planes of all stems */
  constructor(model: ModelStage, refiner: Stage, planes: number) {
    this.#model = model;
    this.#refiner = refiner;
    this.#planes = planes;
  }

  startFor(position: number): number {
    return this.#model.startFor(Math.max(0, position - MARGIN));
  }

  async push(block: Planar): Promise<Planar> {
    this.#mixture.push(block);
    return this.#refine(await this.#model.push(block));
  }

  /** Piece by piece: what waits in the refiner stays short. */
  async #refine(stems: Planar): Promise<Planar> {
    const outputs: Planar[] = [];
    for (let at = 0; at < stems[0].length; at += REFINED_AT_A_TIME) {
      const piece = stems.map((plane) => plane.subarray(at, at + REFINED_AT_A_TIME));
      outputs.push(await this.#refiner.push([...this.#mixture.take(piece[0].length), ...piece]));
    }
    await releaseAll(stems);
    return joined(outputs, this.#planes);
  }

  async finish(): Promise<Planar> {
    for (;;) {
      const stems = await this.#model.finish();
      if (stems[0].length === 0) return this.#refiner.finish();
      const refined = await this.#refine(stems);
      if (refined[0].length > 0) return refined;
    }
  }

  reset(start = 0): void {
    this.#model.reset(start);
    this.#refiner.reset();
    this.#mixture.clear();
  }
}
