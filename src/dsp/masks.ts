// Arithmetic on masks and spectra of one frame. Pure functions, any thread.
//
// A block is stems × 2 channels × bins × (re, im), a plane bins × (re, im): size + 2 floats for a
// transform of `size`.

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
