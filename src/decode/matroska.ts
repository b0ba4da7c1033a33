// What Matroska and WebM say of an audio track that mediabunny leaves out: how many samples at its
// start and at its end are no sound (RFC 9559, 5.1.4.1.28 and 5.1.3.5.7). Any thread.
import type { AudioFile } from "./audio-file.ts";

export interface MatroskaNotes {
  /** Seconds that decoders need to come into step, by track; undefined where nothing is said. */
  readonly delays: ReadonlyMap<number, number | undefined>;
  /** What codecs need before their packets, by track. */
  readonly descriptions: ReadonlyMap<number, Uint8Array>;
  /** Seconds of padding at the end of the track. */
  padding(track: number): Promise<number>;
}

const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const CODEC_PRIVATE = 0x63a2;
const CODEC_DELAY = 0x56aa;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
const DISCARD_PADDING = 0x75a2;

interface Element {
  readonly id: number;
  readonly start: number;
  /** Infinity where it is not said. */
  readonly end: number;
}

const LARGEST_HEADER = 12;

/** Bytes of a number by its first byte; 9 when that is none. */
const width = (first: number): number => Math.clz32(first) - 23;

function number(bytes: Uint8Array, at: number, length: number, marker: boolean): number {
  let value = marker ? bytes[at] : bytes[at] & (0xff >> length);
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i];
  return value;
}

/** An element's header in the bytes from `at` on, which stand at `base` of the file. */
function elementIn(bytes: Uint8Array, at: number, base: number): Element | undefined {
  const idWidth = width(bytes[at]);
  const sizeWidth = width(bytes[at + idWidth] ?? 0);
  if (!(idWidth <= 4) || sizeWidth > 8 || at + idWidth + sizeWidth > bytes.length) return undefined;
  const id = number(bytes, at, idWidth, true);
  const size = number(bytes, at + idWidth, sizeWidth, false);
  const start = base + at + idWidth + sizeWidth;
  const unknown = size === 2 ** (7 * sizeWidth) - 1;
  return { id, start, end: unknown ? Infinity : start + size };
}

/** An element's children, from bytes of it that are in memory. */
function* within(bytes: Uint8Array, { start, end }: Element, base: number): Generator<Element> {
  for (let at = start; at < Math.min(end, base + bytes.length);) {
    const child = elementIn(bytes, at - base, base);
    if (!child) return;
    yield child;
    at = child.end;
  }
}

/** The same from the file, header by header. */
async function* children(file: AudioFile, { start, end }: Element): AsyncGenerator<Element> {
  for (let at = start; at < Math.min(end, file.size);) {
    const child = elementIn(await file.slice(at, at + LARGEST_HEADER), 0, at);
    if (!child) return;
    yield child;
    at = child.end;
  }
}

/** No list of tracks and no cluster is longer, and a damaged length should not take all memory. */
const LARGEST = 1 << 26;

const NANO = 1e-9;

export async function matroskaNotes(file: AudioFile): Promise<MatroskaNotes> {
  const delays = new Map<number, number | undefined>();
  const descriptions = new Map<number, Uint8Array>();
  let segment: Element | undefined;
  for await (const element of children(file, { id: 0, start: 0, end: file.size })) {
    if (element.id === SEGMENT) segment = element;
    if (segment) break;
  }
  for await (const element of segment ? children(file, segment) : []) {
    if (element.id === CLUSTER) break;
    if (element.id !== TRACKS || element.end - element.start > LARGEST) continue;
    const bytes = await file.slice(element.start, element.end);
    for (const entry of within(bytes, element, element.start)) {
      if (entry.id !== TRACK_ENTRY) continue;
      const fields = new Map(
        Array.from(within(bytes, entry, element.start), ({ id, start, end }) => [
          id,
          bytes.subarray(start - element.start, end - element.start),
        ]),
      );
      const valueOf = (id: number) => {
        const body = fields.get(id);
        return body && number(body, 0, body.length, true);
      };
      const track = valueOf(TRACK_NUMBER) ?? 0;
      const delay = valueOf(CODEC_DELAY);
      const description = fields.get(CODEC_PRIVATE);
      delays.set(track, delay === undefined ? undefined : NANO * delay);
      if (description) descriptions.set(track, description);
    }
  }
  const padding = async (track: number) => {
    let last: Element | undefined;
    for await (const element of segment ? children(file, segment) : []) {
      if (element.id === CLUSTER) last = element;
    }
    return last && last.end - last.start <= LARGEST ? paddingIn(file, last, track) : 0;
  };
  return { delays, descriptions, padding };
}

/** Of the track's last block in a cluster. */
async function paddingIn(file: AudioFile, cluster: Element, track: number): Promise<number> {
  const bytes = await file.slice(cluster.start, cluster.end);
  const base = cluster.start;
  const trackOf = ({ start }: Element) =>
    number(bytes, start - base, width(bytes[start - base]), false);
  let padding = 0;
  for (const element of within(bytes, cluster, base)) {
    if (element.id === SIMPLE_BLOCK && trackOf(element) === track) padding = 0;
    if (element.id !== BLOCK_GROUP) continue;
    const parts = [...within(bytes, element, base)];
    const block = parts.find(({ id }) => id === BLOCK);
    if (!block || trackOf(block) !== track) continue;
    const discard = parts.find(({ id }) => id === DISCARD_PADDING);
    const length = discard ? Math.min(8, discard.end - discard.start) : 0;
    const value = discard && length > 0 ? number(bytes, discard.start - base, length, true) : 0;
    // Below 0 it is at the block's start, which is priming.
    padding = value < 2 ** (8 * length - 1) ? NANO * value : 0;
  }
  return padding;
}
