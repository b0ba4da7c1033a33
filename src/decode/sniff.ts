// What a recording is, by its bytes, and where its sound lies between tags; names of files lie. Any thread.
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";
import { firstMpegFrame, lastMpegFrameEnd, mpegHeader } from "./mpeg-frame.ts";
import { BEGIN_OF_STREAM, pageData, pageLength } from "./ogg-pages.ts";

/** "media": a container for mediabunny. */
export type Format = "mp3" | "flac" | "vorbis" | "opus" | "ogg-flac" | "media" | "unknown";

/** Bytes of a file, without the tags around them. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Sound extends Span {
  readonly format: Format;
}

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Bytes of an ID3v2 tag at the start, which may be megabytes of pictures. */
function id3Length(head: Uint8Array): number {
  if (ascii(head, 0, 3) !== "ID3" || head.length < 10) return 0;
  const [a, b, c, d] = head.subarray(6, 10);
  const footer = head[5] & 0x10 ? 10 : 0;
  return 10 + footer + ((a << 21) | (b << 14) | (c << 7) | d);
}

/** Of an ID3v1 tag, at the end. */
const ID3V1_BYTES = 128;

/** Enough for `sniff`, and for what MP3 files may have around their frames: tags, padding, half frames. */
const MARGIN = 1 << 16;

/** @throws DannaError "media" when the file ends before its sound begins */
export async function findSound(file: AudioFile): Promise<Sound> {
  let start = 0;
  let head: Uint8Array;
  for (;;) {
    head = await file.slice(start, start + MARGIN);
    const tag = id3Length(head);
    if (tag === 0) break;
    start += tag;
    // A tag alone is a file without sound, but a whole one.
    if (start <= file.size) continue;
    const says = `its ID3 tag says it is ${tag} bytes long, and the file has ${file.size}`;
    throw new DannaError("media", `${file.name} is cut off: ${says}. Download it again.`);
  }
  const tail = await file.slice(Math.max(start, file.size - ID3V1_BYTES), file.size);
  const tagged = tail.length === ID3V1_BYTES && ascii(tail, 0, 3) === "TAG";
  const end = file.size - (tagged ? ID3V1_BYTES : 0);
  const format = sniff(head);
  if (format === "mp3") return { format, start, end: await mp3End(file, start, end) };
  const frame = format === "unknown" ? firstMpegFrame(head) : -1;
  if (frame < 0) return { format, start, end };
  start += frame;
  return { format: "mp3", start, end: await mp3End(file, start, end) };
}

/** Without what is no frame, in which its decoder might take some bytes for one. */
async function mp3End(file: AudioFile, start: number, end: number): Promise<number> {
  const from = Math.max(start, end - MARGIN);
  const last = lastMpegFrameEnd(await file.slice(from, end));
  return last < 0 ? end : Math.min(end, from + last);
}

function sniff(head: Uint8Array): Format {
  const magic = ascii(head, 0, 4);
  if (magic === "fLaC") return "flac";
  if (magic === "OggS") return firstOggFormat(head);
  if (["RIFF", "RF64", "BW64"].includes(magic) && ascii(head, 8, 4) === "WAVE") return "media";
  if (["ftyp", "moov", "mdat", "wide", "free", "skip"].includes(ascii(head, 4, 4))) return "media";
  if (magic === "\x1aE\xdf\xa3") return "media";
  // ADTS has the layer that MPEG audio does not use.
  if (head[0] === 0xff && (head[1] & 0xf6) === 0xf0) return "media";
  return mpegHeader(head, 0) ? "mp3" : "unknown";
}

/** The codec of a stream's first page. */
export function oggFormat(page: Uint8Array): Format {
  const packet = pageData(page);
  if (ascii(packet, 0, 8) === "OpusHead") return "opus";
  if (ascii(packet, 1, 6) === "vorbis") return "vorbis";
  if (ascii(packet, 1, 4) === "FLAC") return "ogg-flac";
  return "unknown";
}

/** Of the streams that begin together, the first that holds sound. */
function firstOggFormat(head: Uint8Array): Format {
  for (let at = 0; at < head.length && head[at + 5] & BEGIN_OF_STREAM;) {
    const length = pageLength(head, at) ?? Infinity;
    const format = oggFormat(head.subarray(at, at + length));
    if (format !== "unknown") return format;
    at += length;
  }
  return "unknown";
}
