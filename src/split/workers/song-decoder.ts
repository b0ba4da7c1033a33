// Decodes a whole recording away from the page, block by block, as a page keeps it. Web worker.
import { blobFile, type AudioFile } from "../../decode/audio-file.ts";
import { openAudio, type AudioStream } from "../../decode/open-audio.ts";
import { readTags, type SongTags } from "../../decode/tags.ts";
import { keepBlock, keptBuffers, type KeptBlock } from "../../dsp/kept-block.ts";
import { CHANNELS, PlanarQueue } from "../../dsp/planar-queue.ts";
import { DannaError } from "../../errors.ts";
import { transfer } from "../../util/rpc.ts";
import { resampled } from "../stages/resample-stage.ts";

export interface DecodeSettings {
  readonly sampleRate: number;
  /** Samples of a block; the last may be shorter. */
  readonly block: number;
  /** Samples from which on 24 bits are kept, whatever was decoded. */
  readonly exact: number;
}

/** The calls (comlink) of a decoder: `open` once, then `next` until there is no block. */
export interface DecodeControl {
  open(blob: Blob, name: string, settings: DecodeSettings): Promise<void>;
  next(): Promise<KeptBlock | undefined>;
  /** Share of the recording that has been decoded, 0 to 1. */
  progress(): Promise<number>;
  /** Of the file that was opened. */
  tags(): Promise<SongTags>;
}

export class SongDecoder implements DecodeControl {
  #blocks: AsyncGenerator<KeptBlock> | undefined;
  #stream: AudioStream | undefined;
  #file: AudioFile | undefined;

  async open(blob: Blob, name: string, settings: DecodeSettings): Promise<void> {
    this.#file = blobFile(blob, name);
    this.#stream = await openAudio(this.#file);
    this.#blocks = keptBlocks(this.#stream, settings);
  }

  async progress(): Promise<number> {
    return this.#stream?.progress ?? 0;
  }

  async tags(): Promise<SongTags> {
    if (!this.#file) throw new DannaError("worker", "tags() came before open().");
    return readTags(this.#file);
  }

  async next(): Promise<KeptBlock | undefined> {
    if (!this.#blocks) throw new DannaError("worker", "next() came before open().");
    const { value, done } = await this.#blocks.next();
    if (done) return undefined;
    const kept = value as KeptBlock;
    return transfer(kept, keptBuffers([kept]));
  }
}

async function* keptBlocks(
  stream: AudioStream,
  { sampleRate, block, exact }: DecodeSettings,
): AsyncGenerator<KeptBlock> {
  const shared = globalThis.crossOriginIsolated;
  // One channel is not computed, nor kept, twice.
  const channels = Math.min(stream.channels, CHANNELS);
  const queue = new PlanarQueue(channels);
  let given = 0;
  const kept = (samples: number): KeptBlock => {
    const planes = queue.take(samples);
    const compact = given >= exact;
    given += samples;
    return keepBlock([planes[0], planes[channels - 1]], { compact, shared });
  };
  for await (const planes of resampled(stream.blocks, channels, stream.sampleRate, sampleRate)) {
    queue.push(planes);
    while (queue.length >= block) yield kept(block);
  }
  if (queue.length > 0) yield kept(queue.length);
}
