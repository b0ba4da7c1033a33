// A Stem file's tracks stand where the song does, to the sample, for ffmpeg and for this package.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { BufferTarget } from "mediabunny";
import { provideAac } from "../../src/decode/aac.ts";
import { StemMp4Writer } from "../../src/output/stem-mp4.ts";
import { bursts, decode } from "../decode/files.ts";
import { findFfmpeg } from "../support/programs.ts";
import { signalToError } from "../support/signals.ts";

/** dB; a shift by one sample leaves less than 10. */
const LEAST = 25;

for (const [rate, seconds] of [
  [44_100, 3],
  [48_000, 2.5],
  [32_000, 1.7771],
] as const) {
  test(`a Stem file of ${seconds} s at ${rate} Hz: each track begins and ends with the song`, async () => {
    await provideAac();
    const [left, right] = bursts(seconds, rate).planes;
    const planes = [left, right] as const;
    const none = new Float32Array(left.length);
    const silent = [none, none] as const;
    const target = new BufferTarget();
    const writer = await StemMp4Writer.open("song", rate, target);
    const stems = { vocals: planes, drums: silent, bass: silent, other: planes };
    await writer.add({ start: 0, sampleRate: rate, stems });
    const { position, bytes } = await writer.finish();
    const file = Buffer.concat([Buffer.from(target.buffer!).subarray(0, position), bytes]);
    const mixture = planes.map((plane) => plane.map((x) => 2 * x));

    const decoded = await decode(file, "song.stem.mp4");
    mixture.forEach((plane, c) => {
      assert.equal(decoded.planes[c].length, plane.length);
      const ratio = signalToError(plane, decoded.planes[c]);
      assert.ok(ratio > LEAST, `channel ${c}: ${ratio} dB`);
    });

    const folder = mkdtempSync(path.join(tmpdir(), "danna-stem-"));
    try {
      const saved = path.join(folder, "song.stem.mp4");
      writeFileSync(saved, file);
      for (const [track, expected] of [mixture, silent, silent, planes, planes].entries()) {
        const out = path.join(folder, "out.f32");
        const args = ["-v", "error", "-y", "-i", saved, "-map", `0:a:${track}`, "-f", "f32le", out];
        execFileSync(findFfmpeg(), args);
        const samples = new Float32Array(new Uint8Array(readFileSync(out)).buffer);
        const [plane] = expected;
        const heard = plane.map((_, n) => samples[2 * n]);
        const loudest = heard.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        if (expected === silent) assert.ok(loudest < 1e-3, `track ${track}: ${loudest}`);
        else assert.ok(signalToError(plane, heard) > LEAST, `track ${track}`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
