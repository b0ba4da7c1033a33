// Several models' stems, blended with weights per stem. Page, worker or Node.
import { STEMS } from "../stems.ts";
import { PlanarQueue, type Planar } from "./planar-queue.ts";
import { CHANNELS, STEM_CHANNELS, type Stage } from "./stage.ts";

export interface BlendPart {
  stage: Stage;
  /** One weight per stem, in the order of STEMS; over all parts they sum to one for each stem. */
  weights: readonly number[];
}

/**
 * Weighted sum of the parts' stems. The short-time Fourier transform is linear, so this is the blend
 * of their spectra (Uhlich et al., "Improving music source separation based on deep neural networks
 * through data augmentation and network blending", ICASSP 2017).
 */
export class BlendStage implements Stage {
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

  async #each(step: (stage: Stage) => Promise<Planar>): Promise<Planar> {
    for (const [i, { stage }] of this.#parts.entries()) this.#ready[i].push(await step(stage));
    const samples = Math.min(...this.#ready.map(({ length }) => length));
    const blended = Array.from({ length: STEM_CHANNELS }, () => new Float32Array(samples));
    for (const [i, { weights }] of this.#parts.entries()) {
      const planes = this.#ready[i].take(samples);
      STEMS.forEach((_, stem) => {
        for (let c = stem * CHANNELS; c < (stem + 1) * CHANNELS; c++) {
          const sum = blended[c];
          const plane = planes[c];
          for (let n = 0; n < samples; n++) sum[n] += weights[stem] * plane[n];
        }
      });
    }
    return blended;
  }

  reset(): void {
    for (const { stage } of this.#parts) stage.reset();
    for (const queue of this.#ready) queue.clear();
  }
}
