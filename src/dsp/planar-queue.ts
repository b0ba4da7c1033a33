// A queue of planar samples. Any thread; pure.
import { DannaError } from "../errors.ts";

/** Blocks of channels: as many arrays as channels, all of one length. */
export type Planar = readonly Float32Array[];

/** Of every mixture and every stem: left and right. */
export const CHANNELS = 2;

/** Samples in order: blocks of any length go in, blocks of any other length come out. */
export class PlanarQueue {
  #planes: Float32Array[];
  #start = 0;
  #end = 0;

  constructor(channels: number) {
    this.#planes = Array.from({ length: channels }, () => new Float32Array(0));
  }

  /** Samples per channel that wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  push(block: Planar): void {
    const added = block[0].length;
    this.#makeRoom(added);
    this.#planes.forEach((plane, c) => plane.set(block[c], this.#end));
    this.#end += added;
  }

  pushZeros(samples: number): void {
    this.#makeRoom(samples);
    for (const plane of this.#planes) plane.fill(0, this.#end, this.#end + samples);
    this.#end += samples;
  }

  #makeRoom(samples: number): void {
    const { length } = this;
    if (this.#end + samples <= this.#planes[0].length) return;
    const capacity = length + Math.max(samples, Math.ceil(length / 4));
    // What waits is moved where at least a quarter of it has left: seldom enough to cost little.
    const enough = this.#planes[0].length >= length + samples && 4 * this.#start >= length;
    this.#planes = this.#planes.map((plane) => {
      if (enough) {
        plane.copyWithin(0, this.#start, this.#end);
        return plane;
      }
      const grown = new Float32Array(capacity);
      grown.set(plane.subarray(this.#start, this.#end));
      return grown;
    });
    this.#start = 0;
    this.#end = length;
  }

  /**
   * Copies of `samples` samples from `offset` on, which stay in the queue.
   * @throws DannaError "input" when fewer wait
   */
  peek(samples: number, offset = 0): Float32Array[] {
    if (offset + samples > this.length) {
      throw new DannaError("input", `${offset + samples} samples wanted, ${this.length} wait.`);
    }
    const from = this.#start + offset;
    return this.#planes.map((plane) => plane.slice(from, from + samples));
  }

  /** The samples that wait, not copied: they hold until the next push. */
  view(): Float32Array[] {
    return this.#planes.map((plane) => plane.subarray(this.#start, this.#end));
  }

  /** The first `samples` samples, which leave the queue. */
  take(samples: number): Float32Array[] {
    const block = this.peek(samples);
    this.#start += samples;
    return block;
  }

  drop(samples: number): void {
    this.#start += Math.min(samples, this.length);
  }

  clear(): void {
    this.#start = this.#end = 0;
  }
}

/** Blocks one after the other as one. */
export function joined(blocks: readonly Planar[], channels: number): Float32Array[] {
  if (blocks.length === 1) return [...blocks[0]];
  const length = blocks.reduce((sum, block) => sum + block[0].length, 0);
  return Array.from({ length: channels }, (_, c) => {
    const plane = new Float32Array(length);
    let at = 0;
    for (const block of blocks) {
      plane.set(block[c], at);
      at += block[c].length;
    }
    return plane;
  });
}
