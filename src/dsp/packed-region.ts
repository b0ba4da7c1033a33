// One region's stems in little memory. Pure; any thread.
//
// All stems but the last are kept as 16-bit integers with a scale for every block of samples; the last
// is what they leave of the mixture, so that the stems add up to it exactly. A kept sample is wrong by
// at most 2^-16 of its block's peak, one of the last stem by the sum of those.
import { DannaError } from "../errors.ts";
import { CHANNELS, type Planar } from "./planar-queue.ts";

/** Channels that are kept of so many stems: left and right of every stem but the last. */
export const keptChannels = (stems: number): number => (stems - 1) * CHANNELS;
/** Samples that share a scale, as a power of two. */
const BLOCK_BITS = 10;
const BLOCK = 1 << BLOCK_BITS;

const MAGIC = 0x32525344;
/** Magic number, samples, channels. */
const HEADER_INTS = 3;
const LARGEST = 32767;

const blocksOf = (samples: number) => Math.ceil(samples / BLOCK);

/** Bytes of a packed region of so many samples and kept channels. */
export const packedBytes = (samples: number, channels: number): number =>
  4 * HEADER_INTS + channels * (4 * blocksOf(samples) + 2 * samples);

/** Packs the kept channels of one region, in the order of the stems. */
export function packRegion(kept: Planar): ArrayBuffer {
  const samples = kept[0].length;
  const channels = kept.length;
  const blocks = blocksOf(samples);
  const buffer = new ArrayBuffer(packedBytes(samples, channels));
  new Int32Array(buffer, 0, HEADER_INTS).set([MAGIC, samples, channels]);
  const scales = new Float32Array(buffer, 4 * HEADER_INTS, channels * blocks);
  const values = new Int16Array(buffer, 4 * (HEADER_INTS + scales.length), channels * samples);
  for (let c = 0; c < channels; c++) {
    const plane = kept[c];
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
  /** Channels that are kept; two more are read. */
  readonly channels: number;
  readonly #blocks: number;
  readonly #scales: Float32Array;
  readonly #values: Int16Array;

  /** @throws DannaError "storage" when the bytes are no packed region */
  constructor(readonly buffer: ArrayBuffer) {
    const [magic, samples, channels] =
      buffer.byteLength >= 4 * HEADER_INTS ? new Int32Array(buffer, 0, HEADER_INTS) : [0, 0, 0];
    if (
      magic !== MAGIC ||
      samples < 1 ||
      channels < 1 ||
      packedBytes(samples, channels) !== buffer.byteLength
    ) {
      throw new DannaError("storage", "Kept stems are damaged.");
    }
    this.samples = samples;
    this.channels = channels;
    this.#blocks = blocksOf(samples);
    const scales = channels * this.#blocks;
    this.#scales = new Float32Array(buffer, 4 * HEADER_INTS, scales);
    this.#values = new Int16Array(buffer, 4 * (HEADER_INTS + scales));
  }

  /**
   * Writes `frames` samples from `from` on into `channels` + 2 planes at `at`. `mixture` is read from
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
      const rest = planes[this.channels + side];
      const mixed = mixture[side];
      for (let i = 0; i < frames; i++) rest[at + i] = mixed[mixtureFrom + i];
    }
    for (let c = 0; c < this.channels; c++) {
      const plane = planes[c];
      const rest = planes[this.channels + (c % CHANNELS)];
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
