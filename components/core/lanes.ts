// How loud each stem is along a song, as far as that is known, and where a ruler has its marks. Pure; any
// thread. Allocates only when made.

/** Amplitude of a sound without an outline that fills its lane: −9 dBFS RMS. */
const FULL = 0.355;
/** Shows quiet passages, too: heights are amplitudes to this power. */
const POWER = 0.75;
const UNKNOWN = -1;

/** RMS amplitudes of stems in equal stretches ("columns") of a song, which become known one by one. */
export class LaneLevels {
  readonly stems: number;
  readonly columns: number;
  readonly #amplitudes: Float32Array;
  readonly #sums: Float32Array;

  constructor(stems: number, columns: number) {
    this.stems = stems;
    this.columns = columns;
    this.#amplitudes = new Float32Array(stems * columns);
    this.#sums = new Float32Array(columns).fill(UNKNOWN);
  }

  /** Takes over what one column is made of: an RMS amplitude for each stem. */
  set(column: number, amplitudes: ArrayLike<number>): void {
    let energy = 0;
    for (let s = 0; s < this.stems; s++) {
      this.#amplitudes[column * this.stems + s] = amplitudes[s];
      energy += amplitudes[s] ** 2;
    }
    this.#sums[column] = Math.sqrt(energy);
  }

  clear(): void {
    this.#sums.fill(UNKNOWN);
  }

  isKnown(column: number): boolean {
    return this.#sums[column] !== UNKNOWN;
  }

  /**
   * Height of a stem's bar over the columns `from` to `to` (not included), 0 to 1: its share of the outline
   * (of the mixture, 0 to 1), or without one its level. The mixture's own where no column is known.
   */
  height(stem: number, from: number, to: number, outline: Float32Array | null): number {
    const known = this.knows(from, to);
    let height = 0;
    for (let c = from; c < to; c++) {
      if (known && !this.isKnown(c)) continue;
      const sum = this.#sums[c];
      const share = known ? (sum > 0 ? this.#amplitudes[c * this.stems + stem] / sum : 0) : 1;
      height = Math.max(height, share * this.#mixture(c, outline));
    }
    return Math.min(1, height ** POWER);
  }

  /** Height of the mixture's bar over the columns `from` to `to` (not included), 0 to 1. */
  mixture(from: number, to: number, outline: Float32Array | null): number {
    let height = 0;
    for (let c = from; c < to; c++) height = Math.max(height, this.#mixture(c, outline));
    return Math.min(1, height ** POWER);
  }

  #mixture(column: number, outline: Float32Array | null): number {
    if (outline) return outline[column];
    return this.isKnown(column) ? this.#sums[column] / FULL : 0;
  }

  /** Sum of a stem's amplitudes over the known of the columns `from` to `to` (not included). */
  amplitude(stem: number, from: number, to: number): number {
    let sum = 0;
    for (let c = from; c < to; c++) {
      if (this.isKnown(c)) sum += this.#amplitudes[c * this.stems + stem];
    }
    return sum;
  }

  /** Whether any of the columns `from` to `to` (not included) is known. */
  knows(from: number, to: number): boolean {
    for (let c = from; c < to; c++) if (this.isKnown(c)) return true;
    return false;
  }
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Times in seconds at which a ruler of `duration` seconds has its marks, at most `most` of them. */
export function rulerMarks(duration: number, most: number): number[] {
  if (!(duration > 0) || most < 1) return [];
  const step = STEPS.find((step) => duration / step <= most) ?? duration;
  return Array.from({ length: Math.ceil(duration / step) }, (_, i) => i * step);
}
