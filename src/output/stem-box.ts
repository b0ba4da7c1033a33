// The one box that makes an MP4 with five tracks a Native Instruments Stem file. Pure; any thread.
//
// DJ software looks for moov/udta/stem, which holds JSON: the names and colours of the four stems and
// settings for mastering their sum ("Stem file specification", Native Instruments).
import { DannaError } from "../errors.ts";
import { STEM_TRACKS } from "../stems.ts";

type StemTrack = (typeof STEM_TRACKS)[number];

const NAMES: Record<StemTrack, string> = {
  drums: "Drums",
  bass: "Bass",
  other: "Other",
  vocals: "Vocals",
};
const COLOURS: Record<StemTrack, string> = {
  drums: "#009E73",
  bass: "#D55E00",
  other: "#CC79A7",
  vocals: "#56B4E9",
};

/** The box's text. Compressor and limiter are off: the stems add up to the mixture as they are. */
export function stemJson(): string {
  return JSON.stringify({
    mastering_dsp: {
      compressor: {
        enabled: false,
        input_gain: 0,
        output_gain: 0,
        ratio: 1,
        threshold: 0,
        attack: 0.01,
        release: 0.3,
        hp_cutoff: 300,
        dry_wet: 0,
      },
      limiter: { enabled: false, threshold: 0, ceiling: 0, release: 0.3 },
    },
    stems: STEM_TRACKS.map((stem) => ({ color: COLOURS[stem], name: NAMES[stem] })),
    version: 1,
  });
}

const size = (box: Uint8Array, at: number) =>
  new DataView(box.buffer, box.byteOffset, box.byteLength).getUint32(at);

const type = (box: Uint8Array, at: number) => String.fromCharCode(...box.subarray(at + 4, at + 8));

function makeBox(name: string, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, part) => sum + part.length, 8);
  const box = new Uint8Array(length);
  new DataView(box.buffer).setUint32(0, length);
  for (let i = 0; i < 4; i++) box[4 + i] = name.charCodeAt(i);
  let at = 8;
  for (const part of contents) {
    box.set(part, at);
    at += part.length;
  }
  return box;
}

/** What of each track is heard: behind the encoder's priming, as long as the song. */
export interface HeardPart {
  /** Samples of the media before the song begins. */
  readonly priming: number;
  readonly samples: number;
  readonly sampleRate: number;
}

function* childrenOf(box: Uint8Array): Generator<Uint8Array> {
  for (let at = 8; at < box.length;) {
    const length = at + 8 <= box.length ? size(box, at) : 0;
    if (length < 8 || at + length > box.length) throw wrong();
    yield box.subarray(at, at + length);
    at += length;
  }
}

const wrong = () => new DannaError("input", "These bytes are not the moov box of an MP4 file.");

const childOf = (box: Uint8Array, name: string): Uint8Array => {
  for (const child of childrenOf(box)) if (type(child, 0) === name) return child;
  throw wrong();
};

const view = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

/** Of a movie or media header. */
const timescale = (header: Uint8Array): number => view(header).getUint32(header[8] === 1 ? 28 : 20);

/** A copy of a track's or the movie's header that says how long it is. */
function lasting(header: Uint8Array, duration: number): Uint8Array {
  const copy = header.slice();
  const isTrack = type(header, 0) === "tkhd";
  if (copy[8] === 1) view(copy).setBigUint64(isTrack ? 36 : 32, BigInt(duration));
  else view(copy).setUint32(isTrack ? 28 : 24, duration);
  return copy;
}

/** An edit list of one entry, in 64 bits, as far as they are needed. */
function editBox(duration: number, mediaTime: number): Uint8Array {
  const body = new Uint8Array(8 + 20);
  const fields = view(body);
  fields.setUint8(0, 1);
  fields.setUint32(4, 1);
  fields.setBigUint64(8, BigInt(duration));
  fields.setBigInt64(16, BigInt(mediaTime));
  fields.setUint32(24, 1 << 16);
  return makeBox("edts", makeBox("elst", body));
}

function editedTrack(track: Uint8Array, duration: number, heard: HeardPart): Uint8Array {
  const scale = timescale(childOf(childOf(track, "mdia"), "mdhd"));
  const mediaTime = Math.round((heard.priming / heard.sampleRate) * scale);
  const children = [...childrenOf(track)].flatMap((child) => {
    const name = type(child, 0);
    if (name === "edts") return [];
    return name === "tkhd" ? [lasting(child, duration), editBox(duration, mediaTime)] : [child];
  });
  return makeBox("trak", ...children);
}

/**
 * A moov box with the stem box in its user data, and edit lists by which players begin where the song
 * does. Nothing else moves, so where moov is the file's last box, all offsets into the file stay right.
 * @throws DannaError "input" when the bytes are no moov box
 */
export function withStemBox(moov: Uint8Array, heard: HeardPart): Uint8Array<ArrayBuffer> {
  if (moov.length < 8 || size(moov, 0) !== moov.length || type(moov, 0) !== "moov") throw wrong();
  const stem = makeBox("stem", new TextEncoder().encode(stemJson()));
  const scale = timescale(childOf(moov, "mvhd"));
  const duration = Math.round((heard.samples / heard.sampleRate) * scale);
  const children: Uint8Array[] = [];
  let userData: Uint8Array = new Uint8Array(0);
  for (const child of childrenOf(moov)) {
    const name = type(child, 0);
    if (name === "udta") userData = child.subarray(8);
    else if (name === "mvhd") children.push(lasting(child, duration));
    else if (name === "trak") children.push(editedTrack(child, duration, heard));
    else children.push(child);
  }
  return makeBox("moov", ...children, makeBox("udta", userData, stem));
}

/** The mixture's and the stems'. */
export const TRACKS = 1 + STEM_TRACKS.length;
