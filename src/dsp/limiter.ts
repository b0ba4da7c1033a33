// A peak limiter without latency, exact below 0 dBFS: what is heard and what is saved go through it. Pure; any
// thread. Allocates nothing.

/** Time in which the gain has come back by 63 %, in seconds. */
const RELEASE = 0.08;
/** Fastest fall of the gain ahead of a peak, per sample; a peak itself is always caught. */
const ATTACK = 1 / 64;
/** Longest block, in samples. */
export const MAX_BLOCK = 2048;

/**
 * Holds a signal within −1 … 1. While no sample exceeds that, output equals input bit for bit.
 * Within a block it sees a peak coming and turns down over up to 64 samples before it; between
 * blocks it has no look-ahead, and so no latency. All channels share one gain.
 */
export class Limiter {
  /** Gain applied to the last sample, 0 to 1. */
  gain = 1;
  readonly #release: number;
  readonly #allowed = new Float32Array(MAX_BLOCK);

  constructor(sampleRate: number) {
    this.#release = 1 - Math.exp(-1 / (RELEASE * sampleRate));
  }

  /** Writes `input` limited into `output` (same shape, may be the same); returns the lowest gain used. */
  process(input: readonly Float32Array[], output: readonly Float32Array[]): number {
    const length = output[0]?.length ?? 0;
    const allowed = this.#allowed;
    let next = 1;
    for (let i = length - 1; i >= 0; i--) {
      let peak = 0;
      for (const channel of input) peak = Math.max(peak, Math.abs(channel[i]));
      next = Math.min(1, next + ATTACK);
      if (peak * next > 1) next = 1 / peak;
      allowed[i] = next;
    }
    let gain = this.gain;
    let lowest = 1;
    for (let i = 0; i < length; i++) {
      gain += (1 - gain) * this.#release;
      if (gain > 0.99999) gain = 1;
      if (gain > allowed[i]) gain = allowed[i];
      if (gain < lowest) lowest = gain;
      for (let c = 0; c < output.length; c++) {
        const x = (input[c] ?? input[0])?.[i] ?? 0;
        // The division above rounds: the last bit is held by force.
        output[c][i] = gain === 1 ? x : Math.min(1, Math.max(-1, x * gain));
      }
    }
    this.gain = gain;
    return lowest;
  }
}
