// Stem files and folders of stems for tests, without loss: each stem a tone of its own. Runs in Node.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findFfmpeg } from "./programs.ts";

/** Hertz and amplitude of each stem, which on the right is half as loud. */
export const TONES = {
  drums: [1000, 0.1],
  bass: [110, 0.2],
  melody: [2000, 0.1],
  vocals: [440, 0.2],
} as const satisfies Record<string, readonly [hertz: number, amplitude: number]>;
export type ToneStem = keyof typeof TONES;

/** A stem's sample on the left. */
export const toneAt = (stem: ToneStem, n: number, rate = 44_100): number => {
  const [hertz, amplitude] = TONES[stem];
  return amplitude * Math.sin((2 * Math.PI * hertz * n) / rate);
};

/** What ffmpeg makes a stem of. */
export const source = (stem: ToneStem, seconds: number, rate = 44_100): string => {
  const [hertz, amplitude] = TONES[stem];
  const side = (gain: number) => `${gain * amplitude}*sin(2*PI*${hertz}*t)`;
  return `aevalsrc=${side(1)}|${side(0.5)}:d=${seconds}:s=${rate}`;
};

const ffmpeg = (...args: string[]) => execFileSync(findFfmpeg(), ["-v", "error", "-y", ...args]);

/** One stem as a file of the format that its name says, 24 bits. */
export function writeStem(file: string, stem: ToneStem, seconds: number, rate = 44_100): void {
  const bits = file.endsWith(".wav") ? ["-c:a", "pcm_s24le"] : ["-sample_fmt", "s32"];
  ffmpeg("-f", "lavfi", "-i", source(stem, seconds, rate), ...bits, file);
}

function box(name: string, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(contents);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(name, 4, "latin1");
  return Buffer.concat([head, body]);
}

/**
 * Writes a Stem file: a mixture that is not the stems' sum, then drums, bass, melody and vocals as FLAC.
 * @param names of the stems in its own box; null: it has none
 */
export function writeStemFile(
  file: string,
  seconds: number,
  names: readonly string[] | null = ["Drums", "Bass", "Melody", "Vox"],
): void {
  const inputs = Object.keys(TONES).flatMap((stem) => [
    ...["-f", "lavfi", "-i", source(stem as ToneStem, seconds)],
  ]);
  const mixture = `aevalsrc=0.5*sin(2*PI*50*t)|0:d=${seconds}:s=44100`;
  const maps = [0, 1, 2, 3, 4].flatMap((i) => ["-map", `${i}:a`]);
  const plain = `${file}.plain.mp4`;
  ffmpeg(
    ...["-f", "lavfi", "-i", mixture, ...inputs, ...maps, "-c:a", "flac", "-sample_fmt", "s32"],
    ...["-strict", "-2", "-fflags", "+bitexact", "-map_metadata", "-1", "-f", "mp4", plain],
  );
  const bytes = readFileSync(plain);
  rmSync(plain);
  if (!names) return writeFileSync(file, bytes);
  // It is the last box, so that nothing moves where it grows.
  const at = bytes.lastIndexOf("moov", undefined, "latin1") - 4;
  const json = Buffer.from(JSON.stringify({ stems: names.map((name) => ({ name })), version: 1 }));
  const moov = box("moov", bytes.subarray(at + 8), box("udta", box("stem", json)));
  writeFileSync(path.resolve(file), Buffer.concat([bytes.subarray(0, at), moov]));
}
