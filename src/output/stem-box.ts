// The one box that makes an MP4 with five tracks a Native Instruments Stem file. Pure; any thread.
//
// DJ software looks for moov/udta/stem, which holds JSON: the names and colours of the four stems and
// settings for mastering their sum ("Stem file specification", Native Instruments).
import { DannaError } from "../errors.ts";
import { STEMS, type Stem } from "../stems.ts";

/** Order of the stems' tracks, behind the mixture's: MUSDB18's, and what DJ software expects. */
export const STEM_TRACKS = ["drums", "bass", "other", "vocals"] as const satisfies readonly Stem[];

const NAMES: Record<Stem, string> = {
  drums: "Drums",
  bass: "Bass",
  other: "Other",
  vocals: "Vocals",
};
const COLOURS: Record<Stem, string> = {
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

/**
 * A moov box with the stem box in its user data. Nothing else moves, so where moov is the file's last
 * box, all offsets into the file stay right.
 * @throws DannaError "input" when the bytes are no moov box
 */
export function withStemBox(moov: Uint8Array): Uint8Array<ArrayBuffer> {
  const wrong = () => new DannaError("input", "These bytes are not the moov box of an MP4 file.");
  if (moov.length < 8 || size(moov, 0) !== moov.length || type(moov, 0) !== "moov") throw wrong();
  const stem = makeBox("stem", new TextEncoder().encode(stemJson()));
  const children: Uint8Array[] = [];
  let userData: Uint8Array = new Uint8Array(0);
  for (let at = 8; at < moov.length;) {
    const length = at + 8 <= moov.length ? size(moov, at) : 0;
    if (length < 8 || at + length > moov.length) throw wrong();
    const child = moov.subarray(at, at + length);
    if (type(child, 0) === "udta") userData = child.subarray(8);
    else children.push(child);
    at += length;
  }
  return makeBox("moov", ...children, makeBox("udta", userData, stem));
}

/** How many stems a Stem file has. */
export const TRACKS = 1 + STEMS.length;
