// Decodes a whole recording away from the page, block by block, as a page keeps it: in memory, or what comes late in a
// long song in a file. Web worker.
import { blobFile, type AudioFile } from "../../decode/audio-file.ts";
import { openAudio, type AudioStream } from "../../decode/open-audio.ts";
import { readTags, type SongTags } from "../../decode/tags.ts";
import { keepBlock, keptBuffers, keptLength, type KeptBlock } from "../../dsp/kept-block.ts";
import { CHANNELS, PlanarQueue } from "../../dsp/planar-queue.ts";
import type { StoredPlace } from "../../dsp/stored-block.ts";
import { DannaError } from "../../errors.ts";
import { transfer } from "../../util/rpc.ts";
import { resampled } from "../stages/resample-stage.ts";
import { SongFile } from "./song-file.ts";

export interface DecodeSettings {
  readonly sampleRate: number;
  /** Samples of a block; the last may be shorter. */
  readonly block: number;
  /** Samples from which on 24 bits are kept, whatever was decoded. */
  readonly exact: number;
  /** Name of the file that these go into; undefined where all are kept in memory. */
  readonly file?: string | undefined;
}

/** A block in memory, or else its place in the file. */
export interface DecodedBlock {
  readonly kept?: KeptBlock;
  readonly place?: StoredPlace;
}

/** The calls (comlink) of a decoder: `open` once, `next` until there is no block, `close`. */
export interface DecodeControl {
  open(blob: Blob, name: string, settings: DecodeSettings): Promise<void>;
  next(): Promise<DecodedBlock | undefined>;
  /** Share of the recording that has been decoded, 0 to 1. */
  progress(): Promise<number>;
  /** Of the file that was opened. */
  tags(): Promise<SongTags>;
  /** The file is whole, or not wanted: others can read or remove it. */
  close(): Promise<void>;
}

export class SongDecoder implements DecodeControl {
  #blocks: AsyncGenerator<KeptBlock> | undefined;
  #stream: AudioStream | undefined;
  #file: AudioFile | undefined;
  #settings: DecodeSettings | undefined;
  #given = 0;
  /** Undefined before the first block that goes there; null where none does. */
  #stored: SongFile | null | undefined;

  async open(blob: Blob, name: string, settings: DecodeSettings): Promise<void> {
    this.#settings = settings;
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

  async next(): Promise<DecodedBlock | undefined> {
    if (!this.#blocks) throw new DannaError("worker", "next() came before open().");
    const { value, done } = await this.#blocks.next();
    if (done) return undefined;
    const kept = value as KeptBlock;
    const place = await this.#store(kept);
    return place ? { place } : transfer({ kept }, keptBuffers([kept]));
  }

  async #store(block: KeptBlock): Promise<StoredPlace | undefined> {
    const { exact = 0, file } = this.#settings ?? {};
    const late = this.#given >= exact;
    this.#given += keptLength(block[0]);
    if (!late || file === undefined) return undefined;
    if (this.#stored === undefined) this.#stored = (await SongFile.create(file)) ?? null;
    return this.#stored?.add(block);
  }

  async close(): Promise<void> {
    this.#stored?.close();
    this.#stored = null;
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
