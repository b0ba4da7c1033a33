// How a song's outline is found. Pure; any thread.
import { keptSample } from "../dsp/kept-block.ts";
import { REGION } from "./protocol.ts";
import type { Song } from "./song.ts";

/** Columns of a song's outline, as it is shown. */
export const OUTLINE_COLUMNS = 600;

/**
 * Outline of a song: for each of `columns` equal stretches of time the RMS amplitude over both
 * channels, the loudest scaled to 1. Silence stays 0. Allocates.
 */
export function outline({ blocks, length }: Song, columns: number): Float32Array {
  const result = new Float32Array(columns);
  let loudest = 0;
  for (let c = 0; c < columns; c++) {
    const from = Math.floor((c * length) / columns);
    const to = Math.min(length, Math.max(from + 1, Math.floor(((c + 1) * length) / columns)));
    // One sample in `stride` is enough for a picture, and keeps an hour of music under 0.1 s.
    const stride = Math.max(1, Math.floor((to - from) / 512));
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i += stride) {
      for (const plane of blocks[Math.floor(i / REGION)]) {
        sum += keptSample(plane, i % REGION) ** 2;
        count++;
      }
    }
    result[c] = count > 0 ? Math.sqrt(sum / count) : 0;
    if (result[c] > loudest) loudest = result[c];
  }
  if (loudest > 0) for (let c = 0; c < columns; c++) result[c] /= loudest;
  return result;
}
