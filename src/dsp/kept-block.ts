// A stretch of a song as it is kept in memory: as decoded, or in 24 bits. Plain data, which threads may
// share. Pure; any thread.
import type { Planar } from "./planar-queue.ts";

/** Of one channel: its samples, or the upper 16 and the lower 8 of their bits, to be scaled. */
export type KeptPlane =
  | Float32Array
  | { readonly high: Int16Array; readonly low: Uint8Array; readonly scale: number };

/** Left and right, which are one object where they are the same. */
export type KeptBlock = readonly [left: KeptPlane, right: KeptPlane];

export interface KeepOptions {
  /** Whether to keep 24 bits where that changes samples, by at most 2^-24 of the peak's power of two. */
  readonly compact: boolean;
  /** Whether it is to lie in shared memory. */
  readonly shared: boolean;
}

const STEPS = 2 ** 23;

/**
 * Keeps left and right: in 24 bits where that is exact (files of up to 24 bits at their own rate) or
 * `compact`, else as they are. Takes nothing over from `planes`.
 */
export function keepBlock([left, right]: Planar, options: KeepOptions): KeptBlock {
  const kept = keepPlane(left, options);
  return [kept, right === left ? kept : keepPlane(right, options)];
}

function keepPlane(plane: Float32Array, { compact, shared }: KeepOptions): KeptPlane {
  const buffer = (bytes: number) =>
    shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const scale = scaleOf(plane);
  const { length } = plane;
  if (!compact && plane.some((sample) => !Number.isInteger(sample / scale))) {
    const whole = new Float32Array(buffer(4 * length));
    whole.set(plane);
    return whole;
  }
  const high = new Int16Array(buffer(2 * length));
  const low = new Uint8Array(buffer(length));
  for (let i = 0; i < length; i++) {
    const value = Math.round(plane[i] / scale);
    high[i] = value >> 8;
    low[i] = value & 255;
  }
  return { high, low, scale };
}

/** A power of two by which every sample comes to lie within 24 bits. */
function scaleOf(plane: Float32Array): number {
  let [lowest, highest] = [0, 0];
  for (const sample of plane) {
    if (sample > highest) highest = sample;
    else if (sample < lowest) lowest = sample;
  }
  let range = 1;
  while (-lowest > range || highest > range - range / STEPS) range *= 2;
  return range / STEPS;
}

/** How many samples a plane has. */
export const keptLength = (plane: KeptPlane): number =>
  plane instanceof Float32Array ? plane.length : plane.high.length;

/** One sample. */
export const keptSample = (plane: KeptPlane, i: number): number =>
  plane instanceof Float32Array ? plane[i] : (plane.high[i] * 256 + plane.low[i]) * plane.scale;

/** Writes `frames` samples from `from` on into `into` at `at`. Allocates nothing. */
export function readKept(
  plane: KeptPlane,
  from: number,
  frames: number,
  into: Float32Array,
  at: number,
): void {
  if (plane instanceof Float32Array) {
    for (let i = 0; i < frames; i++) into[at + i] = plane[from + i];
    return;
  }
  const { high, low, scale } = plane;
  for (let i = 0; i < frames; i++) {
    into[at + i] = (high[from + i] * 256 + low[from + i]) * scale;
  }
}

/** Left and right of whole blocks, one after the other, in arrays of their own. */
export const expand = (...blocks: readonly KeptBlock[]): Float32Array[] =>
  [0, 1].map((channel) => {
    const planes = blocks.map((block) => block[channel]);
    const samples = new Float32Array(planes.reduce((sum, plane) => sum + keptLength(plane), 0));
    let at = 0;
    for (const plane of planes) {
      readKept(plane, 0, keptLength(plane), samples, at);
      at += keptLength(plane);
    }
    return samples;
  });

/** The memory of blocks, each once, as what is handed over to another thread. */
export function keptBuffers(blocks: readonly KeptBlock[]): ArrayBuffer[] {
  const buffers = blocks
    .flat()
    .flatMap((plane) =>
      plane instanceof Float32Array ? [plane.buffer] : [plane.high.buffer, plane.low.buffer],
    );
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}
