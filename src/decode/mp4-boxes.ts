// What MP4 and MOV say of a track's place in time, and of its channels, that mediabunny leaves out:
// all of an edit list, iTunes' note of priming, ALAC's settings. Any thread.
import { maskSpeakers, type Speaker } from "../dsp/downmix.ts";
import type { AudioFile } from "./audio-file.ts";

/** A stretch of a track's media that is played. Times in seconds. */
export interface Edit {
  /** Where it begins in the media. */
  readonly from: number;
  /** Where it is heard. */
  readonly at: number;
  /** Infinity: up to the end of the media. */
  readonly length: number;
}

export interface Mp4Track {
  /** undefined when there is no edit list. */
  readonly edits: readonly Edit[] | undefined;
  /** Seconds to which edits are rounded. */
  readonly resolution: number;
  /** Of ALAC. */
  readonly cookie: Uint8Array | undefined;
  readonly speakers: readonly Speaker[] | undefined;
  /** What it holds: "soun", "vide" … */
  readonly handler: string;
}

export interface Mp4Notes {
  /** By their ids, in the file's order. */
  readonly tracks: ReadonlyMap<number, Mp4Track>;
  /** Text of the box in which a Stem file names its stems. */
  readonly stems: string | undefined;
  /** Samples before and of the sound, of files without an edit list. */
  readonly itunes: { readonly priming: number; readonly samples: number } | undefined;
}

interface Box {
  readonly type: string;
  readonly body: DataView;
}

/** No moov box is longer, and a damaged length should not take all memory. */
const LARGEST_MOOV = 1 << 28;

