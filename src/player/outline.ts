// How a song's outline is found. Pure; any thread.

/** Columns of a song's outline, as it is shown. */
export const OUTLINE_COLUMNS = 600;

/**
 * Outline of a recording: for each of `columns` equal stretches of time the RMS amplitude over all
 * channels, the loudest scaled to 1. Silence stays 0. Allocates.
 */
export function outline(channels: readonly Float32Array[], columns: number): Float32Array {
  const length = channels[0]?.length ?? 0;
  const result = new Float32Array(columns);
  let loudest = 0;
  for (let c = 0; c < columns; c++) {
    const from = Math.floor((c * length) / columns);
    const to = Math.max(from + 1, Math.floor(((c + 1) * length) / columns));
    // One sample in `stride` is enough for a picture, and keeps an hour of music under 0.1 s.
    const stride = Math.max(1, Math.floor((to - from) / 512));
    let sum = 0;
    let count = 0;
    for (const samples of channels) {
      for (let i = from; i < to && i < length; i += stride) {
        sum += samples[i] * samples[i];
        count++;
      }
    }
    result[c] = count > 0 ? Math.sqrt(sum / count) : 0;
    if (result[c] > loudest) loudest = result[c];
  }
  if (loudest > 0) for (let c = 0; c < columns; c++) result[c] /= loudest;
  return result;
}
