// Several models' stems, blended with weights per stem. Page, worker or Node.
import { STEMS } from "../../stems.ts";
import { PlanarQueue, type Planar } from "../../dsp/planar-queue.ts";
import { CHANNELS, STEM_CHANNELS, type ModelStage } from "./stage.ts";

export interface BlendPart {
  stage: ModelStage;
  /** One weight per stem, in the order of STEMS; over all parts they sum to one for each stem. */
  weights: readonly number[];
}

/**
 * Weighted sum of the parts' stems. The short-time Fourier transform is linear, so this is the blend
 * of their spectra (Uhlich et al., "Improving music source separation based on deep neural networks
 * through data augmentation and network blending", ICASSP 2017).
 */
export class BlendStage implements ModelStage {
  readonly #parts: readonly BlendPart[];
  readonly #ready: PlanarQueue[];

  constructor(parts: readonly BlendPart[]) {
    this.#parts = parts;
    this.#ready = parts.map(() => new PlanarQueue(STEM_CHANNELS));
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
    const blended = Array.from({ length: STEM_CHANNELS }, () => new Float32Array(samples));
    for (const [i, { weights }] of this.#parts.entries()) {
      const planes = this.#ready[i].view();
      STEMS.forEach((_, stem) => {
        for (let c = stem * CHANNELS; c < (stem + 1) * CHANNELS; c++) {
          const sum = blended[c];
          const plane = planes[c];
          for (let n = 0; n < samples; n++) sum[n] += weights[stem] * plane[n];
        }
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
