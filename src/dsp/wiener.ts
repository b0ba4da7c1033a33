// Multichannel Wiener filter with expectation–maximisation on spectra. Any thread but the audio thread.
import type { HeapFloats } from "./heap.ts";
import type { KernelHeap } from "./kernels.ts";

export interface WienerShape {
  stems: number;
  bins: number;
}

export interface WienerOptions {
  /** Rounds of expectation–maximisation; 0 changes nothing. */
  iterations?: number;
  /** Regularisation; √eps is added to the mixture's covariance. */
  eps?: number;
}

/** Open-Unmix's, for spectra of about 10 at full scale. */
export const DEFAULT_EPS = 1e-10;

const CHANNELS = 2;
/** Bytes, and floats, of a number. */
const [FLOAT, DOUBLE, FLOATS_OF_DOUBLE] = [4, 8, 2];
/** Numbers of a Hermitian 2 × 2 matrix: left, right, and (re, im) of left times conjugate right. */
const COVARIANCE = 4;

/**
 * Refines estimates of stereo stems: each is modelled as Gaussian with a variance per frame and bin
 * and a spatial covariance per bin, both taken from the estimates, and becomes its posterior mean
 * given the mixture. (Nugraha, Liutkus, Vincent, "Multichannel audio source separation with deep
 * neural networks", IEEE/ACM TASLP 2016, algorithm 1 with weights of one; in the order of `norbert`'s
 * `expectation_maximization`.) Computed in double precision; the stems add up to the mixture but for
 * the regularisation.
 *
 * Stems are frames × stems × 2 × bins × (re, im), the mixture frames × 2 × bins × (re, im). The frames
 * of one call share one spatial covariance per stem and bin.
 */
export class WienerFilter {
  readonly #heap: KernelHeap;
  readonly #shape: WienerShape;
  readonly #eps: number;
  /** Of one frame. */
  readonly #stems: HeapFloats;
  readonly #estimates: HeapFloats;
  readonly #mixture: HeapFloats;
  /** By stem, then number, then bin: doubles. */
  readonly #covariances: HeapFloats;
  /** Bytes of one number's bins. */
  readonly #stride: number;
  readonly #variances: HeapFloats;
  readonly #shares: HeapFloats;
  /** Shares of one: the estimates themselves count for nothing. */
  readonly #allShares: HeapFloats;
  readonly #refined: HeapFloats;
  /** Floats of a plane of `refined`. */
  readonly refinedPlane: number;

  /** @param shares by stem, the share of the filter's answer in `refine`; the estimate has the rest */
  constructor(
    heap: KernelHeap,
    shape: WienerShape,
    { eps = DEFAULT_EPS, shares }: { eps?: number; shares?: readonly number[] } = {},
  ) {
    const { stems, bins } = shape;
    this.#heap = heap;
    this.#shape = shape;
    this.#eps = eps;
    const even = 2 * Math.ceil(bins / 2);
    this.refinedPlane = 2 * even;
    this.#stride = DOUBLE * even;
    this.#stems = heap.allocate(stems * CHANNELS * 2 * bins);
    this.#estimates = heap.allocate(stems * CHANNELS * 2 * bins);
    this.#mixture = heap.allocate(CHANNELS * 2 * bins);
    this.#covariances = heap.allocate(stems * COVARIANCE * even * FLOATS_OF_DOUBLE);
    this.#variances = heap.allocate(stems * 2 * FLOATS_OF_DOUBLE);
    this.#refined = heap.allocate(stems * CHANNELS * this.refinedPlane);
    const table = (share: (stem: number) => number) => {
      const floats = heap.allocate(stems * 4 * FLOATS_OF_DOUBLE);
      const rows = Array.from({ length: stems }, (_, stem) => share(stem));
      doubles(floats).set(rows.flatMap((row) => [row, row, 1 - row, 1 - row]));
      return floats;
    };
    this.#shares = table((stem) => shares?.[stem] ?? 1);
    this.#allShares = table(() => 1);
  }

