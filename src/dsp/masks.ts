// Arithmetic on masks and spectra of one frame. Pure functions, any thread.
//
// A block is stems × 2 channels × bins × (re, im), a plane bins × (re, im): size + 2 floats for a
// transform of `size`. A packed plane is `size` floats with Nyquist's real part in place of DC's
// imaginary part, as RealFft.inverse takes it.

/** Whether every value from `start` to `end` is a number of at most `limit` in magnitude. */
export function allWithin(
  values: Float32Array,
  start: number,
  end: number,
  limit: number,
): boolean {
  for (let i = start; i < end; i++) if (!(Math.abs(values[i]) <= limit)) return false;
  return true;
}

/** Complex product of a plane of masks and a plane of the mixture, packed. */
export function multiplyPlane(
  masks: Float32Array,
  maskAt: number,
  mixture: Float32Array,
  mixtureAt: number,
  packed: Float32Array,
): void {
  const size = packed.length;
  packed[0] = masks[maskAt] * mixture[mixtureAt];
  packed[1] = masks[maskAt + size] * mixture[mixtureAt + size];
  for (let i = 2; i < size; i += 2) {
    const maskRe = masks[maskAt + i];
    const maskIm = masks[maskAt + i + 1];
    const re = mixture[mixtureAt + i];
    const im = mixture[mixtureAt + i + 1];
    packed[i] = maskRe * re - maskIm * im;
    packed[i + 1] = maskRe * im + maskIm * re;
  }
}

/** A plane, packed. */
export function packPlane(plane: Float32Array, at: number, packed: Float32Array): void {
  const size = packed.length;
  for (let i = 0; i < size; i++) packed[i] = plane[at + i];
  packed[1] = plane[at + size];
}

/** `share` of one plane and the rest of another, packed. */
export function packMix(
  one: Float32Array,
  oneAt: number,
  other: Float32Array,
  otherAt: number,
  share: number,
  packed: Float32Array,
): void {
  const size = packed.length;
  const rest = 1 - share;
  for (let i = 0; i < size; i++) packed[i] = share * one[oneAt + i] + rest * other[otherAt + i];
  packed[1] = share * one[oneAt + size] + rest * other[otherAt + size];
}

/** Sets a block to the same share for every stem, in phase. */
export function equalShares(masks: Float32Array, stems: number): void {
  for (let i = 0; i < masks.length; i += 2) {
    masks[i] = 1 / stems;
    masks[i + 1] = 0;
  }
}

/**
 * Masks that stand for a block of stem spectra: each stem's share of the stems' power, which sum to
 * one in every bin; equal shares where there is no power.
 */
export function powerShares(spectra: Float32Array, stems: number, masks: Float32Array): void {
  equalShares(masks, stems);
  const block = spectra.length / stems;
  for (let i = 0; i < block; i += 2) {
    let total = 0;
    for (let at = i; at < spectra.length; at += block) {
      total += spectra[at] ** 2 + spectra[at + 1] ** 2;
    }
    if (total === 0) continue;
    for (let at = i; at < spectra.length; at += block) {
      masks[at] = (spectra[at] ** 2 + spectra[at + 1] ** 2) / total;
    }
  }
}
