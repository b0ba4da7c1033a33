// A room that is made up: noise that dies away. Pure; any thread.

/** Seconds until it is 60 dB quieter. */
const DECAY = 1.4;
/** Seconds before its first sound. */
const BEFORE = 0.02;

/** The impulse response of a room, left and right, of equal energy at any rate; always the same. */
export function roomImpulse(sampleRate: number): [left: Float32Array, right: Float32Array] {
  const length = Math.round((BEFORE + DECAY) * sampleRate);
  const start = Math.round(BEFORE * sampleRate);
  let seed = 1;
  /** -1 to 1, by a linear congruential generator (Numerical Recipes). */
  const noise = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 31 - 1;
  };
  const side = () => {
    const impulse = new Float32Array(length);
    let [dull, energy] = [0, 0];
    for (let n = start; n < length; n++) {
      const t = (n - start) / sampleRate;
      // Walls take more of what is high, the longer the more.
      const damping = 0.3 + 0.6 * (t / DECAY);
      dull += (noise() - dull) * (1 - damping);
      impulse[n] = dull * 10 ** ((-3 * t) / DECAY);
      energy += impulse[n] ** 2;
    }
    const scale = 1 / Math.sqrt(energy);
    return impulse.map((x) => x * scale);
  };
  return [side(), side()];
}