  /** What `refine` made last: stems × 2 × `refinedPlane`, of which the first 2·bins are (re, im). */
  get refined(): Float32Array {
    return this.#refined.values;
  }

  /** `iterations` rounds, in place. */
  expectationMaximization(stems: Float32Array, mixture: Float32Array, iterations = 1): void {
    const { stems: count, bins } = this.#shape;
    const planes = count * CHANNELS;
    const plane = 2 * bins;
    const frames = stems.length / (planes * plane);
    for (let i = 0; i < iterations; i++) {
      this.estimate(stems);
      for (let frame = 0; frame < frames; frame++) {
        this.#filter(stems, mixture, frame, this.#allShares);
        for (let c = 0; c < planes; c++) {
          const at = c * this.refinedPlane;
          stems.set(this.refined.subarray(at, at + plane), (frame * planes + c) * plane);
        }
      }
    }
  }

  /** R_j = Σ y·yᴴ / (ε + Σ v), v the mean power of the channels; sums over frames. */
  estimate(stems: Float32Array): void {
    const { stems: count, bins } = this.#shape;
    const plane = FLOAT * 2 * bins;
    const floats = count * CHANNELS * 2 * bins;
    const { kernels } = this.#heap;
    this.#covariances.values.fill(0);
    for (let at = 0; at < stems.length; at += floats) {
      this.#stems.values.set(stems.subarray(at, at + floats));
      for (let stem = 0; stem < count; stem++) {
        const left = this.#stems.at + stem * CHANNELS * plane;
        const sums = this.#covariances.at + stem * COVARIANCE * this.#stride;
        kernels.addCovariances(left, left + plane, sums, this.#stride, bins);
      }
    }
    const covariances = doubles(this.#covariances);
    const even = this.#stride / DOUBLE;
    for (let stem = 0; stem < count; stem++) {
      const first = stem * COVARIANCE * even;
      for (let left = first; left < first + even; left++) {
        const scale = 1 / (this.#eps + (covariances[left] + covariances[left + even]) / 2);
        for (let i = 0; i < COVARIANCE; i++) covariances[left + i * even] *= scale;
      }
    }
  }

  /**
   * Makes `refined` of a frame, with what `estimate` found.
   * @param estimates that the answer is mixed with: frames as `stems` has
   */
  refine(
    stems: Float32Array,
    mixture: Float32Array,
    frame: number,
    estimates: Float32Array = stems,
  ): void {
    this.#filter(stems, mixture, frame, this.#shares, estimates);
  }

  /** share·v_j·R_j·(Σ v·R + √ε·I)⁻¹·x + (1 − share)·e_j in every bin. */
  #filter(
    stems: Float32Array,
    mixture: Float32Array,
    frame: number,
    shares: HeapFloats,
    estimates = stems,
  ): void {
    const { stems: count, bins } = this.#shape;
    const mixtureFloats = CHANNELS * 2 * bins;
    const stemFloats = count * mixtureFloats;
    const load = (block: HeapFloats, of: Float32Array) =>
      block.values.set(of.subarray(frame * stemFloats, (frame + 1) * stemFloats));
    load(this.#stems, stems);
    if (estimates !== stems) load(this.#estimates, estimates);
    const mixtureAt = frame * mixtureFloats;
    this.#mixture.values.set(mixture.subarray(mixtureAt, mixtureAt + mixtureFloats));
    this.#heap.kernels.posteriorMeans(
      this.#stems.at,
      estimates === stems ? this.#stems.at : this.#estimates.at,
      this.#mixture.at,
      FLOAT * 2 * bins,
      this.#covariances.at,
      this.#stride,
      shares.at,
      this.#variances.at,
      this.#variances.at + count * 2 * DOUBLE,
      this.#refined.at,
      FLOAT * this.refinedPlane,
      Math.sqrt(this.#eps),
      bins,
    );
  }
}

/** The same bytes. */
function doubles({ values }: HeapFloats): Float64Array {
  return new Float64Array(values.buffer, values.byteOffset, values.length / FLOATS_OF_DOUBLE);
}
