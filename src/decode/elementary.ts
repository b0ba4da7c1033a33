// MP3, FLAC and Ogg by streaming WebAssembly decoders, which read the files' own framing: the same
// samples in every browser and in Node, encoder delay and padding taken off. Any thread.
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";
import { soundHead, type Format } from "./sniff.ts";

export type ElementaryFormat = Exclude<Format, "media" | "unknown">;

interface Decoded {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
  errors: readonly { message: string }[];
}
interface Decoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Promise<Decoded>;
  free(): void;
}

/** A stretch of decoded sound, in the file's own channels. */
export interface DecodedBlock {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

const DECODERS: Record<ElementaryFormat, () => Promise<Decoder>> = {
  mp3: async () => new (await import("mpg123-decoder")).MPEGDecoder(),
  flac: async () => new (await import("@wasm-audio-decoders/flac")).FLACDecoder(),
  "ogg-flac": async () => new (await import("@wasm-audio-decoders/flac")).FLACDecoder(),
  vorbis: async () => new (await import("@wasm-audio-decoders/ogg-vorbis")).OggVorbisDecoder(),
  opus: async () => new (await import("ogg-opus-decoder")).OggOpusDecoder(),
};

/** Samples that an encoder's count may be above what a whole file gives: delay and padding. */
const SLACK = 4096;

/**
 * Decodes a file from start to end.
 * @param onBytes told how many bytes have been read
 * @throws DannaError "media" when it is damaged or ends early
 */
export async function* decodeElementary(
  file: AudioFile,
  format: ElementaryFormat,
  onBytes: (read: number) => void,
): AsyncGenerator<DecodedBlock> {
  const expected = await expectedSamples(file, format);
  const decoder = await DECODERS[format]();
  await decoder.ready;
  let samples = 0;
  let read = 0;
  const checked = (decoded: Decoded): DecodedBlock => {
    const [problem] = decoded.errors ?? [];
    if (problem) throw damaged(file, problem.message);
    samples += decoded.samplesDecoded;
    return { channels: decoded.channelData, sampleRate: decoded.sampleRate };
  };
  try {
    for await (const chunk of file.chunks()) {
      read += chunk.length;
      // Buffers of Node are views into larger ones; decoders take plain arrays.
      const block = checked(await quietly(() => decoder.decode(new Uint8Array(chunk))));
      onBytes(read);
      if (block.channels[0]?.length) yield block;
    }
    const flushed = await quietly(() => decoder.flush?.());
    const last = flushed && checked(flushed);
    if (last?.channels[0]?.length) yield last;
  } catch (error) {
    throw error instanceof DannaError ? error : damaged(file, String(error));
  } finally {
    decoder.free();
  }
  if (samples + SLACK < expected) {
    throw new DannaError(
      "media",
      `${file.name} is cut off: it holds ${samples} of its ${expected} samples. Get it anew.`,
    );
  }
}

const damaged = (file: AudioFile, reason: string) =>
  new DannaError("media", `${file.name} is damaged (${reason}). Get it anew.`);

/** Recordings that are being decoded this moment, and what logged errors before. */
let decoding = 0;
let log: typeof console.error;

/** The decoders log what they also return. */
async function quietly<T>(action: () => T | Promise<T>): Promise<T> {
  const { console } = globalThis;
  if (decoding++ === 0) log = console.error;
  console.error = () => undefined;
  try {
    return await action();
  } finally {
    if (--decoding === 0) console.error = log;
  }
}

/** Samples that the file says it has; 0 where it does not say. */
async function expectedSamples(file: AudioFile, format: ElementaryFormat): Promise<number> {
  if (format === "flac") {
    // STREAMINFO: 36 bits behind the rate, channels and depth.
    const info = await file.slice(18, 26);
    const view = new DataView(info.buffer, info.byteOffset);
    return info.length < 8 ? 0 : (view.getUint8(3) & 15) * 2 ** 32 + view.getUint32(4);
  }
  if (format === "mp3") return mp3Samples(file);
  await checkLastPage(file);
  return 0;
}

/** From the first frame's Xing or Info tag: frames × samples of a frame. */
async function mp3Samples(file: AudioFile): Promise<number> {
  const head = await soundHead(file);
  const text = String.fromCharCode(...head);
  const at = Math.max(text.indexOf("Xing"), text.indexOf("Info"));
  if (at < 0 || at + 12 > head.length || (head[at + 7] & 1) === 0) return 0;
  const mpeg1 = ((head[1] >> 3) & 3) === 3;
  return new DataView(head.buffer, head.byteOffset).getUint32(at + 8) * (mpeg1 ? 1152 : 576);
}

const LARGEST_PAGE = 65_307;
const END_OF_STREAM = 4;

/** An Ogg file's last page says that it is the last, and is there as a whole (RFC 3533, 6). */
async function checkLastPage(file: AudioFile): Promise<void> {
  const tail = await file.slice(Math.max(0, file.size - LARGEST_PAGE), file.size);
  for (let at = tail.length - 27; at >= 0; at--) {
    if (tail[at] !== 0x4f || String.fromCharCode(...tail.subarray(at, at + 4)) !== "OggS") continue;
    const lengths = tail.subarray(at + 27, at + 27 + tail[at + 26]);
    const end = at + 27 + tail[at + 26] + lengths.reduce((sum, length) => sum + length, 0);
    if (tail[at + 5] & END_OF_STREAM && end <= tail.length) return;
    break;
  }
  throw new DannaError("media", `${file.name} is cut off: its last page is missing. Get it anew.`);
}
