// Runs a separator that wants whole segments (bidirectional models, HTDemucs) over a stream:
// overlapping segments, cross-faded. Page, worker or Node.
import { CHANNELS, joined, PlanarQueue, type Planar } from "../../dsp/planar-queue.ts";
import { addProduct, addScaled, divide } from "../../dsp/sums.ts";
import type { ModelStage } from "./stage.ts";

export interface SegmentOptions {
  /** Samples of a segment. */
  readonly length: number;
  /** Whether `separate` takes fewer samples, too. */
  readonly elastic: boolean;
  /** Share of a segment that the next one covers again, from 0 to below 1. */
  readonly overlap: number;
  /** Planes of all stems. */
  readonly planes: number;
  /** Stems of one segment of the mixture (2 planes), as long as it; both are handed over. */
  separate(mixture: Planar): Promise<Planar>;
  /** Segments that may be given to `separate` before the first of them is awaited. */
  readonly ahead: number;
}

/** A segment that is being separated. */
interface Pending {
  /** Samples of it that count. */
  readonly samples: number;
  /** Samples of it before those. */
  readonly lead: number;
  /** Samples that no later segment covers again. */
  readonly final: number;
  readonly stems: Promise<Planar>;
}

/**
 * Segments, where they overlap weighted by a triangle, as Demucs blends them. A last one that is short is filled up: where
 * the length is fixed it is centred, with the real sound before it and silence after it; where not, it
 * has the real sound before it, and a recording that is shorter than a segment is repeated around
 * itself, as a loop would be (what that gains: models/studio.md). Where only the end of a segment is left,
 * which that has covered, there is none. Segments start at multiples of one
 * stride, wherever the recording is entered, so that their stems are the same.
 */
export class SegmentStage implements ModelStage {
  readonly #options: SegmentOptions;
  readonly #stride: number;
  readonly #ramp: Float32Array;
  /** The mixture from up to one segment before the next one's start on. */
  readonly #mixture = new PlanarQueue(CHANNELS);
  /** Samples of `#mixture` before the next segment's start. */
  #before = 0;
  /** In order. */
  #pending: Pending[] = [];
  /** Weighted sums of the stems over what the first pending segment covers again, and of the weights. */
  readonly #sums: readonly Float32Array[];
  readonly #weights: Float32Array;
  /** Whether the segment before the next one was separated. */
  #begun = false;
  /** Samples before the first segment that are still to be given, as silence. */
  #silent = 0;

  constructor(options: SegmentOptions) {
    const { length, overlap, planes } = options;
    this.#options = options;
    this.#stride = Math.floor((1 - overlap) * length);
    this.#ramp = new Float32Array(length);
    for (let i = 0; i < length; i++) this.#ramp[i] = Math.min(i + 1, length - i) / length;
    const shared = length - this.#stride;
    this.#sums = Array.from({ length: planes }, () => new Float32Array(shared));
    this.#weights = new Float32Array(shared);
  }