const typeAt = (view: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const bytesOf = ({ buffer, byteOffset, byteLength }: DataView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** A box's size with its header's, both 0 when it is none. */
function header(view: DataView, at: number, end: number): { size: number; head: number } {
  if (at + 8 > end) return { size: 0, head: 0 };
  const short = view.getUint32(at);
  if (short === 1 && at + 16 <= end) return { size: Number(view.getBigUint64(at + 8)), head: 16 };
  return { size: short === 0 ? end - at : short, head: 8 };
}

function* boxes(parent: DataView, from = 0): Generator<Box> {
  for (let at = from; ;) {
    const { size, head } = header(parent, at, parent.byteLength);
    if (size < head || head === 0 || at + size > parent.byteLength) return;
    const body = new DataView(parent.buffer, parent.byteOffset + at + head, size - head);
    yield { type: typeAt(parent, at + 4), body };
    at += size;
  }
}

const childOf = (parent: DataView | undefined, type: string, from = 0): DataView | undefined =>
  parent && [...boxes(parent, from)].find((box) => box.type === type)?.body;

const at = (parent: DataView | undefined, ...path: readonly string[]): DataView | undefined =>
  path.reduce<DataView | undefined>((box, type) => childOf(box, type), parent);

async function moovOf(file: AudioFile): Promise<DataView | undefined> {
  for (let start = 0; start + 8 <= file.size;) {
    const view = viewOf(await file.slice(start, start + 16));
    const { size } = header(view, 0, view.byteLength);
    const length = view.getUint32(0) === 0 ? file.size - start : size;
    if (length < 8) return undefined;
    if (typeAt(view, 4) === "moov" && length <= LARGEST_MOOV) {
      if (start + length > file.size) return undefined;
      return viewOf((await file.slice(start, start + length)).subarray(8));
    }
    start += length;
  }
  return undefined;
}

/** undefined when the file is no MP4, or its moov box cannot be read. */
export async function mp4Notes(file: AudioFile): Promise<Mp4Notes | undefined> {
  try {
    const moov = await moovOf(file);
    return moov && notesOf(moov);
  } catch (error) {
    // Boxes that are too short for what is in them. mediabunny says what that means.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function notesOf(moov: DataView): Mp4Notes {
  const movieScale = timescale(childOf(moov, "mvhd"));
  const tracks = new Map<number, Mp4Track>();
  for (const { type, body } of boxes(moov)) {
    if (type !== "trak") continue;
    const head = childOf(body, "tkhd");
    const mediaScale = timescale(at(body, "mdia", "mdhd"));
    if (!head) continue;
    const id = head.getUint32(head.getUint8(0) === 1 ? 20 : 12);
    const list = at(body, "edts", "elst");
    const edits = list && editsOf(list, movieScale, mediaScale);
    const resolution = movieScale > 0 ? 1 / movieScale : 0;
    const kind = at(body, "mdia", "hdlr");
    const handler = kind ? typeAt(kind, 8) : "";
    const entry = sampleEntry(at(body, "mdia", "minf", "stbl", "stsd"));
    tracks.set(id, { edits, resolution, handler, ...entry });
  }
  // Programs that add it may leave the user data of others beside it.
  const data = [...boxes(moov)].filter(({ type }) => type === "udta");
  const box = data.flatMap(({ body }) => childOf(body, "stem") ?? []).at(0);
  const stems = box && new TextDecoder().decode(bytesOf(box));
  return { tracks, stems, itunes: itunesNote(moov) };
}

/** Of a movie or media header. */
function timescale(box: DataView | undefined): number {
  return box ? box.getUint32(box.getUint8(0) === 1 ? 20 : 12) : 0;
}

function editsOf(list: DataView, movieScale: number, mediaScale: number): Edit[] | undefined {
  if (movieScale === 0 || mediaScale === 0) return undefined;
  const long = list.getUint8(0) === 1;
  const edits: Edit[] = [];
  let heard = 0;
  let entry = 8;
  for (let count = list.getUint32(4); count > 0; count--, entry += long ? 20 : 12) {
    const stated = long ? Number(list.getBigUint64(entry)) : list.getUint32(entry);
    const from = long ? Number(list.getBigInt64(entry + 8)) : list.getInt32(entry + 4);
    // Fragmented files do not know yet how long they are.
    const length = stated === 0 ? Infinity : stated / movieScale;
    if (from >= 0) edits.push({ from: from / mediaScale, at: heard, length });
    if (stated > 0) heard += length;
  }
  return edits;
}

/** By a version 1 of QuickTime's entry, or 2, there are more fields before the boxes. */
const ENTRY_FIELDS: Readonly<Record<number, number>> = { 0: 28, 1: 44, 2: 64 };
/** In a channel layout: it is a mask, as WAVE's. */
const BY_MASK = 1 << 16;

function sampleEntry(stsd: DataView | undefined): Pick<Mp4Track, "cookie" | "speakers"> {
  const [entry] = stsd ? [...boxes(stsd, 8)] : [];
  const none = { cookie: undefined, speakers: undefined };
  if (!entry || entry.body.byteLength < 28) return none;
  const { body } = entry;
  const fields = ENTRY_FIELDS[body.getUint16(8)] ?? 28;
  const wave = childOf(body, "wave", fields);
  const cookie = childOf(body, "alac", fields) ?? childOf(wave, "alac");
  const layout = childOf(body, "chan", fields);
  const mask = layout && layout.byteLength >= 12 && layout.getUint32(4) === BY_MASK;
  return {
    cookie: cookie && bytesOf(cookie),
    speakers: mask ? maskSpeakers(layout.getUint32(8), body.getUint16(16)) : undefined,
  };
}

/** "iTunSMPB" of iTunes: hexadecimal numbers, of which the second is priming and the fourth the length. */
function itunesNote(moov: DataView): Mp4Notes["itunes"] {
  const meta = at(moov, "udta", "meta");
  // QuickTime's meta is a plain box, MP4's has a version.
  const list = childOf(meta, "ilst", 4) ?? childOf(meta, "ilst");
  for (const { type, body } of list ? boxes(list) : []) {
    const name = type === "----" ? childOf(body, "name") : undefined;
    const data = childOf(body, "data");
    if (!name || !data || !new TextDecoder().decode(bytesOf(name)).endsWith("iTunSMPB")) continue;
    const numbers = new TextDecoder().decode(bytesOf(data).subarray(8)).trim().split(/\s+/);
    const [, priming, , samples] = numbers.map((text) => parseInt(text, 16));
    if (priming > 0) return { priming, samples: samples > 0 ? samples : Infinity };
  }
  return undefined;
}
