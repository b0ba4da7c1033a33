// FLAC files: finds their frames, whatever lies behind the last one, and decodes them. Any thread.
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { maskSpeakers } from "../dsp/downmix.ts";
import { DannaError } from "../errors.ts";
import type { AudioFile } from "./audio-file.ts";
import type { DecodedBlock } from "./decoded-block.ts";
import { crc16, flacHeader, flacMask, type FlacHeader } from "./flac-frame.ts";
import { quietly } from "./quietly.ts";
import type { Span } from "./sniff.ts";

interface Metadata {
  /** Where the frames begin. */
  readonly end: number;
  /** Samples that the file says it has; 0 where it does not say. */
  readonly samples: number;
  /** Bytes of the largest frame. */
  readonly largest: number;
  readonly mask: number;
}

const [STREAMINFO, COMMENT] = [0, 4];
/** Where STREAMINFO does not say how large frames are. */
const LARGEST_FRAME = 1 << 22;

async function metadataOf(file: AudioFile, start: number): Promise<Metadata> {
  const found = { end: start + 4, samples: 0, largest: LARGEST_FRAME, mask: 0 };
  for (let last = false; !last;) {
    const head = await file.slice(found.end, found.end + 4);
    if (head.length < 4) break;
    last = (head[0] & 0x80) !== 0;
    const type = head[0] & 0x7f;
    const length = (head[1] << 16) | (head[2] << 8) | head[3];
    const body = found.end + 4;
    found.end = body + length;
    if (type !== STREAMINFO && type !== COMMENT) continue;
    const bytes = await file.slice(body, Math.min(found.end, file.size));
    if (type === COMMENT) {
      found.mask = flacMask(bytes);
    } else if (bytes.length >= 18) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      found.samples = (view.getUint8(13) & 15) * 2 ** 32 + view.getUint32(14);
      found.largest = view.getUint32(6) & 0xffffff || LARGEST_FRAME;
    }
  }
  return found;
}

/** Samples that are decoded at a time: of silence, a few bytes are many. */
const BATCH = 1 << 16;
const CHUNK = 1 << 17;
/** A header behind a frame has no more bytes. */
const AHEAD = 16;

interface Frame {
  readonly header: FlacHeader;
  readonly bytes: Uint8Array;
  /** No frame follows: it may end before the bytes do. */
  readonly last: boolean;
  /** Where it begins in the file. */
  readonly at: number;
}

/** Frames, each of which ends where the next one begins and its checksum is right. */
async function* framesOf(
  file: AudioFile,
  start: number,
  end: number,
  largest: number,
): AsyncGenerator<Frame> {
  let bytes = new Uint8Array();
  let at = start;
  const grow = async (): Promise<boolean> => {
    const from = at + bytes.length;
    const more = await file.slice(from, Math.max(from, Math.min(end, from + CHUNK)));
    const both = new Uint8Array(bytes.length + more.length);
    both.set(bytes);
    both.set(more, bytes.length);
    bytes = both;
    return more.length > 0;
  };
  for (;;) {
    while (bytes.length < 2 * AHEAD && (await grow()));
    const header = flacHeader(bytes, 0);
    if (!header) return;
    let next = header.length + 2;
    let [sum, summed] = [0, 0];
    let found = false;
    while (!found && next <= largest) {
      if (next + AHEAD > bytes.length && !(await grow()) && next + 5 > bytes.length) break;
      const sync = bytes.indexOf(0xff, next);
      next = sync < 0 ? bytes.length : sync;
      if (flacHeader(bytes, next)?.kind === header.kind) {
        sum = crc16(sum, bytes, summed, next);
        summed = next;
        found = sum === 0;
      }
      if (!found) next++;
    }
    if (!found) {
      yield { header, bytes: bytes.subarray(0, largest), last: true, at };
      return;
    }
    yield { header, bytes: bytes.slice(0, next), last: false, at };
    bytes = bytes.subarray(next);
    at += next;
  }
}

