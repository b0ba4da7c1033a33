// Runs a separator that wants whole segments (bidirectional models, HTDemucs) over a stream:
// overlapping segments, cross-faded. Page, worker or Node.
import { joined, PlanarQueue, type Planar } from "./planar-queue.ts";
import { CHANNELS, STEM_CHANNELS, type Stage } from "./stage.ts";

export interface SegmentOptions {
  /** Samples of a segment. */
  length: number;
  /** Share of a segment that the next one covers again, from 0 to below 1. */
  overlap: number;
  /** Stems (8 planes) of one segment of the mixture (2 planes), both `length` samples. */
  separate(mixture: Planar): Promise<Planar>;
}

/**
 * Segments weighted by a triangle, as Demucs blends them. A last one that is short is centred in its
 * segment, with the real sound before it and silence after it.
 */
export class SegmentStage implements Stage {
  readonly #options: SegmentOptions;
  readonly #stride: number;
  readonly #ramp: Float32Array;
  /** The mixture from up to one segment before `#start` on. */
  readonly #mixture = new PlanarQueue(CHANNELS);
  /** Samples of `#mixture` before the next segment's start. */
  #before = 0;
  /** Weighted sums, and sums of weights, from the next segment's start on. */
  #sums = new PlanarQueue(STEM_CHANNELS + 1);

  constructor(options: SegmentOptions) {
    const { length, overlap } = options;
    this.#options = options;
    this.#stride = Math.floor((1 - overlap) * length);
    this.#ramp = Float32Array.from({ length }, (_, i) => Math.min(i + 1, length - i) / length);
  }

  async push(block: Planar): Promise<Planar> {
    const { length } = this.#options;
    const outputs: Planar[] = [];
    this.#mixture.push(block);
    while (this.#mixture.length >= this.#before + length) {
      await this.#segment(length);
      outputs.push(this.#finished(this.#stride));
      this.#advance();
    }
    return joined(outputs, STEM_CHANNELS);
  }

  async finish(): Promise<Planar> {
    const outputs: Planar[] = [];
    for (;;) {
      const left = this.#mixture.length - this.#before;
      if (left <= 0) break;
      await this.#segment(Math.min(left, this.#options.length));
      outputs.push(this.#finished(Math.min(left, this.#stride)));
      this.#advance();
    }
    return joined(outputs, STEM_CHANNELS);
  }

  /** Adds the stems of the `samples` samples that follow the next segment's start. */
  async #segment(samples: number): Promise<void> {
    const { length, separate } = this.#options;
    const lead = Math.floor((length - samples) / 2);
    const real = Math.min(lead, this.#before);
    const from = this.#before - real;
    const known = Math.min(this.#mixture.length - from, length - (lead - real));
    const mixture = this.#mixture.peek(known, from).map((plane) => {
      const segment = new Float32Array(length);
      segment.set(plane, lead - real);
      return segment;
    });
    const stems = await separate(mixture);
    const missing = samples - this.#sums.length;
    if (missing > 0) this.#sums.pushZeros(missing);
    const sums = this.#sums.take(this.#sums.length);
    const weights = sums[STEM_CHANNELS];
    for (let i = 0; i < samples; i++) weights[i] += this.#ramp[i];
    stems.forEach((stem, c) => {
      const sum = sums[c];
      for (let i = 0; i < samples; i++) sum[i] += this.#ramp[i] * stem[lead + i];
    });
    this.#sums.push(sums);
  }

  #finished(samples: number): Planar {
    const planes = this.#sums.take(Math.min(samples, this.#sums.length));
    const weights = planes[STEM_CHANNELS];
    return planes.slice(0, STEM_CHANNELS).map((plane) => plane.map((sum, i) => sum / weights[i]));
  }

  #advance(): void {
    this.#before += this.#stride;
    const spare = this.#before - this.#options.length;
    if (spare > 0) {
      this.#mixture.drop(spare);
      this.#before -= spare;
    }
  }

  reset(): void {
    this.#mixture.clear();
    this.#sums.clear();
    this.#before = 0;
  }
}
