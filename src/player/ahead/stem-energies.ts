// The energy of each better stem in a stretch of a song. Pure; any thread.
import { keptSample, type KeptBlock } from "../../dsp/kept-block.ts";
import type { Planar } from "../../dsp/planar-queue.ts";

/**
 * Adds each stem's sum of squares, the mean of both channels, over samples `from` to `to` of a region.
 * @param kept left and right of all stems but the last, which is what they leave of `mixture`
 * @param most samples that are looked at, about; each stands for those that are passed over
 * @param into by stem
 */
export function addEnergies(
  kept: Planar,
  mixture: KeptBlock,
  [from, to]: readonly [number, number],
  most: number,
  into: Float32Array | Float64Array,
): void {
  const last = into.length - 1;
  const stride = Math.max(1, Math.floor((to - from) / most));
  const weight = (to - from) / Math.ceil((to - from) / stride) / 2;
  for (let i = from; i < to; i += stride) {
    for (let channel = 0; channel < 2; channel++) {
      let rest = keptSample(mixture[channel], i);
      for (let s = 0; s < last; s++) {
        const sample = kept[2 * s + channel][i];
        rest -= sample;
        into[s] += weight * sample ** 2;
      }
      into[last] += weight * rest ** 2;
    }
  }
}
