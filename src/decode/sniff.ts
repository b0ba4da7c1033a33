// What a recording is, by its first bytes; names of files lie. Pure, any thread.
import type { AudioFile } from "./audio-file.ts";

/** "media": a container for mediabunny. */
export type Format = "mp3" | "flac" | "vorbis" | "opus" | "ogg-flac" | "media" | "unknown";

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Bytes of an ID3v2 tag at the start, which may be megabytes of pictures. */
function id3Length(head: Uint8Array): number {
  if (ascii(head, 0, 3) !== "ID3" || head.length < 10) return 0;
  const [a, b, c, d] = head.subarray(6, 10);
  const footer = head[5] & 0x10 ? 10 : 0;
  return 10 + footer + ((a << 21) | (b << 14) | (c << 7) | d);
}

/** Enough bytes for `sniff`. */
const HEAD_BYTES = 512;

/** The first bytes of the sound itself, after the ID3 tags. */
export async function soundHead(file: AudioFile): Promise<Uint8Array<ArrayBuffer>> {
  let start = 0;
  for (;;) {
    const head = await file.slice(start, start + HEAD_BYTES);
    const tag = id3Length(head);
    if (tag === 0) return head;
    start += tag;
  }
}

/** @param head of `soundHead` */
export function sniff(head: Uint8Array): Format {
  const magic = ascii(head, 0, 4);
  if (magic === "fLaC") return "flac";
  if (magic === "OggS") {
    const packet = 27 + head[26];
    if (ascii(head, packet, 8) === "OpusHead") return "opus";
    if (ascii(head, packet + 1, 6) === "vorbis") return "vorbis";
    if (ascii(head, packet + 1, 4) === "FLAC") return "ogg-flac";
    return "unknown";
  }
  if (["RIFF", "RF64", "BW64"].includes(magic) && ascii(head, 8, 4) === "WAVE") return "media";
  if (["ftyp", "moov", "mdat", "wide", "free", "skip"].includes(ascii(head, 4, 4))) return "media";
  if (magic === "\x1aE\xdf\xa3") return "media";
  const sync = head[0] === 0xff && (head[1] & 0xe0) === 0xe0;
  if (!sync) return "unknown";
  const layer = (head[1] >> 1) & 3;
  // ADTS has the layer that MPEG audio does not use.
  if (layer === 0) return (head[1] & 0xf6) === 0xf0 ? "media" : "unknown";
  const valid = ((head[1] >> 3) & 3) !== 1 && head[2] >> 4 !== 15 && ((head[2] >> 2) & 3) !== 3;
  return valid ? "mp3" : "unknown";
}
