// MP3, FLAC and Ogg by streaming WebAssembly decoders, which read the files' own framing: the same
// samples in every browser and in Node, encoder delay and padding taken off. Any thread.
import { VORBIS_SPEAKERS } from "../dsp/downmix.ts";
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";
import type { DecodedBlock } from "./decoded-block.ts";
import { OggClock } from "./ogg-clock.ts";
import {
  BEGIN_OF_STREAM,
  END_OF_STREAM,
  LARGEST_PAGE,
  oggPages,
  pageLength,
  streamPages,
} from "./ogg-pages.ts";
import { quietly } from "./quietly.ts";
import { oggFormat, type Format, type Span } from "./sniff.ts";

export type ElementaryFormat = Exclude<Format, "media" | "flac" | "unknown">;

interface Problem {
  readonly message: string;
  /** Decoded until then. */
  readonly outputSamples: number;
}
interface Decoded {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: readonly Problem[];
}
interface Decoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Promise<Decoded>;
  free(): void;
}

const DECODERS: Record<ElementaryFormat, () => Promise<Decoder>> = {
  mp3: async () => new (await import("mpg123-decoder")).MPEGDecoder(),
  "ogg-flac": async () => new (await import("@wasm-audio-decoders/flac")).FLACDecoder(),
  vorbis: async () => new (await import("@wasm-audio-decoders/ogg-vorbis")).OggVorbisDecoder(),
  opus: async () => new (await import("ogg-opus-decoder")).OggOpusDecoder(),
};

const VORBIS_ORDER: readonly string[] = ["vorbis", "opus"];

/** Samples that an MP3 encoder's count may be above what a whole file gives: delay and padding. */
const SLACK = 4096;

/**
 * Decodes a file from start to end.
 * @param onBytes told how many bytes of the span have been read
 * @throws DannaError "media" when it is damaged or ends early
 */
export async function* decodeElementary(
  file: AudioFile,
  format: ElementaryFormat,
  span: Span,
  onBytes: (read: number) => void,
): AsyncGenerator<DecodedBlock> {
  const stated = await statedSamples(file, format, span);
  const slack = format === "mp3" ? SLACK : 0;
  let decoder = await started(format);
  let samples = 0;
  let read = 0;
  let problem: Problem | undefined;
  const checked = (decoded: Decoded | undefined): DecodedBlock[] => {
    if (!decoded) return [];
    samples += decoded.samplesDecoded;
    problem ??= decoded.errors?.[0];
    if (problem && (format !== "mp3" || soundIsMissing(problem))) {
      throw damaged(file, problem.message);
    }
    const { channelData: channels, sampleRate } = decoded;
    const speakers = VORBIS_ORDER.includes(format) ? VORBIS_SPEAKERS[channels.length] : undefined;
    return channels[0]?.length ? [{ channels, sampleRate, speakers }] : [];
  };
  /** mpg123 reports whatever is no frame; behind the last one it does no harm. */
  const soundIsMissing = ({ outputSamples }: Problem): boolean =>
    stated === 0 || outputSamples + slack < stated;
  const ogg = framed(format) ? undefined : new OggClock();
  const placed = (blocks: readonly DecodedBlock[]) => ogg?.place(blocks) ?? blocks;
  try {
    for await (const bytes of parts(file, format, span)) {
      // The next link of a chain: decoders keep counts, setup and overlap of the one before.
      if (!framed(format) && bytes[5] & BEGIN_OF_STREAM && read > 0) {
        yield* placed(checked(await quietly(() => decoder.flush?.())));
        decoder.free();
        decoder = await started(format);
        ogg?.restart();
      }
      read += bytes.length;
      const blocks = checked(await quietly(() => decoder.decode(bytes)));
      onBytes(read);
      yield* placed(blocks);
      ogg?.read(bytes);
    }
    yield* placed(checked(await quietly(() => decoder.flush?.())));
  } catch (error) {
    if (error instanceof DannaError) throw error;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  } finally {
    decoder.free();
  }
  if (samples + slack < stated) {
    throw new DannaError(
      "media",
      `${file.name} is damaged or cut off: it holds ${samples} of its ${stated} samples. Download it again.`,
    );
  }
}

async function started(format: ElementaryFormat): Promise<Decoder> {
  const decoder = await DECODERS[format]();
  await decoder.ready;
  return decoder;
}

/** Of silence, these few bytes are many samples already. */
const PART_BYTES = 4096;

/** Whether a decoder finds the frames in any parts of a file, not only in Ogg pages. */
const framed = (format: ElementaryFormat): boolean => format === "mp3";

/** The span's bytes for a decoder. */
const parts = (file: AudioFile, format: ElementaryFormat, span: Span): AsyncGenerator<Uint8Array> =>
  framed(format)
    ? bytesOf(file, span, PART_BYTES)
    : streamPages(oggPages(bytesOf(file, span, Infinity)), (page) => oggFormat(page) === format);

async function* bytesOf(
  file: AudioFile,
  { start, end }: Span,
  largest: number,
): AsyncGenerator<Uint8Array> {
  let chunkStart = 0;
  for await (const chunk of file.chunks()) {
    const from = Math.max(0, start - chunkStart);
    const to = Math.min(chunk.length, end - chunkStart);
    for (let at = from; at < to; at += largest) {
      // Buffers of Node are views into larger ones; decoders take plain arrays.
      yield new Uint8Array(chunk.subarray(at, Math.min(to, at + largest)));
    }
    chunkStart += chunk.length;
  }
}

const damaged = (file: AudioFile, reason: string) =>
  new DannaError("media", `${file.name} is damaged (${reason}). Download it again.`);

/**
 * Samples that the file says it has; 0 where it does not say.
 * @throws DannaError "media" when an Ogg file has no end
 */
async function statedSamples(
  file: AudioFile,
  format: ElementaryFormat,
  span: Span,
): Promise<number> {
  if (format === "mp3") return mp3Samples(file, span);
  await checkLastPage(file, span);
  return 0;
}

/** From the first frame's Xing or Info tag: frames × samples of a frame. */
async function mp3Samples(file: AudioFile, { start }: Span): Promise<number> {
  const head = await file.slice(start, start + 512);
  const text = String.fromCharCode(...head);
  const at = Math.max(text.indexOf("Xing"), text.indexOf("Info"));
  if (at < 0 || at + 12 > head.length || (head[at + 7] & 1) === 0) return 0;
  const mpeg1 = ((head[1] >> 3) & 3) === 3;
  return new DataView(head.buffer, head.byteOffset).getUint32(at + 8) * (mpeg1 ? 1152 : 576);
}

/** An Ogg file's last page says that it is the last, and is there as a whole (RFC 3533, 6). */
async function checkLastPage(file: AudioFile, { end }: Span): Promise<void> {
  const tail = await file.slice(Math.max(0, end - LARGEST_PAGE), end);
  for (let at = tail.length - 27; at >= 0; at--) {
    const length = tail[at] === 0x4f ? pageLength(tail, at) : undefined;
    if (length === undefined) continue;
    if (tail[at + 5] & END_OF_STREAM && at + length <= tail.length) return;
    break;
  }
  throw new DannaError(
    "media",
    `${file.name} is cut off: its last page is missing. Download it again.`,
  );
}
