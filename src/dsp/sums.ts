// Sums over samples. Loops by themselves, of one kind of array each: what JavaScript runs fastest. Pure; any thread.

/** Samples that stay in a processor's cache from one step to the next. */
const PIECE = 4096;

/** sum += scale·values */
export function addScaled(sum: Float32Array, values: Float32Array, scale: number): void {
  for (let i = 0; i < values.length; i++) sum[i] += scale * values[i];
}

/** sum += a·b, as far as `b` goes */
export function addProduct(sum: Float32Array, a: Float32Array, b: Float32Array): void {
  for (let i = 0; i < b.length; i++) sum[i] += a[i] * b[i];
}

/** values /= divisors, as far as `values` go */
export function divide(values: Float32Array, divisors: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] /= divisors[i];
}

/** Largest magnitude, or `least` where that is larger. */
export function peak(values: Float32Array, least: number): number {
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > least) least = size;
  }
  return least;
}

/**
 * Gives every part the same share of what they miss of the whole: the nearest parts, in least squares, that add
 * up to it, so that their summed error never grows. All are of one length.
 */
export function shareRemainder(whole: Float32Array, parts: readonly Float32Array[]): void {
  const missing = new Float64Array(Math.min(whole.length, PIECE));
  for (let at = 0; at < whole.length; at += PIECE) {
    const piece = (samples: Float32Array) => samples.subarray(at, at + PIECE);
    const pieces = parts.map(piece);
    missing.set(piece(whole));
    for (const part of pieces) take(missing, part);
    for (const part of pieces) addShare(part, missing, parts.length);
  }
}

function take(missing: Float64Array, part: Float32Array): void {
  for (let i = 0; i < part.length; i++) missing[i] -= part[i];
}

function addShare(part: Float32Array, missing: Float64Array, count: number): void {
  for (let i = 0; i < part.length; i++) part[i] += missing[i] / count;
}
