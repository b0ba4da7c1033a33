// What is no sound counts as silence: samples that are not numbers, or absurdly large. Pure, any thread.

/** 80 dB over full scale. */
const SAMPLE_LIMIT = 1e4;

/**
 * Copies samples from `offset` on until `clean` is full, with zeros for those beyond 80 dB over full
 * scale or not a number. Allocates nothing.
 * @returns how many those were
 */
export function copySanitised(samples: Float32Array, offset: number, clean: Float32Array): number {
  let faults = 0;
  for (let i = 0; i < clean.length; i++) {
    const sample = samples[offset + i];
    if (Math.abs(sample) <= SAMPLE_LIMIT) {
      clean[i] = sample;
    } else {
      clean[i] = 0;
      faults++;
    }
  }
  return faults;
}
