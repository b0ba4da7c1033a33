// Several models' stems, blended with weights per stem. Page, worker or Node.
import { CHANNELS, PlanarQueue, type Planar } from "../../dsp/planar-queue.ts";
import type { ModelStage } from "./stage.ts";

export interface BlendPart {
  stage: ModelStage;
  /** One weight per stem of the blend; over all models they sum to one for each stem. */
  weights: readonly number[];
  /** For each stem of the blend, which of this model's it is. */
  order: readonly number[];
}

/**
 * Weighted sum of the models' stems. The short-time Fourier transform is linear, so this is the blend
 * of their spectra (Uhlich et al., "Improving music source separation based on deep neural networks
 * through data augmentation and network blending", ICASSP 2017).
 */
export class BlendStage implements ModelStage {
  readonly #parts: readonly BlendPart[];
  readonly #ready: PlanarQueue[];

  constructor(parts: readonly BlendPart[]) {
    this.#parts = parts;
    this.#ready = parts.map(({ order }) => new PlanarQueue(order.length * CHANNELS));
  }

  push(block: Planar): Promise<Planar> {
    return this.#each((stage) => stage.push(block));
  }

  finish(): Promise<Planar> {
    return this.#each((stage) => stage.finish());
  }

  startFor(position: number): number {
    return Math.min(...this.#parts.map(({ stage }) => stage.startFor(position)));
  }

  async #each(step: (stage: ModelStage) => Promise<Planar>): Promise<Planar> {
    const stems = await Promise.all(this.#parts.map(({ stage }) => step(stage)));
    stems.forEach((planes, i) => this.#ready[i].push(planes));
    const samples = Math.min(...this.#ready.map(({ length }) => length));
    const [{ order }] = this.#parts;
    const blended = Array.from(
      { length: order.length * CHANNELS },
      () => new Float32Array(samples),
    );
    for (const [i, { weights, order }] of this.#parts.entries()) {
      const planes = this.#ready[i].view();
      blended.forEach((sum, c) => {
        const stem = Math.floor(c / CHANNELS);
        const weight = weights[stem];
        const plane = planes[order[stem] * CHANNELS + (c % CHANNELS)];
        if (i === 0) for (let n = 0; n < samples; n++) sum[n] = weight * plane[n];
        else for (let n = 0; n < samples; n++) sum[n] += weight * plane[n];
      });
      this.#ready[i].drop(samples);
    }
    return blended;
  }

  reset(start = 0): void {
    for (const { stage } of this.#parts) stage.reset(start);
    for (const queue of this.#ready) queue.clear();
  }
}
