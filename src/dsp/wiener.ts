// Multichannel Wiener filter with expectation–maximisation on spectra. Pure function, any thread.

export interface WienerShape {
  /** Frames of the block over which one spatial covariance per stem and bin is estimated. */
  frames: number;
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

/**
 * Refines estimates of stereo stems: each is modelled as Gaussian with a variance per frame and bin
 * and a spatial covariance per bin, both taken from the estimates, and becomes its posterior mean
 * given the mixture. (Nugraha, Liutkus, Vincent, "Multichannel audio source separation with deep
 * neural networks", IEEE/ACM TASLP 2016, algorithm 1 with weights of one; in the order of `norbert`'s
 * `expectation_maximization`.) Computed in double precision; the stems add up to the mixture but for
 * the regularisation.
 * @param stems frames × stems × 2 × bins × (re, im); refined in place
 * @param mixture frames × 2 × bins × (re, im)
 */
export function expectationMaximization(
  stems: Float32Array,
  mixture: Float32Array,
  shape: WienerShape,
  { iterations = 1, eps = DEFAULT_EPS }: WienerOptions = {},
): void {
  for (let i = 0; i < iterations; i++) {
    const filter = posteriorMeans(stems, mixture, shape, eps);
    const floats = shape.stems * 2 * shape.bins * 2;
    for (let frame = 0; frame < shape.frames; frame++) {
      filter(frame, stems.subarray(frame * floats, (frame + 1) * floats));
    }
  }
}

/** Writes the refined stems of one frame: stems × 2 × bins × (re, im). */
export type FrameFilter = (frame: number, refined: Float32Array) => void;

/**
 * The same, a frame at a time, for callers that need the estimates, too: `stems` stays as it is, and
 * must until the last frame is asked for. At least one iteration; more copy the estimates.
 */
export function frameFilter(
  stems: Float32Array,
  mixture: Float32Array,
  shape: WienerShape,
  { iterations = 1, eps = DEFAULT_EPS }: WienerOptions = {},
): FrameFilter {
  const estimates = iterations > 1 ? stems.slice() : stems;
  expectationMaximization(estimates, mixture, shape, { iterations: iterations - 1, eps });
  return posteriorMeans(estimates, mixture, shape, eps);
}

/** A Hermitian 2 × 2 matrix: left, right, and (re, im) of left times conjugate right. */
const COVARIANCE = 4;

/** R_j = Σ y·yᴴ / (ε + Σ v), v the mean power of the channels; sums over frames. */
function spatialCovariances(
  stems: Float32Array,
  { frames, stems: count, bins }: WienerShape,
  eps: number,
): Float64Array {
  const plane = 2 * bins;
  const covariances = new Float64Array(count * bins * COVARIANCE);
  for (let frame = 0; frame < frames; frame++) {
    for (let stem = 0; stem < count; stem++) {
      const at = (frame * count + stem) * 2 * plane;
      for (let bin = 0; bin < bins; bin++) {
        const l = at + 2 * bin;
        const r = l + plane;
        const c = (stem * bins + bin) * COVARIANCE;
        covariances[c] += stems[l] ** 2 + stems[l + 1] ** 2;
        covariances[c + 1] += stems[r] ** 2 + stems[r + 1] ** 2;
        covariances[c + 2] += stems[l] * stems[r] + stems[l + 1] * stems[r + 1];
        covariances[c + 3] += stems[l + 1] * stems[r] - stems[l] * stems[r + 1];
      }
    }
  }
  for (let c = 0; c < covariances.length; c += COVARIANCE) {
    const scale = 1 / (eps + (covariances[c] + covariances[c + 1]) / 2);
    for (let i = 0; i < COVARIANCE; i++) covariances[c + i] *= scale;
  }
  return covariances;
}

/** y_j ← v_j·R_j·(Σ v·R + √ε·I)⁻¹·x in every bin of a frame. */
function posteriorMeans(
  stems: Float32Array,
  mixture: Float32Array,
  shape: WienerShape,
  eps: number,
): FrameFilter {
  const { stems: count, bins } = shape;
  const covariances = spatialCovariances(stems, shape, eps);
  const plane = 2 * bins;
  const regularisation = Math.sqrt(eps);
  const variances = new Float64Array(count);
  return (frame, refined) => {
    const start = frame * count * 2 * plane;
    for (let bin = 0; bin < bins; bin++) {
      let left = regularisation;
      let right = regularisation;
      let crossRe = 0;
      let crossIm = 0;
      for (let stem = 0; stem < count; stem++) {
        const l = start + stem * 2 * plane + 2 * bin;
        const r = l + plane;
        const v = (stems[l] ** 2 + stems[l + 1] ** 2 + stems[r] ** 2 + stems[r + 1] ** 2) / 2;
        const c = (stem * bins + bin) * COVARIANCE;
        variances[stem] = v;
        left += v * covariances[c];
        right += v * covariances[c + 1];
        crossRe += v * covariances[c + 2];
        crossIm += v * covariances[c + 3];
      }
      const determinant = left * right - crossRe ** 2 - crossIm ** 2;
      const l = frame * 2 * plane + 2 * bin;
      const r = l + plane;
      const xlRe = mixture[l] / determinant;
      const xlIm = mixture[l + 1] / determinant;
      const xrRe = mixture[r] / determinant;
      const xrIm = mixture[r + 1] / determinant;
      // Inverse of [[left, cross], [cross*, right]] times the mixture.
      const zlRe = right * xlRe - (crossRe * xrRe - crossIm * xrIm);
      const zlIm = right * xlIm - (crossRe * xrIm + crossIm * xrRe);
      const zrRe = left * xrRe - (crossRe * xlRe + crossIm * xlIm);
      const zrIm = left * xrIm - (crossRe * xlIm - crossIm * xlRe);
      for (let stem = 0; stem < count; stem++) {
        const at = stem * 2 * plane + 2 * bin;
        const c = (stem * bins + bin) * COVARIANCE;
        const v = variances[stem];
        const re = covariances[c + 2];
        const im = covariances[c + 3];
        refined[at] = v * (covariances[c] * zlRe + re * zrRe - im * zrIm);
        refined[at + 1] = v * (covariances[c] * zlIm + re * zrIm + im * zrRe);
        refined[at + plane] = v * (re * zlRe + im * zlIm + covariances[c + 1] * zrRe);
        refined[at + plane + 1] = v * (re * zlIm - im * zlRe + covariances[c + 1] * zrIm);
      }
    }
  };
}
