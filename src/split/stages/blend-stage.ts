// Several models' stems, blended with weights per stem. Page, worker or Node.
import { CHANNELS, PlanarQueue, type Planar } from "../../dsp/planar-queue.ts";
import { addScaled } from "../../dsp/sums.ts";
import { releaseAll } from "../../util/release.ts";
import type { ModelStage } from "./stage.ts";

export interface BlendPart {
  stage: ModelStage;
  /** One weight per stem of the blend; over all models they sum to one for each stem. */
  weights: readonly number[];
  /** For each stem of the blend, which of this model's it is. */
  order: readonly number[];
}

/** Samples of stems that a model may be ahead of what is blended: nearly what a segment gives at once. */
const AHEAD = 2 ** 18;
/** Samples that a model gets at a time: decoders' blocks are as short as 2048, and each call of a worker costs. */
const PIECE = 16_384;

/** A model, the mixture that it has not had, and its stems that are not blended yet. */
interface Part extends BlendPart {
  readonly mixture: PlanarQueue;
  readonly ready: PlanarQueue;
}

/**
 * Weighted sum of the models' stems. The short-time Fourier transform is linear, so this is the blend
 * of their spectra (Uhlich et al., "Improving music source separation based on deep neural networks
 * through data augmentation and network blending", ICASSP 2017). While a model is behind, the mixture waits for the
 * others: it is a quarter of what their stems would take.
 */
export class BlendStage implements ModelStage {
  readonly #parts: readonly Part[];

  constructor(parts: readonly BlendPart[]) {
    this.#parts = parts.map((part) => ({
      ...part,
      mixture: new PlanarQueue(CHANNELS),
      ready: new PlanarQueue(part.order.length * CHANNELS),
    }));
  }

  async push(block: Planar): Promise<Planar> {
    for (const { mixture } of this.#parts) mixture.push(block);
    await this.#each(goOn);
    return this.#blend();
  }

  async finish(): Promise<Planar> {
    for (;;) {
      const ended = await this.#each(end);
      const blended = this.#blend();
      if (blended[0].length > 0 || ended.every(Boolean)) return blended;
    }
  }

  startFor(position: number): number {
    return Math.min(...this.#parts.map(({ stage }) => stage.startFor(position)));
  }

  #each<T>(step: (part: Part) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#parts.map(step));
  }

  #blend(): Planar {
    const samples = Math.min(...this.#parts.map(({ ready }) => ready.length));
    const [{ order }] = this.#parts;
    const blended = Array.from(
      { length: order.length * CHANNELS },
      () => new Float32Array(samples),
    );
    const parts = this.#parts.map((part) => ({ ...part, planes: part.ready.view() }));
    blended.forEach((sum, c) => {
      const stem = Math.floor(c / CHANNELS);
      // Few samples at a time, which stay in the processor's cache from model to model.
      for (let at = 0; at < samples; at += PIECE) {
        const end = Math.min(at + PIECE, samples);
        for (const { planes, weights, order } of parts) {
          const plane = planes[order[stem] * CHANNELS + (c % CHANNELS)];
          addScaled(sum.subarray(at, end), plane.subarray(at, end), weights[stem]);
        }
      }
    });
    for (const { ready } of this.#parts) ready.drop(samples);
    return blended;
  }

  reset(start = 0): void {
    for (const { stage, mixture, ready } of this.#parts) {
      stage.reset(start);
      mixture.clear();
      ready.clear();
    }
  }
}

/** Gives a model the whole pieces that wait for it, unless it is far enough ahead. */
async function goOn({ stage, mixture, ready }: Part): Promise<void> {
  while (mixture.length >= PIECE && ready.length < AHEAD) {
    await keep(ready, await stage.push(mixture.take(PIECE)));
  }
}

/** The same at the recording's end, and what is left; whether the model has given all. */
async function end(part: Part): Promise<boolean> {
  const { stage, mixture, ready } = part;
  await goOn(part);
  if (mixture.length >= PIECE) return false;
  if (mixture.length > 0) await keep(ready, await stage.push(mixture.take(mixture.length)));
  const rest = await stage.finish();
  const all = rest[0].length === 0;
  await keep(ready, rest);
  return all;
}

async function keep(ready: PlanarQueue, stems: Planar): Promise<void> {
  ready.push(stems);
  await releaseAll(stems);
}
