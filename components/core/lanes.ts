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

  /** RMS of a column and the next over those that are known, by stem. */
  average(column: number, amplitudes: Float32Array): void {
    const [first, second] = [this.isKnown(column) ? 1 : 0, this.isKnown(column + 1) ? 1 : 0];
    const known = Math.max(1, first + second);
    const at = column * this.stems;
    for (let s = 0; s < this.stems; s++) {
      const energy =
        first * this.#amplitudes[at + s] ** 2 + second * this.#amplitudes[at + this.stems + s] ** 2;
      amplitudes[s] = Math.sqrt(energy / known);
    }
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

/** The same at several zoom levels, each of which has twice the columns of the one before. */
export class LanePyramid {
  /** From the coarsest on. */
  readonly levels: readonly LaneLevels[];
  readonly #amplitudes: Float32Array;

  /** @param columns of the coarsest level; of the finest it is 2^`depth` times as many */
  constructor(stems: number, columns: number, depth: number) {
    this.levels = Array.from(
      { length: depth + 1 },
      (_, level) => new LaneLevels(stems, columns * 2 ** level),
    );
    this.#amplitudes = new Float32Array(stems);
  }

  get finest(): LaneLevels {
    return this.levels[this.levels.length - 1];
  }

  /** Takes over what one column of the finest level is made of. */
  set(column: number, amplitudes: ArrayLike<number>): void {
    this.finest.set(column, amplitudes);
    for (let level = this.levels.length - 2; level >= 0; level--) {
      column >>= 1;
      this.levels[level + 1].average(2 * column, this.#amplitudes);
      this.levels[level].set(column, this.#amplitudes);
    }
  }

  clear(): void {
    for (const level of this.levels) level.clear();
  }

  /** The coarsest level with a column or more for each of `bars` bars that show a share of the song. */
  levelFor(bars: number, share: number): number {
    const level = this.levels.findIndex(({ columns }) => columns * share >= bars);
    return level < 0 ? this.levels.length - 1 : level;
  }
}

/**
 * Heights of the mixture (0 to 1) at all zoom levels, from the coarsest on.
 * @param detail of the finest level; until that is known finer levels look as the coarsest does
 */
export function mixturePyramid(
  outline: Float32Array | null,
  detail: Float32Array | null | undefined,
  depth: number,
): readonly (Float32Array | null)[] {
  if (!outline) return Array<null>(depth + 1).fill(null);
  const levels = [outline];
  for (let level = 1; level <= depth; level++) {
    const coarser = levels[level - 1];
    levels.push(Float32Array.from({ length: 2 * coarser.length }, (_, c) => coarser[c >> 1]));
  }
  if (detail?.length !== outline.length * 2 ** depth) return levels;
  for (let level = depth, finer = detail; level > 0; level--) {
    levels[level] = finer;
    const { length } = finer;
    finer = Float32Array.from({ length: length / 2 }, (_, c) =>
      Math.sqrt((finer[2 * c] ** 2 + finer[2 * c + 1] ** 2) / 2),
    );
  }
  return levels;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Times in seconds at which a ruler from `start` on over `span` seconds has its marks, at most `most` of them. */
export function rulerMarks(span: number, most: number, start = 0): number[] {
  if (!(span > 0) || most < 1) return [];
  const step = STEPS.find((step) => span / step <= most) ?? span;
  const first = Math.ceil(start / step);
  const last = Math.ceil((start + span) / step);
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => (first + i) * step);
}
