// One region's stems in little memory. Pure; any thread.
//
// Vocals, drums and bass are kept as 16-bit integers with a scale for every block of samples; other
// is what they leave of the mixture, so that the stems add up to it exactly. A kept sample is wrong
// by at most 2^-16 of its block's peak, one of other by three times that.
import { DannaError } from "../errors.ts";
import { STEMS } from "../stems.ts";
import type { Planar } from "./planar-queue.ts";
import { CHANNELS } from "../split/stages/stage.ts";

/** Channels that are kept: left and right of every stem but the last. */
export const KEPT_CHANNELS = (STEMS.length - 1) * CHANNELS;
/** Samples that share a scale, as a power of two. */
const BLOCK_BITS = 10;
const BLOCK = 1 << BLOCK_BITS;

const MAGIC = 0x31525344;
/** Magic number, samples. */
const HEADER_INTS = 2;
const LARGEST = 32767;

const blocksOf = (samples: number) => Math.ceil(samples / BLOCK);

/** Bytes of a packed region of so many samples. */
export const packedBytes = (samples: number): number =>
  4 * HEADER_INTS + KEPT_CHANNELS * (4 * blocksOf(samples) + 2 * samples);

/** Packs the kept stems (6 planes or more, in the order of STEMS) of one region. */
export function packRegion(stems: Planar): ArrayBuffer {
  const samples = stems[0].length;
  const blocks = blocksOf(samples);
  const buffer = new ArrayBuffer(packedBytes(samples));
  new Int32Array(buffer, 0, HEADER_INTS).set([MAGIC, samples]);
  const scales = new Float32Array(buffer, 4 * HEADER_INTS, KEPT_CHANNELS * blocks);
  const values = new Int16Array(buffer, 4 * (HEADER_INTS + scales.length), KEPT_CHANNELS * samples);
  for (let c = 0; c < KEPT_CHANNELS; c++) {
    const plane = stems[c];
    for (let block = 0; block < blocks; block++) {
      const end = Math.min(samples, (block + 1) * BLOCK);
      let peak = 0;
      for (let i = block * BLOCK; i < end; i++) peak = Math.max(peak, Math.abs(plane[i]));
      const scale = peak / LARGEST;
      scales[c * blocks + block] = scale;
      if (scale === 0) continue;
      for (let i = block * BLOCK; i < end; i++) {
        values[c * samples + i] = Math.round(plane[i] / scale);
      }
    }
  }
  return buffer;
}

/** Reads a packed region where it lies. */
export class PackedRegion {
  readonly samples: number;
  readonly #blocks: number;
  readonly #scales: Float32Array;
  readonly #values: Int16Array;

  /** @throws DannaError "storage" when the bytes are no packed region */
  constructor(readonly buffer: ArrayBuffer) {
    const [magic, samples] =
      buffer.byteLength >= 4 * HEADER_INTS ? new Int32Array(buffer, 0, HEADER_INTS) : [0, 0];
    if (magic !== MAGIC || samples < 1 || packedBytes(samples) !== buffer.byteLength) {
      throw new DannaError("storage", "What was kept of a song's stems is damaged.");
    }
    this.samples = samples;
    this.#blocks = blocksOf(samples);
    const scales = KEPT_CHANNELS * this.#blocks;
    this.#scales = new Float32Array(buffer, 4 * HEADER_INTS, scales);
    this.#values = new Int16Array(buffer, 4 * (HEADER_INTS + scales));
  }

  /**
   * Writes `frames` samples from `from` on into 8 planes at `at`. `mixture` is read from
   * `mixtureFrom` on. Allocates nothing.
   */
  read(
    from: number,
    frames: number,
    mixture: Planar,
    mixtureFrom: number,
    planes: readonly Float32Array[],
    at: number,
  ): void {
    for (let side = 0; side < CHANNELS; side++) {
      const rest = planes[KEPT_CHANNELS + side];
      const mixed = mixture[side];
      for (let i = 0; i < frames; i++) rest[at + i] = mixed[mixtureFrom + i];
    }
    for (let c = 0; c < KEPT_CHANNELS; c++) {
      const plane = planes[c];
      const rest = planes[KEPT_CHANNELS + (c % CHANNELS)];
      const first = c * this.samples + from;
      for (let i = 0; i < frames; i++) {
        const scale = this.#scales[c * this.#blocks + ((from + i) >> BLOCK_BITS)];
        const sample = this.#values[first + i] * scale;
        plane[at + i] = sample;
        rest[at + i] -= sample;
      }
    }
  }
}
