// WAV and its 64-bit kin as mediabunny takes them: sizes that recorders left open are put in. Any thread.
import { CustomSource, type Source } from "mediabunny";
import { maskSpeakers, type Speaker } from "../dsp/downmix.ts";
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";

/** What stands for "unknown" in files that were written as a stream or never finished. */
const isPlaceholder = (size: number): boolean =>
  (size >= 0x7fff0000 && size <= 0x80000100) || size >= 0xffffff00;

/** The same in 64 bits. */
const UNKNOWN_64 = 2 ** 62;

const PAGE = 1 << 16;

interface Chunk {
  readonly id: string;
  /** Of the contents. */
  readonly start: number;
  readonly size: number;
}

/** Reads by pages, not by chunks, of which a file may have millions. */
async function* chunksOf(file: AudioFile): AsyncGenerator<Chunk> {
  let page = new Uint8Array();
  let pageStart = 0;
  for (let at = 12; at + 8 <= file.size;) {
    if (at + 8 > pageStart + page.length) {
      pageStart = at;
      page = await file.slice(at, at + PAGE);
    }
    const head = page.subarray(at - pageStart, at - pageStart + 8);
    const id = String.fromCharCode(...head.subarray(0, 4));
    const size = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    yield { id, start: at + 8, size };
    at += 8 + size + (size % 2);
  }
}

/** Bytes to be read in place of the file's own. */
interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

function patched(file: AudioFile, patches: readonly Patch[]): Source {
  return new CustomSource({
    prefetchProfile: "fileSystem",
    getSize: () => file.size,
    read: async (start, end) => {
      const read = await file.slice(start, end);
      for (const { at, bytes } of patches) {
        bytes.forEach((byte, i) => {
          if (at + i >= start && at + i < end) read[at + i - start] = byte;
        });
      }
      return read;
    },
  });
}

const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));

function number(value: number, bits: 32 | 64): Uint8Array {
  const view = new DataView(new ArrayBuffer(bits / 8));
  view.setUint32(0, value % 2 ** 32, true);
  if (bits === 64) view.setUint32(4, Math.floor(value / 2 ** 32), true);
  return new Uint8Array(view.buffer);
}

/** Format tags that are read here: integers, floating point, A-law and µ-law. */
const READABLE = [1, 3, 6, 7];
const EXTENSIBLE = 0xfffe;
/** Some of the others, as people call them. */
const CODECS: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  17: "IMA ADPCM",
  49: "GSM 6.10",
  64: "G.726 ADPCM",
  80: "MPEG audio",
  85: "MP3",
  255: "AAC",
  353: "Windows Media Audio",
  8192: "AC-3",
};

export interface WavFile {
  readonly source: Source;
  /** Where the channels stand, where the file says it. */
  readonly speakers: readonly Speaker[] | undefined;
}

/** @throws DannaError "media" for a codec that is not read here */
async function speakersOf(file: AudioFile, { start, size }: Chunk): Promise<WavFile["speakers"]> {
  const bytes = await file.slice(start, start + Math.min(size, 40));
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const extensible = view.getUint16(0, true) === EXTENSIBLE && bytes.length >= 26;
  const tag = view.getUint16(extensible ? 24 : 0, true);
  if (!READABLE.includes(tag)) {
    const codec = CODECS[tag] ?? `a codec of number ${tag}`;
    throw new DannaError(
      "media",
      `${file.name} is a WAV file that holds ${codec}, which is not read here. Convert it to FLAC.`,
    );
  }
  const mask = extensible ? view.getUint32(20, true) : 0;
  return maskSpeakers(mask, view.getUint16(2, true));
}

/**
 * The file for mediabunny; undefined when it is no RIFF, RF64 or BW64.
 * @throws DannaError "media" when it says that it has more samples than it has, has none at all, or
 *   none that are read here
 */
export async function wavFile(file: AudioFile): Promise<WavFile | undefined> {
  const head = await file.slice(0, 36);
  const view = new DataView(head.buffer, head.byteOffset);
  const magic = String.fromCharCode(...head.subarray(0, 4));
  if (!["RIFF", "RF64", "BW64"].includes(magic)) return undefined;
  const long =
    magic !== "RIFF" &&
    head.length === 36 &&
    String.fromCharCode(...head.subarray(12, 16)) === "ds64";
  let speakers: WavFile["speakers"];
  for await (const chunk of chunksOf(file)) {
    const { id, start, size } = chunk;
    if (id === "fmt ") speakers = await speakersOf(file, chunk);
    if (id !== "data") continue;
    const held = file.size - start;
    const riffEnd = 8 + (long ? uint64(view, 20) : view.getUint32(4, true));
    const stated = long && size === 0xffffffff ? uint64(view, 28) : size;
    const unknown =
      (long ? stated >= UNKNOWN_64 : isPlaceholder(stated)) ||
      (stated === 0 && (riffEnd <= start || isPlaceholder(riffEnd - 8)));
    if (!unknown && stated > held) {
      const holds = `it holds ${held} of its ${stated} bytes of sound`;
      throw new DannaError("media", `${file.name} is cut off: ${holds}. Download it again.`);
    }
    const bytes = unknown ? held : stated;
    if (!long && start + bytes > 0xffffffff) {
      const why = "is longer than the 4 GiB that WAV can say";
      throw new DannaError("media", `${file.name} ${why}. Convert it to FLAC, or to WAV as RF64.`);
    }
    // BW64 is RF64 by another name, and RIFF as long as it has no ds64.
    const name = long ? "RF64" : "RIFF";
    if (!unknown && riffEnd >= start + bytes && magic === name && stated === size) {
      return { source: file.source(), speakers };
    }
    const bits = long ? 64 : 32;
    const source = patched(file, [
      { at: 0, bytes: text(name) },
      { at: long ? 20 : 4, bytes: number(start + bytes - 8, bits) },
      { at: long ? 28 : start - 4, bytes: number(bytes, bits) },
    ]);
    return { source, speakers };
  }
  throw new DannaError(
    "media",
    `${file.name} is cut off: it has no data chunk. Download it again.`,
  );
}

const uint64 = (view: DataView, at: number): number =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
