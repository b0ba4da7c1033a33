// How loud each better stem is in short columns of a song, found as its regions come, for the picture of a part of it.
// Pure; any thread.
import type { KeptBlock } from "../../dsp/kept-block.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { detailDepth, OUTLINE_COLUMNS } from "../outline.ts";
import { addEnergies } from "./stem-energies.ts";

/** Samples of a column that are looked at. */
const LOOKED_AT = 48;
const UNKNOWN = -1;

/** RMS amplitudes over both channels of each stem in the finest columns. */
export class StemDetail {
  /** By column, then stem; −1 where a column is not known whole. Filled in place. */
  readonly values: Float32Array;
  readonly columns: number;
  readonly #length: number;
  readonly #stems: number;
  readonly #energies: Float32Array;
  /** Regions that are in it, by their first sample. */
  readonly #regions = new Set<number>();
  /** Samples of each column that are known. */
  readonly #known: Uint32Array;

  constructor({
    length,
    sampleRate,
    stems,
  }: {
    length: number;
    sampleRate: number;
    stems: number;
  }) {
    this.columns = OUTLINE_COLUMNS * 2 ** detailDepth(length / sampleRate);
    this.#length = length;
    this.#stems = stems;
    this.values = new Float32Array(this.columns * stems).fill(UNKNOWN);
    this.#energies = new Float32Array(this.columns * stems);
    this.#known = new Uint32Array(this.columns);
  }

  #start(column: number): number {
    return Math.floor((column * this.#length) / this.columns);
  }

  /** First and last column that a stretch is in. */
  #range(start: number, samples: number): [first: number, last: number] {
    const column = (sample: number) => {
      let c = Math.floor((sample * this.columns) / this.#length);
      while (this.#start(c + 1) <= sample) c++;
      while (this.#start(c) > sample) c--;
      return c;
    };
    return [column(start), column(start + samples - 1)];
  }

  /**
   * Takes a region once.
   * @param start its first sample
   * @param kept left and right of all stems but the last, which is what they leave of `mixture`
   * @returns what `restore` takes
   */
  add(start: number, kept: Planar, mixture: KeptBlock, samples: number): Float32Array<ArrayBuffer> {
    const [first, last] = this.#range(start, samples);
    const energies = new Float32Array((last - first + 1) * this.#stems);
    for (let c = first; c <= last; c++) {
      const from = Math.max(start, this.#start(c)) - start;
      const to = Math.min(start + samples, this.#start(c + 1)) - start;
      const into = energies.subarray((c - first) * this.#stems, (c - first + 1) * this.#stems);
      addEnergies(kept, mixture, [from, to], LOOKED_AT, into);
    }
    this.restore(start, samples, energies);
    return energies;
  }

  /** Takes over what was found of a region before; false where it is of another size or no numbers. */
  restore(start: number, samples: number, energies: Float32Array): boolean {
    const [first, last] = this.#range(start, samples);
    if (energies.length !== (last - first + 1) * this.#stems) return false;
    if (this.#regions.has(start)) return true;
    if (energies.some((energy) => !(energy >= 0 && energy < Infinity))) return false;
    this.#regions.add(start);
    for (let c = first; c <= last; c++) {
      const [begin, end] = [this.#start(c), this.#start(c + 1)];
      this.#known[c] += Math.min(start + samples, end) - Math.max(start, begin);
      for (let s = 0; s < this.#stems; s++) {
        const at = c * this.#stems + s;
        this.#energies[at] += energies[(c - first) * this.#stems + s];
        if (this.#known[c] >= end - begin) {
          this.values[at] = Math.sqrt(this.#energies[at] / (end - begin));
        }
      }
    }
    return true;
  }
}
