// How much of each known source is in a signal. Pure functions.
//
// As BSS Eval does (Vincent, Gribonval & Févotte, "Performance measurement in blind audio source
// separation", IEEE TASLP 2006, section III.C), the signal is projected onto the sources filtered by
// short FIR filters; here window by window, so that a filter can follow masks that change in time.

/** Taps of each filter, half of them before the sample. */
const TAPS = 32;
const LAGS = 2 * TAPS - 1;
/** Added to the diagonal, relative to the mean power: silent sources leave the matrix singular. */
const RIDGE = 1e-6;

type Signal = Float32Array;

/**
 * Energy of each source in `mixture`, per window: that of the source's part in the least-squares
 * fit of the mixture by all channels of all sources, added up over the mixture's channels.
 * @param mixture channels of equal length
 * @param sources channels of each source, as long as the mixture and aligned with it
 * @param windowFrames frames of a window; a remainder at the end is left out
 * @returns energies by window, then source
 */
export function sourceEnergies(
  mixture: readonly Signal[],
  sources: readonly (readonly Signal[])[],
  windowFrames: number,
): number[][] {
  const windows = Math.floor(mixture[0].length / windowFrames);
  return Array.from({ length: windows }, (_, window) => {
    const cut = (signal: Signal) =>
      signal.subarray(window * windowFrames, (window + 1) * windowFrames);
    return windowEnergies(
      mixture.map(cut),
      sources.map((channels) => channels.map(cut)),
    );
  });
}

function windowEnergies(mixture: Signal[], sources: Signal[][]): number[] {
  const regressors = sources.flat();
  const gram = gramMatrix(regressors);
  const factor = cholesky(withRidge(gram));
  const energies = sources.map(() => 0);
  for (const channel of mixture) {
    const filters = solve(
      factor,
      regressors.flatMap((regressor) =>
        // Tap t is a delay of t − TAPS/2.
        crossCorrelation(regressor, channel).slice(TAPS / 2 - 1, TAPS / 2 - 1 + TAPS),
      ),
    );
    let first = 0;
    sources.forEach((channels, source) => {
      const end = first + channels.length * TAPS;
      for (let i = first; i < end; i++) {
        for (let j = first; j < end; j++) {
          energies[source] += filters[i] * filters[j] * gram[i][j];
        }
      }
      first = end;
    });
  }
  return energies;
}

/** Σ a[n] b[n + lag] for lag = −(TAPS − 1) … TAPS − 1. */
function crossCorrelation(a: Signal, b: Signal): number[] {
  return Array.from({ length: LAGS }, (_, i) => {
    const lag = i - (TAPS - 1);
    const end = Math.min(a.length, b.length - lag);
    let sum = 0;
    for (let n = Math.max(0, -lag); n < end; n++) sum += a[n] * b[n + lag];
    return sum;
  });
}

/** Inner products of all delayed regressors: blocks that depend on the taps' difference alone. */
function gramMatrix(regressors: Signal[]): Float64Array[] {
  const size = regressors.length * TAPS;
  const gram = Array.from({ length: size }, () => new Float64Array(size));
  regressors.forEach((a, i) =>
    regressors.slice(0, i + 1).forEach((b, j) => {
      const correlation = crossCorrelation(a, b);
      for (let t = 0; t < TAPS; t++) {
        for (let u = 0; u < TAPS; u++) {
          const value = correlation[t - u + TAPS - 1];
          gram[i * TAPS + t][j * TAPS + u] = value;
          gram[j * TAPS + u][i * TAPS + t] = value;
        }
      }
    }),
  );
  return gram;
}

function withRidge(gram: Float64Array[]): Float64Array[] {
  const mean = gram.reduce((sum, row, i) => sum + row[i], 0) / gram.length;
  return gram.map((row, i) => {
    const copy = row.slice();
    copy[i] += RIDGE * mean + Number.MIN_VALUE;
    return copy;
  });
}

/** Lower triangle L of a positive definite matrix L·Lᵀ. */
function cholesky(matrix: Float64Array[]): Float64Array[] {
  const lower = matrix.map(() => new Float64Array(matrix.length));
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / lower[j][j];
    }
  }
  return lower;
}

function solve(lower: Float64Array[], right: number[]): Float64Array {
  const x = Float64Array.from(right);
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i][k] * x[k];
    x[i] /= lower[i][i];
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}
