// The sounds that the tests of <stem-mixer> play, made when one is first asked for. Runs in Node.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { wavOf } from "../decode/files.ts";
import { findKept, hashOf, keep } from "../support/kept.ts";
import { findFfmpeg } from "../support/programs.ts";

const RATE = 44_100;

/** How many seconds long, and each side's samples by the time in seconds; one side is for both. */
type Sound = readonly [seconds: number, ...sides: ((t: number) => number)[]];

const sine = (hertz: number, t: number) => Math.sin(2 * Math.PI * hertz * t);
const tone = (t: number) => 0.3 * sine(440, t);
const silence = () => 0;

const SOUNDS: Readonly<Record<string, Sound>> = {
  // Half of full scale without a single edge: what changes in the output, a control has changed.
  "constant.wav": [20, () => 0.5],
  "tone.wav": [20, tone],
  // With the ups and downs of a song, for pictures.
  "song.wav": [
    20,
    (t) =>
      0.5 *
      sine(220, t) *
      (0.4 + 0.6 * Math.abs(Math.sin(2.1 * t))) *
      (0.3 + 0.7 * Math.abs(Math.sin(0.31 * t))) *
      Math.exp(-0.5 * (t % 0.5)),
    silence,
  ],
  "full.wav": [4, (t) => Math.sign(sine(100, t))],
  "loud.wav": [4, (t) => 0.9 * sine(100, t)],
  // Something for every stem of the bands model, and for each side its own.
  "band.wav": [
    8,
    (t) => 0.2 * sine(55, t) + 0.2 * sine(330, t) * Math.sin(3 * t) + 0.1 * sine(5000, t),
    (t) => 0.2 * sine(80, t) + 0.2 * sine(900, t) * Math.sin(2 * t),
  ],
  // A beat every half second.
  "beats.wav": [4, (t) => 0.6 * sine(200, t) * Math.exp(-30 * (t % 0.5)), silence],
  "long.wav": [120, tone],
  "short.wav": [1, tone],
};

/** 8 s of a picture that changes, with a tone. */
const CLIP = "clip.webm";

function write(file: string, name: string): void {
  if (name === CLIP) {
    const picture = ["-f", "lavfi", "-i", "testsrc=s=160x90:r=30:d=8"];
    const sound = ["-f", "lavfi", "-i", "sine=f=440:d=8:r=44100"];
    const codecs = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"];
    execFileSync(findFfmpeg(), ["-v", "error", ...picture, ...sound, ...codecs, "-ac", "2", file]);
    return;
  }
  const [seconds, ...sides] = SOUNDS[name];
  const planes = sides.map((side) =>
    Float32Array.from({ length: seconds * RATE }, (_, n) => side(n / RATE)),
  );
  writeFileSync(file, wavOf({ rate: RATE, planes: [planes[0], planes.at(-1)!] }));
}

const VERSION = hashOf(readFileSync(import.meta.filename));

/** Path of a sound in `folder`, put there now if it is not; of a file that is none of these as well. */
export function soundIn(folder: string, name: string): string {
  const file = path.join(folder, name);
  const isSound = name === CLIP || Object.hasOwn(SOUNDS, name);
  if (!isSound || existsSync(file)) return file;
  const kept = `${VERSION}-${name}`;
  copyFileSync(findKept(kept) ?? keep(kept, (file) => write(file, name)), file);
  return file;
}
