// The command on Stem files: it writes the stems that they bring, and loads no model, unless one is named or a stem is
// wanted that they have not. Runs the built command.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { toneAt, writeStemFile, type ToneStem } from "../support/stem-files.ts";
import { readWav } from "../support/wav.ts";
import { IDENTITY, run } from "./run.ts";

const RATE = 44_100;
let folder: string;
let song: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-own-"));
  song = path.join(folder, "song.stem.mp4");
  writeStemFile(song, 2);
});
after(() => rm(folder, { recursive: true }));

const written = (out: string, label: string) =>
  readWav(new Uint8Array(readFileSync(path.join(out, `song_${label}.wav`)))).left;

function assertIs(left: Float64Array, wanted: (n: number) => number): void {
  assert.equal(left.length, 2 * RATE);
  let largest = 0;
  left.forEach((x, n) => (largest = Math.max(largest, Math.abs(x - wanted(n)))));
  assert.ok(largest < 1e-5, `off by ${largest}`);
}

test("split writes the stems of a Stem file as they are, by their own names", async () => {
  const out = path.join(folder, "own");
  const { code, stderr } = await run(["split", song, "--out", out, "--format", "wav32f"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /song\.stem\.mp4 \(its own stems\)/);
  for (const stem of ["vocals", "drums", "bass", "melody"] as const) {
    assertIs(written(out, stem), (n) => toneAt(stem, n));
  }
});

test("karaoke mixes the stems of a Stem file without the voice", async () => {
  const out = path.join(folder, "karaoke");
  const { code, stderr } = await run(["karaoke", song, "--out", out, "--format", "wav32f"]);
  assert.equal(code, 0, stderr);
  const others: ToneStem[] = ["drums", "bass", "melody"];
  assertIs(written(out, "karaoke"), (n) => others.reduce((sum, stem) => sum + toneAt(stem, n), 0));
});

test("with a model the mixture of a Stem file is split, as is a file that only has its name", async () => {
  const out = path.join(folder, "model");
  const { code, stderr } = await run([
    ...["split", song, "--out", out, "--format", "wav32f", "--model", IDENTITY],
  ]);
  assert.equal(code, 0, stderr);
  assert.ok(existsSync(path.join(out, "song_other.wav")));
  assert.ok(!existsSync(path.join(out, "song_melody.wav")));
  // The identity model gives each stem a quarter of the mixture, which here is a tone of its own.
  const vocals = written(out, "vocals");
  let largest = 0;
  for (let n = 0; n < vocals.length; n++) {
    const mixture = 0.5 * Math.sin((2 * Math.PI * 50 * n) / RATE);
    largest = Math.max(largest, Math.abs(vocals[n] - mixture / 4));
  }
  assert.ok(largest < 1e-3, `off by ${largest}`);
});
