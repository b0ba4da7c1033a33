// A mix of stems under fixed gains, block by block. Pure; any thread.
import type { Planar } from "../dsp/planar-queue.ts";

/** Linear gain of each stem; one that is not named has the gain 1. */
export type Gains = Readonly<Record<string, number>>;

/** The sum of the stems [left, right], each times its gain. */
export function mixOf(stems: Readonly<Record<string, Planar>>, gains: Gains): Planar {
  const planes = Object.values(stems)[0].map(({ length }) => new Float32Array(length));
  for (const [stem, sound] of Object.entries(stems)) {
    const gain = gains[stem] ?? 1;
    if (gain === 0) continue;
    planes.forEach((plane, c) => {
      for (let n = 0; n < plane.length; n++) plane[n] += gain * sound[c][n];
    });
  }
  return planes;
}
