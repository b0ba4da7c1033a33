// A decoded song: stereo samples at the context's rate, in regions. Page thread.
import type { SongTags } from "../decode/tags.ts";
import { toStereo } from "../dsp/downmix.ts";
import { expand, keepBlock, type KeptBlock } from "../dsp/kept-block.ts";
import type { Planar } from "../dsp/planar-queue.ts";
import { blockLength, readBlock, type SongBlock } from "../dsp/stored-block.ts";
import { REGION } from "./protocol.ts";

export interface Song {
  /**
   * Regions of `REGION` samples; the last is shorter. In shared memory where the page has it, and beyond `EXACT` in a
   * file where the browser has a place for one.
   */
  readonly blocks: readonly SongBlock[];
  /** Samples. */
  readonly length: number;
  readonly sampleRate: number;
  /** Of its file. */
  readonly tags: SongTags;
  /** Removes what lies in a file: the song is closed. */
  free(): void;
}

/** Samples at the start that are kept in memory as they were decoded: a quarter of an hour at 48 kHz. */
export const EXACT = 330 * REGION;

export function songOf(
  blocks: readonly SongBlock[],
  sampleRate: number,
  tags: SongTags = {},
  free: () => void = () => undefined,
): Song {
  const length = blocks.reduce((sum, block) => sum + blockLength(block), 0);
  return { blocks, length, sampleRate, tags, free };
}

/** Takes the samples of a buffer, which may then be forgotten. */
export function songOfBuffer(buffer: AudioBuffer): Song {
  const { numberOfChannels, sampleRate, length } = buffer;
  const decoded = Array.from({ length: numberOfChannels }, (_, c) => buffer.getChannelData(c));
  const [left, right] = toStereo(decoded);
  const shared = globalThis.crossOriginIsolated;
  const blocks: KeptBlock[] = [];
  for (let at = 0; at < length; at += REGION) {
    const part = (plane: Float32Array) => plane.subarray(at, at + REGION);
    const first = part(left);
    const planes = [first, right === left ? first : part(right)];
    blocks.push(keepBlock(planes, { compact: at >= EXACT, shared }));
  }
  return songOf(blocks, sampleRate);
}

/**
 * Left and right from one sample to another, in arrays of their own.
 * @throws as `readBlock`
 */
export async function samplesOf({ blocks }: Song, from: number, to: number): Promise<Planar> {
  const first = Math.floor(from / REGION);
  const wanted = blocks.slice(first, Math.ceil(to / REGION));
  const planes = expand(...(await Promise.all(wanted.map(readBlock))));
  return planes.map((plane) => plane.slice(from - first * REGION, to - first * REGION));
}
