// Recordings for tests of decoding: a signal with a shape of its own, as WAV and through ffmpeg's
// encoders, and what openAudio makes of bytes. Runs in Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { blobFile } from "../../src/decode/audio-file.ts";
import { openAudio } from "../../src/decode/open-audio.ts";
import { DannaError } from "../../src/errors.ts";
import { wav } from "../cli/wav.ts";
import { findFfmpeg } from "../support/programs.ts";
import { signalToError } from "../support/signals.ts";

export interface Signal {
  readonly rate: number;
  readonly planes: readonly Float32Array[];
}

/** Tone bursts of 3 kHz and 0.1 s, at another time in each channel; the left is twice as loud. */
export function bursts(seconds: number, rate = 44_100): Signal {
  const planes = [0.5, 0.25].map((level, side) => {
    const plane = new Float32Array(Math.round(seconds * rate));
    for (let start = 0.2 + 0.3 * side; start < seconds - 0.2; start += 1) {
      const first = Math.round(start * rate);
      const length = Math.round(0.1 * rate);
      for (let n = 0; n < length; n++) {
        const fade = Math.sin((Math.PI * n) / length) ** 2;
        plane[first + n] = level * fade * Math.sin((2 * Math.PI * 3000 * n) / rate);
      }
    }
    return plane;
  });
  return { rate, planes };
}

/** As 16 bits. */
export function wavOf({ rate, planes }: Signal): Buffer {
  const data = new Int16Array(planes.length * planes[0].length);
  planes.forEach((plane, c) => {
    for (let n = 0; n < plane.length; n++) {
      data[n * planes.length + c] = Math.round(32_767 * plane[n]);
    }
  });
  return wav(Buffer.from(data.buffer), { channels: planes.length, rate });
}

/** @param ending names the format, as for ffmpeg */
export function encode(signal: Signal, ending: string, ...args: string[]): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-decode-"));
  try {
    const input = path.join(folder, "in.wav");
    const output = path.join(folder, `out.${ending}`);
    writeFileSync(input, wavOf(signal));
    execFileSync(findFfmpeg(), ["-v", "error", "-i", input, ...args, output]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Decoded extends Signal {
  /** Samples of the largest block. */
  readonly largest: number;
}

export async function decode(bytes: Uint8Array, name = "song"): Promise<Decoded> {
  const stream = await openAudio(blobFile(new Blob([new Uint8Array(bytes)]), name));
  const blocks: (readonly Float32Array[])[] = [];
  for await (const block of stream.blocks) blocks.push(block);
  const planes = [0, 1].map((side) =>
    Float32Array.from(blocks.flatMap((block) => Array.from(block[side]))),
  );
  const largest = Math.max(...blocks.map(([left]) => left.length));
  return { rate: stream.sampleRate, planes, largest };
}

/**
 * The bytes decode to the signal, each channel at its place to the sample.
 * @param least signal to error in dB; a shift by one sample leaves less than 10
 * @param padded samples that may follow
 */
export async function whole(
  bytes: Uint8Array,
  signal: Signal,
  least: number,
  padded = 0,
): Promise<void> {
  const { rate, planes } = await decode(bytes);
  assert.equal(rate, signal.rate);
  signal.planes.forEach((plane, c) => {
    const extra = planes[c].length - plane.length;
    assert.ok(extra >= 0 && extra <= padded, `${extra} samples more than there are`);
    const ratio = signalToError(plane, planes[c].subarray(0, plane.length));
    assert.ok(ratio > least, `channel ${c}: ${ratio} dB`);
  });
}

export const refused = (bytes: Uint8Array, message: RegExp): Promise<void> =>
  assert.rejects(decode(bytes), (error) => {
    assert.ok(error instanceof DannaError, String(error));
    assert.equal(error.code, "media");
    assert.match(error.message, message);
    return true;
  });