/** Where a frame may end that has other bytes behind it: where a checksum is right, or else at their end. */
function* endsOf({ header, bytes }: Frame): Generator<number> {
  let sum = crc16(0, bytes, 0, header.length);
  for (let end = header.length; end < bytes.length; end++) {
    sum = crc16(sum, bytes, end, end + 1);
    if (sum === 0) yield end + 1;
  }
  yield bytes.length;
}

/** Whether bytes behind a frame are another's first ones, be its header cut off as well. */
const beginsFrame = ([first, second = 0xf8]: Uint8Array): boolean =>
  first === 0xff && (second & 0xfe) === 0xf8;

/**
 * Decodes a file from start to end.
 * @param onBytes told how many bytes of the span have been read
 * @throws DannaError "media" when it is damaged or ends early
 */
export async function* decodeFlac(
  file: AudioFile,
  span: Span,
  onBytes: (read: number) => void,
): AsyncGenerator<DecodedBlock> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  const decode = async (frames: readonly Frame[]): Promise<DecodedBlock | undefined> => {
    const { channelData, samplesDecoded, sampleRate, errors } = await quietly(() =>
      decoder.decodeFrames(frames.map(({ bytes }) => bytes)),
    );
    const samples = frames.reduce((sum, { header }) => sum + header.samples, 0);
    if (errors.length > 0 || samplesDecoded !== samples) return undefined;
    return { channels: channelData, sampleRate, speakers: undefined };
  };
  try {
    for (let start: number | undefined = span.start; start !== undefined;) {
      start = yield* link(file, { start, end: span.end }, decode, (at) => onBytes(at - span.start));
    }
  } finally {
    decoder.free();
  }
}

/** One stream of a file; returns where the next one begins that was put behind it. */
async function* link(
  file: AudioFile,
  span: Span,
  decode: (frames: readonly Frame[]) => Promise<DecodedBlock | undefined>,
  onRead: (at: number) => void,
): AsyncGenerator<DecodedBlock, number | undefined> {
  const { end, samples: stated, largest, mask } = await metadataOf(file, span.start);
  let samples = 0;
  const damaged = (reason: string) =>
    new DannaError(
      "media",
      `${file.name} is damaged or cut off: ${reason}. Download or export it again.`,
    );
  const broken = () => damaged(`its sound breaks off or is wrong behind sample ${samples}`);
  const counted = (block: DecodedBlock | undefined): DecodedBlock => {
    if (!block) throw broken();
    samples += block.channels[0].length;
    return { ...block, speakers: maskSpeakers(mask, block.channels.length) };
  };
  let batch: Frame[] = [];
  let batched = 0;
  for await (const frame of framesOf(file, end, span.end, largest)) {
    onRead(frame.at);
    if (!frame.last) {
      batch.push(frame);
      batched += frame.header.samples;
      if (batched < BATCH) continue;
    }
    if (batch.length > 0) yield counted(await decode(batch));
    [batch, batched] = [[], 0];
    if (!frame.last || (stated > 0 && samples >= stated)) continue;
    let rest: Uint8Array | undefined;
    for (const to of endsOf(frame)) {
      const block = await decode([{ ...frame, bytes: frame.bytes.subarray(0, to) }]);
      if (!block) continue;
      yield counted(block);
      rest = frame.bytes.subarray(to);
      break;
    }
    if (!rest) throw broken();
    if (stated > 0) continue;
    if (String.fromCharCode(...rest.subarray(0, 4)) === "fLaC") {
      return frame.at + frame.bytes.length - rest.length;
    }
    if (beginsFrame(rest)) throw broken();
    for (let i = rest.indexOf(0xff); i >= 0; i = rest.indexOf(0xff, i + 1)) {
      if (flacHeader(rest, i)?.kind === frame.header.kind) throw broken();
    }
  }
  if (batch.length > 0) yield counted(await decode(batch));
  if (samples < stated) throw damaged(`it holds ${samples} of its ${stated} samples`);
  return undefined;
}
