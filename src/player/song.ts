// A decoded song: stereo samples at the context's rate, in regions. Page thread.
import type { SongTags } from "../decode/tags.ts";
import { toStereo } from "../dsp/downmix.ts";
import { keepBlock, keptLength, type KeptBlock } from "../dsp/kept-block.ts";
import { REGION } from "./protocol.ts";

export interface Song {
  /** Regions of `REGION` samples; the last is shorter. In shared memory where the page has it. */
  readonly blocks: readonly KeptBlock[];
  /** Samples. */
  readonly length: number;
  readonly sampleRate: number;
  /** Of its file. */
  readonly tags: SongTags;
}

/** Samples at the start that are kept as they were decoded: a quarter of an hour at 48 kHz. */
export const EXACT = 330 * REGION;

export function songOf(
  blocks: readonly KeptBlock[],
  sampleRate: number,
  tags: SongTags = {},
): Song {
  const length = blocks.reduce((sum, [left]) => sum + keptLength(left), 0);
  return { blocks, length, sampleRate, tags };
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
