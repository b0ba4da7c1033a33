// Opens a recording of any supported format as a stream of stereo blocks. Any thread.
import { DannaError } from "../errors.ts";
import type { Planar } from "../dsp/planar-queue.ts";
import type { AudioFile } from "./audio-file.ts";
import { toStereo } from "../dsp/downmix.ts";
import type { DecodedBlock } from "./decoded-block.ts";
import { decodeElementary } from "./elementary.ts";
import { decodeFlac } from "./flac-file.ts";
import { decodeMedia } from "./media.ts";
import { findSound } from "./sniff.ts";

/** A recording that is being decoded, once from start to end. */
export interface AudioStream {
  readonly sampleRate: number;
  /** Channels of the recording itself; the blocks are always stereo. */
  readonly channels: number;
  /** Iterate to the end or call `return`, so that decoders are freed. */
  readonly blocks: AsyncGenerator<Planar>;
  /** Share of the recording that has been decoded, 0 to 1. */
  readonly progress: number;
  /** Before the first block: leaves out blocks that end by a sample; returns how many samples these have. */
  skip?(samples: number): number;
}

/**
 * @param track id of the one to decode of an MP4 file, in place of what players play
 * @throws DannaError "media" that says why there is nothing to decode; iterating the blocks throws
 *   the same when the file turns out damaged or cut off
 */
export async function openAudio(file: AudioFile, track?: number): Promise<AudioStream> {
  if (file.size === 0) throw new DannaError("media", `${file.name} is empty: it has no bytes.`);
  const { format, ...span } = await findSound(file);
  if (format === "unknown") {
    throw new DannaError(
      "media",
      `${file.name} is not audio of a known format ` +
        "(WAV, FLAC, MP3, Ogg Vorbis, Opus, AAC, M4A, MP4, WebM). " +
        "Convert it to FLAC or WAV.",
    );
  }
  let progress = 0;
  const onBytes = (read: number) => (progress = read / (span.end - span.start));
  const decoded =
    format === "media"
      ? decodeMedia(file, span, (share) => (progress = share), track)
      : format === "flac"
        ? decodeFlac(file, span, onBytes)
        : decodeElementary(file, format, span, onBytes);
  const first = await decoded.next();
  if (first.done) throw new DannaError("media", `${file.name} holds no sound: it has no samples.`);
  const { sampleRate, channels } = first.value;
  const blocks = stereoBlocks(file, first.value, decoded);
  const end = blocks.return.bind(blocks);
  blocks.return = async (value) => {
    await decoded.return(undefined); // a generator that has not begun would not do it
    return end(value);
  };
  return {
    sampleRate,
    channels: channels.length,
    blocks,
    get progress() {
      return Math.min(1, progress);
    },
  };
}

async function* stereoBlocks(
  file: AudioFile,
  first: DecodedBlock,
  rest: AsyncGenerator<DecodedBlock>,
): AsyncGenerator<Planar> {
  try {
    yield toStereo(first.channels, first.speakers);
    for await (const { channels, sampleRate, speakers } of rest) {
      if (sampleRate !== first.sampleRate || channels.length !== first.channels.length) {
        throw new DannaError(
          "media",
          `${file.name} changes its sample rate or channels on the way. Convert it to one rate.`,
        );
      }
      yield toStereo(channels, speakers);
    }
  } finally {
    await rest.return(undefined);
  }
}
