// What an AAC track says of itself: AudioSpecificConfig, ADTS header, program config (ISO/IEC 14496-3,
// 1.6.2.1, 1.A.2.2, 4.4.1.1), where its channels stand, and a frame of silence for it. Pure, any thread.
import { WAVE_SPEAKERS, type Speaker } from "../dsp/downmix.ts";

/** A syntactic element of each frame: one channel, a pair, or the subwoofer. */
export interface AacElement {
  readonly kind: "single" | "pair" | "low";
  readonly tag: number;
}

export interface AacConfig {
  /** AudioSpecificConfig, with the program config where the channels need one. */
  readonly bytes: Uint8Array;
  /** The packets are ADTS frames, with headers of their own. */
  readonly adts: boolean;
  readonly objectType: number;
  /** 0 where a program config tells the channels. */
  readonly channelConfig: number;
  /** In the order of a frame; undefined where it is not known. */
  readonly elements: readonly AacElement[] | undefined;
  /** In the order of the elements; undefined where it is not known. */
  readonly speakers: readonly Speaker[] | undefined;
}

class BitReader {
  at = 0;
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) {
      value = value * 2 + (((this.#bytes[this.at >> 3] ?? 0) >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }
}

class BitWriter {
  readonly #bits: number[] = [];
  write(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.#bits.push(Math.floor(value / 2 ** i) & 1);
    return this;
  }
  align(): this {
    while (this.#bits.length % 8 > 0) this.#bits.push(0);
    return this;
  }
  bytes(): Uint8Array {
    this.align();
    const bytes = new Uint8Array(this.#bits.length / 8);
    this.#bits.forEach((bit, i) => (bytes[i >> 3] |= bit << (7 - (i & 7))));
    return bytes;
  }
}

/** Elements of frames by channel configuration: S(ingle), P(air), L(ow). */
const ELEMENTS: Readonly<Record<number, string>> = {
  1: "S",
  2: "P",
  3: "SP",
  4: "SPS",
  5: "SPP",
  6: "SPPL",
  7: "SPPPL",
  11: "SPPSL",
  12: "SPPPL",
};

/**
 * Where their channels stand. Configuration 7 has, by the standard, five channels in front; encoders
 * mean the sides by the second pair, and so do players and ffmpeg.
 */
const SPEAKERS: Readonly<Record<number, readonly Speaker[]>> = {
  1: ["FC"],
  2: ["FL", "FR"],
  3: ["FC", "FL", "FR"],
  4: ["FC", "FL", "FR", "BC"],
  5: ["FC", "FL", "FR", "BL", "BR"],
  6: ["FC", "FL", "FR", "BL", "BR", "LFE"],
  7: ["FC", "FL", "FR", "SL", "SR", "BL", "BR", "LFE"],
  11: ["FC", "FL", "FR", "BL", "BR", "BC", "LFE"],
  12: ["FC", "FL", "FR", "SL", "SR", "BL", "BR", "LFE"],
};

function elementsOf(letters: string): AacElement[] {
  const next = { S: 0, P: 0, L: 0 };
  const kinds = { S: "single", P: "pair", L: "low" } as const;
  return Array.from(letters, (letter) => {
    const key = letter as "S" | "P" | "L";
    return { kind: kinds[key], tag: next[key]++ };
  });
}

interface Program {
  readonly elements: readonly AacElement[];
  readonly speakers: readonly Speaker[];
}

/** A program config element, whose identifier has been read. */
function readProgram(bits: BitReader): Program {
  bits.read(4 + 2 + 4);
  const counts = [bits.read(4), bits.read(4), bits.read(4), bits.read(2)];
  const [associated, coupled] = [bits.read(3), bits.read(4)];
  if (bits.read(1)) bits.read(4);
  if (bits.read(1)) bits.read(4);
  if (bits.read(1)) bits.read(3);
  const [front, side, back] = counts.slice(0, 3).map((count) =>
    Array.from({ length: count }, (): AacElement => {
      const kind = bits.read(1) ? "pair" : "single";
      return { kind, tag: bits.read(4) };
    }),
  );
  const low = Array.from(
    { length: counts[3] },
    () => ({ kind: "low", tag: bits.read(4) }) as const,
  );
  bits.read(4 * associated + 5 * coupled);
  const elements = [...front, ...side, ...back, ...low];
  const wide = front.filter(({ kind }) => kind === "pair").length > 1;
  const speakers = [
    ...placed(front, ["FC"], wide ? ["FLC", "FRC", "FL", "FR"] : ["FL", "FR"]),
    ...placed(side, ["BC"], ["SL", "SR"]),
    ...placed(back, ["BC"], ["BL", "BR"]),
    ...low.map((): Speaker => "LFE"),
  ];
  return { elements, speakers };
}

/** Speakers for the elements of one side, from the middle outwards. */
function placed(
  elements: readonly AacElement[],
  singles: readonly Speaker[],
  pairs: readonly Speaker[],
): Speaker[] {
  const [single, pair] = [singles.values(), pairs.values()];
  return elements.flatMap(({ kind }) =>
    kind === "pair"
      ? [pair.next().value ?? "TFL", pair.next().value ?? "TFR"]
      : [single.next().value ?? "TFC"],
  );
}

const ESCAPE = 31;
/** Object types that say first that SBR follows, and then their own. */
const WITH_SBR = [5, 29];
const PROGRAM = 5;

/** @param first the track's first packet */
export function aacConfig(config: {
  readonly description: Uint8Array | undefined;
  readonly first: Uint8Array;
}): AacConfig {
  const adts = config.description === undefined;
  const bytes = config.description ?? adtsConfig(config.first);
  const bits = new BitReader(bytes);
  const readType = () => {
    const type = bits.read(5);
    return type === ESCAPE ? 32 + bits.read(6) : type;
  };
  const readRate = () => bits.read(4) === 15 && bits.read(24);
  let objectType = readType();
  readRate();
  const channelConfig = bits.read(4);
  const sbr = WITH_SBR.includes(objectType);
  if (sbr) {
    readRate();
    objectType = readType();
  }
  bits.read(1);
  if (bits.read(1)) bits.read(14);
  bits.read(1);
  const known = ELEMENTS[channelConfig];
  const program = channelConfig === 0 ? readProgram(bits) : undefined;
  return {
    bytes,
    adts,
    objectType: sbr ? WITH_SBR[0] : objectType,
    channelConfig,
    elements: program?.elements ?? (known === undefined ? undefined : elementsOf(known)),
    speakers: program?.speakers ?? SPEAKERS[channelConfig],
  };
}

/** Bytes of an ADTS header, with its checksum where it has one. */
export const adtsHeader = (frame: Uint8Array): number => (frame[1] & 1 ? 7 : 9);

/** From a frame's header, and the program config that stands first in it where the header says so. */
function adtsConfig(frame: Uint8Array): Uint8Array {
  const objectType = (frame[2] >> 6) + 1;
  const frequency = (frame[2] >> 2) & 15;
  const channels = ((frame[2] & 1) << 2) | (frame[3] >> 6);
  const bits = new BitWriter()
    .write(objectType, 5)
    .write(frequency, 4)
    .write(channels, 4)
    .write(0, 3);
  if (channels > 0) return bits.bytes();
  const block = frame.subarray(adtsHeader(frame));
  const reader = new BitReader(block);
  if (reader.read(3) !== PROGRAM) return bits.bytes();
  const start = reader.at;
  readProgram(reader);
  const length = reader.at - start;
  const copy = new BitReader(block);
  copy.read(start);
  for (let i = 0; i < length; i++) bits.write(copy.read(1), 1);
  // Aligned, then a comment without letters.
  return bits.align().write(0, 8).bytes();
}

/** Where the decoders' channels stand that sort them as WAVE does. */
export function aacSpeakers({ speakers = [] }: AacConfig): readonly Speaker[] {
  const placed = new Set(speakers);
  return WAVE_SPEAKERS.filter((speaker) => placed.has(speaker));
}

const [SINGLE, PAIR, LOW, END] = [0, 1, 3, 7];

/** A raw frame without any spectral line: what follows it comes out as it would at the start. */
export function silentFrame(elements: readonly AacElement[]): Uint8Array {
  const bits = new BitWriter();
  // Global gain, long window of sine shape without bands; no pulse, no TNS, no gain control.
  const channel = () =>
    bits
      .write(0, 8)
      .write(0, 1 + 2 + 1 + 6 + 1)
      .write(0, 3);
  for (const { kind, tag } of elements) {
    bits.write({ single: SINGLE, pair: PAIR, low: LOW }[kind], 3).write(tag, 4);
    if (kind === "pair") {
      bits.write(0, 1); // no common window
      channel();
    }
    channel();
  }
  return bits.write(END, 3).bytes();
}
