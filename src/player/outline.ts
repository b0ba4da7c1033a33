// How a song's outline is found. Pure; any thread.
import { CELL } from "../dsp/cells.ts";
import { keptSample } from "../dsp/kept-block.ts";
import { isStored } from "../dsp/stored-block.ts";
import { pause } from "../util/async.ts";
import { REGION } from "./protocol.ts";
import type { Song } from "./song.ts";

/** Columns of a song's outline, as it is shown. */
export const OUTLINE_COLUMNS = 600;

/** Most seconds of a column of the finest picture, and the most times that the outline's are halved for it. */
const [FINEST, DEEPEST] = [0.012, 12];

/** How often the outline's columns are halved for the finest picture of a song: each time there are twice as many. */
export const detailDepth = (seconds: number): number =>
  seconds > 0
    ? Math.min(DEEPEST, Math.max(0, Math.ceil(Math.log2(seconds / OUTLINE_COLUMNS / FINEST))))
    : 0;

/** Samples of a column of the finest picture that are looked at. */
const LOOKED_AT = 48;
/** Columns that are found at a time: about a millisecond. */
const AT_A_TIME = 2000;

/**
 * The outline in the finest columns, scaled as that is: single ones may be above 1. Lets others work between.
 * @throws the signal's reason
 */
export async function outlineDetail(song: Song, signal: AbortSignal): Promise<Float32Array> {
  const { blocks, length, sampleRate } = song;
  const depth = detailDepth(length / sampleRate);
  const detail = new Float32Array(OUTLINE_COLUMNS * 2 ** depth);
  const columns = detail.length;
  for (let c = 0; c < columns; c++) {
    if (c % AT_A_TIME === 0) await pause(0, signal);
    detail[c] = rmsOf(blocks, length, c, columns, LOOKED_AT);
  }
  let loudest = 0;
  const each = 2 ** depth;
  for (let c = 0; c < columns; c += each) {
    let energy = 0;
    for (let i = c; i < c + each; i++) energy += detail[i] ** 2;
    loudest = Math.max(loudest, Math.sqrt(energy / each));
  }
  if (loudest > 0) for (let c = 0; c < columns; c++) detail[c] /= loudest;
  return detail;
}

/** RMS amplitude over both channels of a column of `columns`, by so many samples at least. */
function rmsOf(
  blocks: Song["blocks"],
  length: number,
  c: number,
  columns: number,
  lookedAt: number,
): number {
  const from = Math.floor((c * length) / columns);
  const to = Math.min(length, Math.max(from + 1, Math.floor(((c + 1) * length) / columns)));
  const stride = Math.max(1, Math.floor((to - from) / lookedAt));
  let sum = 0;
  let count = 0;
  for (let i = from; i < to; i += stride) {
    const block = blocks[Math.floor(i / REGION)];
    const at = i % REGION;
    // What lies in a file is looked at in cells.
    if (isStored(block)) sum += 2 * block.cells[Math.floor(at / CELL)];
    else for (const plane of block) sum += keptSample(plane, at) ** 2;
    count += 2;
  }
  return count > 0 ? Math.sqrt(sum / count) : 0;
}

/**
 * Outline of a song: for each of `columns` equal stretches of time the RMS amplitude over both
 * channels, the loudest scaled to 1. Silence stays 0. Allocates.
 */
export function outline({ blocks, length }: Song, columns: number): Float32Array {
  const result = new Float32Array(columns);
  let loudest = 0;
  for (let c = 0; c < columns; c++) {
    // Some samples are enough for a picture, and keep an hour of music under 0.1 s.
    result[c] = rmsOf(blocks, length, c, columns, 512);
    if (result[c] > loudest) loudest = result[c];
  }
  if (loudest > 0) for (let c = 0; c < columns; c++) result[c] /= loudest;
  return result;
}
