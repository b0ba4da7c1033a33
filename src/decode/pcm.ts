// Sound that is in memory as samples already, as a stream. Any thread.
import { DannaError } from "../errors.ts";
import { expand } from "../dsp/kept-block.ts";
import { blockLength, readBlock, type SongBlock } from "../dsp/stored-block.ts";
import type { Planar } from "../dsp/planar-queue.ts";
import { toStereo } from "../dsp/downmix.ts";
import type { AudioStream } from "./open-audio.ts";

/** Decoded sound: one channel or more, all of one length. */
export interface PcmAudio {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** A song as a page keeps it. */
export interface KeptAudio {
  readonly sampleRate: number;
  readonly blocks: readonly SongBlock[];
}

/** Samples given at a time. */
const BLOCK = 16_384;

/** @throws DannaError "input" for channels that are missing or of different lengths, "media" for none */
export function pcmStream({ channels, sampleRate }: PcmAudio): AudioStream {
  const length = channels[0]?.length ?? 0;
  if (channels.length === 0 || channels.some((channel) => channel.length !== length)) {
    throw new DannaError("input", "Sound takes one channel or more, all of one length.");
  }
  if (length === 0) throw new DannaError("media", "The sound has no samples.");
  let taken = 0;
  async function* blocks(): AsyncGenerator<Planar> {
    for (let at = 0; at < length; at += BLOCK) {
      taken = Math.min(length, at + BLOCK);
      yield toStereo(channels.map((channel) => channel.subarray(at, at + BLOCK)));
    }
  }
  return {
    sampleRate,
    channels: channels.length,
    blocks: blocks(),
    get progress() {
      return taken / length;
    },
  };
}

export function keptStream({ blocks: kept, sampleRate }: KeptAudio): AudioStream {
  const length = kept.reduce((sum, block) => sum + blockLength(block), 0);
  let [first, taken] = [0, 0];
  async function* blocks(): AsyncGenerator<Planar> {
    for (const block of kept.slice(first)) {
      taken += blockLength(block);
      yield expand(await readBlock(block));
    }
  }
  return {
    sampleRate,
    channels: 2,
    blocks: blocks(),
    get progress() {
      return taken / length;
    },
    skip: (samples) => {
      while (first < kept.length && taken + blockLength(kept[first]) <= samples) {
        taken += blockLength(kept[first++]);
      }
      return taken;
    },
  };
}