  /** Past sound that a short last segment is filled up with. */
  get #context(): number {
    const { length, elastic } = this.#options;
    return elastic ? length : Math.ceil(length / 2);
  }

  startFor(position: number): number {
    const first = Math.floor((position - this.#options.length) / this.#stride) + 1;
    return Math.max(0, first * this.#stride - this.#context);
  }

  async push(block: Planar): Promise<Planar> {
    const { length, ahead } = this.#options;
    const outputs: Planar[] = this.#silent > 0 ? [this.#silence(block[0].length)] : [];
    this.#mixture.push(block);
    while (this.#mixture.length >= this.#before + length) {
      this.#begin(length);
      if (this.#pending.length > ahead) outputs.push(await this.#complete());
    }
    return joined(outputs, this.#options.planes);
  }

  async finish(): Promise<Planar> {
    const { length, ahead } = this.#options;
    const left = () => this.#mixture.length - this.#before;
    while (left() > (this.#begun ? length - this.#stride : 0) && this.#pending.length <= ahead) {
      this.#begin(Math.min(left(), length));
    }
    if (this.#pending.length > 0) return this.#complete();
    const rest = this.#rest(Math.max(0, left()));
    this.#mixture.clear();
    return rest;
  }

  #silence(most: number): Planar {
    const samples = Math.min(this.#silent, most);
    this.#silent -= samples;
    return Array.from({ length: this.#options.planes }, () => new Float32Array(samples));
  }

  /** Hands the `samples` samples that follow the next segment's start to `separate`. */
  #begin(samples: number): void {
    const { length, elastic } = this.#options;
    const missing = length - samples;
    this.#begun = true;
    if (elastic && this.#before === 0 && missing > 0) {
      const lead = Math.floor(missing / 2);
      this.#hand(this.#repeated(lead), { samples, lead, final: samples });
      this.#mixture.clear();
      return;
    }
    const lead = elastic ? Math.min(missing, this.#before) : Math.floor(missing / 2);
    const final = Math.min(samples, this.#stride);
    this.#hand(this.#filled(samples, lead), { samples, lead, final });
    this.#advance();
  }

  #hand(mixture: Planar, shape: Omit<Pending, "stems">): void {
    const stems = this.#options.separate(mixture);
    // A failure is thrown where the segment is awaited, unless the signal is given up before.
    void stems.catch(() => undefined);
    this.#pending.push({ ...shape, stems });
  }

  /** The next segment after `lead` samples of past sound, or of silence where there is none. */
  #filled(samples: number, lead: number): Planar {
    const { length, elastic } = this.#options;
    const real = Math.min(lead, this.#before);
    const from = this.#before - real;
    const size = elastic ? lead + samples : length;
    const known = Math.min(this.#mixture.length - from, size - (lead - real));
    return this.#mixture.peek(known, from).map((plane) => {
      const segment = new Float32Array(size);
      segment.set(plane, lead - real);
      return segment;
    });
  }

  /** All of the mixture from `lead` on, over and over to both ends of a segment. */
  #repeated(lead: number): Planar {
    const { length } = this.#mixture;
    const phase = length - (lead % length);
    return this.#mixture
      .peek(length)
      .map((plane) =>
        Float32Array.from({ length: this.#options.length }, (_, i) => plane[(i + phase) % length]),
      );
  }

  #advance(): void {
    this.#before += this.#stride;
    const spare = this.#before - this.#options.length;
    if (spare > 0) {
      this.#mixture.drop(spare);
      this.#before -= spare;
    }
  }

  /** Gives the samples of the oldest pending segment that no later one touches; keeps the others' share. */
  async #complete(): Promise<Planar> {
    const [{ samples, lead, final, stems }] = this.#pending;
    const planes = await stems;
    this.#pending.shift();
    const ramp = this.#ramp.subarray(0, samples);
    const before = Math.min(samples, this.#weights.length);
    const after = Math.max(final, before);
    addScaled(this.#weights, ramp.subarray(0, before), 1);
    const given = planes.map((plane, c) => {
      const stem = plane.subarray(lead, lead + samples);
      const sum = this.#sums[c];
      addProduct(sum, ramp, stem.subarray(0, before));
      const shared = stem.subarray(0, Math.min(before, final));
      shared.set(sum.subarray(0, shared.length));
      divide(shared, this.#weights);
      moveOn(sum, final);
      addProduct(sum.subarray(after - final), ramp.subarray(after), stem.subarray(after));
      return stem.subarray(0, final);
    });
    moveOn(this.#weights, final);
    addScaled(this.#weights.subarray(after - final), ramp.subarray(after), 1);
    return given;
  }

  /** The next samples, which no other segment touches. */
  #rest(samples: number): Planar {
    return this.#sums.map((sum) => {
      const plane = sum.slice(0, samples);
      divide(plane, this.#weights);
      return plane;
    });
  }

  reset(start = 0): void {
    this.#pending = [];
    this.#begun = false;
    this.#mixture.clear();
    for (const sum of [...this.#sums, this.#weights]) sum.fill(0);
    const first = start === 0 ? 0 : Math.ceil((start + this.#context) / this.#stride);
    this.#silent = this.#before = first * this.#stride - start;
  }
}

/** Takes the first samples of a sum away. */
function moveOn(sum: Float32Array, samples: number): void {
  sum.copyWithin(0, samples);
  sum.fill(0, Math.max(0, sum.length - samples));
}
