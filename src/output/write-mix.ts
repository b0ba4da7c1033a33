// A mix of a recording's stems as one file to save, as it is heard: under gains, limited. Page or worker.
import { Limiter, MAX_BLOCK } from "../dsp/limiter.ts";
import type { SongTags } from "../decode/tags.ts";
import type { Planar } from "../dsp/planar-queue.ts";
import type { StemChunk } from "../split/split-stream.ts";
import { safeFileName } from "../util/file-name.ts";
import { AudioBlobWriter } from "./audio-writer.ts";
import type { AudioFormat } from "./formats.ts";
import { mixOf, type Gains } from "./mix.ts";
import { fileTags } from "./file-tags.ts";
import { labelledFileName } from "./names.ts";

export interface MixFileOptions {
  /** The recording's name, without an extension. */
  name: string;
  sampleRate: number;
  gains: Gains;
  /** "wav16" by default. */
  format?: AudioFormat;
  /** Of the mix, for the file's name; "mix" by default. */
  label?: string;
  /** The recording's, for formats that have a place for them: FLAC and MP3. */
  tags?: SongTags;
  /** First sample of the recording, and the one after the last; all of it by default. */
  range?: readonly [start: number, end: number];
  /** What becomes of the mix before it is limited and written: another key or tempo. */
  effect?: (blocks: AsyncIterable<Planar>) => AsyncIterable<Planar>;
}

/**
 * Writes `song_karaoke.mp3`. Samples within ±1 are written as they are; louder ones are limited as the
 * player limits them, but for "wav32f", which keeps everything.
 * @param chunks the whole recording, in order
 * @throws what `chunks` and `effect` throw; DannaError "platform" when the format cannot be encoded here
 */
export async function writeMix(
  chunks: AsyncIterable<StemChunk>,
  {
    name,
    sampleRate,
    gains,
    format = "wav16",
    label = "mix",
    tags = {},
    range,
    effect,
  }: MixFileOptions,
): Promise<File> {
  // A format that cannot be encoded here is refused before the first chunk, which takes long to compute.
  const writer = await AudioBlobWriter.open(format, sampleRate, await fileTags(tags, label));
  const limiter = format === "wav32f" ? undefined : new Limiter(sampleRate);
  try {
    const mix = mixed(chunks, gains, range);
    for await (const block of effect ? effect(mix) : mix) {
      if (limiter) limit(limiter, block);
      await writer.add(block);
    }
    return await writer.finish(labelledFileName(safeFileName(name), safeFileName(label), format));
  } catch (error) {
    await writer.cancel();
    throw error;
  }
}

async function* mixed(
  chunks: AsyncIterable<StemChunk>,
  gains: Gains,
  [from, to]: readonly [number, number] = [0, Infinity],
): AsyncGenerator<Planar, void, undefined> {
  for await (const { start, stems } of chunks) {
    const planes = mixOf(stems, gains);
    const begin = Math.max(0, from - start);
    const end = Math.min(planes[0].length, to - start);
    if (end > begin) yield planes.map((plane) => plane.subarray(begin, end));
  }
}

/** In place. */
function limit(limiter: Limiter, block: Planar): void {
  for (let at = 0; at < block[0].length; at += MAX_BLOCK) {
    const part = block.map((plane) => plane.subarray(at, at + MAX_BLOCK));
    limiter.process(part, part);
  }
}
