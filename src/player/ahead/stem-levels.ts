// How loud each better stem is along a song, found as its regions come, for its picture. Pure; any thread.
import type { KeptBlock } from "../../dsp/kept-block.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { OUTLINE_COLUMNS } from "../outline.ts";
import { addEnergies } from "./stem-energies.ts";

/** Samples of a column that are looked at, in each of its regions. */
const LOOKED_AT = 512;
/** What stands for a column that is not known. */
const UNKNOWN = -1;

export interface StemLevelsOptions {
  /** Samples of the song. */
  readonly length: number;
  readonly stems: number;
  /** Equal stretches of the song. */
  readonly columns?: number;
}

/** RMS amplitudes over both channels of each stem in each column. */
export class StemLevels {
  readonly #options: Required<StemLevelsOptions>;
  /** By column: samples that are known, then the sum of each stem's squares. */
  readonly #sums: Float64Array;
  /** Regions that are in it, by their first sample. */
  readonly #known = new Set<number>();
  #values: Float32Array | undefined;

  constructor(options: StemLevelsOptions) {
    this.#options = { columns: OUTLINE_COLUMNS, ...options };
    this.#sums = new Float64Array(this.#options.columns * this.#row);
  }

  get #row(): number {
    return 1 + this.#options.stems;
  }

  #start(column: number): number {
    return Math.floor((column * this.#options.length) / this.#options.columns);
  }

  /** By column, then stem; −1 where a column is not known whole. Another array after each change. */
  get values(): Float32Array {
    return (this.#values ??= this.#measured());
  }

  #measured(): Float32Array {
    const { stems, columns } = this.#options;
    const values = new Float32Array(columns * stems).fill(UNKNOWN);
    for (let column = 0; column < columns; column++) {
      const [count, ...sums] = this.#sums.subarray(column * this.#row, (column + 1) * this.#row);
      if (count === 0 || count < this.#start(column + 1) - this.#start(column)) continue;
      for (let s = 0; s < stems; s++) values[column * stems + s] = Math.sqrt(sums[s] / count);
    }
    return values;
  }

  /**
   * Takes a region once.
   * @param start its first sample
   * @param kept left and right of all stems but the last, which is what they leave of `mixture`
   */
  add(start: number, kept: Planar, mixture: KeptBlock): void {
    if (this.#known.has(start)) return;
    this.#known.add(start);
    const { columns, length } = this.#options;
    const end = start + kept[0].length;
    for (let column = Math.floor((start * columns) / length); column < columns; column++) {
      const from = Math.max(start, this.#start(column));
      const to = Math.min(end, this.#start(column + 1));
      if (this.#start(column) >= end) break;
      if (to > from) this.#look(column, from - start, to - start, kept, mixture);
    }
    this.#values = undefined;
  }

  #look(column: number, from: number, to: number, kept: Planar, mixture: KeptBlock): void {
    const sums = this.#sums.subarray(column * this.#row, (column + 1) * this.#row);
    addEnergies(kept, mixture, [from, to], LOOKED_AT, sums.subarray(1));
    sums[0] += to - from;
  }

  /** What `restored` takes: sums, then the regions that are in them. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Float64Array.from([...this.#sums, ...this.#known]).buffer);
  }

  /** Takes over what was kept, unless it is of another size or no numbers. */
  restore(bytes: Uint8Array): void {
    const { length } = this.#sums;
    if (bytes.length % 8 > 0 || bytes.length < 8 * length) return;
    const all = new Float64Array(bytes.slice().buffer);
    if (all.some((value) => !(value >= 0 && value < Infinity))) return;
    this.#sums.set(all.subarray(0, length));
    for (const start of all.subarray(length)) this.#known.add(start);
    this.#values = undefined;
  }
}
