// Tempo, beats and key of songs that are played from scores, of the demo song, and of sounds that have none. Ten
// songs in eight styles; song-analysis.soak.ts has all. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SongAnalyser } from "../../src/analysis/song-analysis.ts";
import { openAudio } from "../../src/decode/open-audio.ts";
import { pathFile } from "../../src/decode/path-file.ts";
import { mixtureOf, RATE } from "../support/band.ts";
import { noise } from "../support/signals.ts";
import { analyse, HEARD, testSongs } from "./song-tests.ts";
import { SONGS } from "./songs.ts";

const cases = testSongs(
  SONGS.filter(({ name, drift }, i) => name === "rock" || drift === 0.06 || i % 3 === 2),
  { tempi: 1, keys: 1 },
);

test("beats follow a drummer who hurries: intervals get shorter with the song", () => {
  const { byStems } = cases().find(({ score }) => score.drift === 0.06)!;
  const { beats } = byStems.tempo!;
  const interval = (from: number) => (beats[from + 16] - beats[from]) / 16;
  const ratio = interval(0) / interval(beats.length - 17);
  assert.ok(Math.abs(ratio - 1.05) < 0.01, String(ratio));
});

test("demo song: 96 beats a minute in D major, as its score says", async () => {
  const stream = await openAudio(await pathFile("components/demo/song/song.mp3"));
  const analyser = new SongAnalyser(stream.sampleRate);
  for await (const [left, right] of stream.blocks) {
    const mono = left.map((sample, i) => (sample + right[i]) / 2);
    analyser.push(mono, mono);
  }
  const { tempo, key } = analyser.finish();
  assert.ok(Math.abs(tempo!.bpm - 96) < 0.1, String(tempo!.bpm));
  assert.deepEqual(key, { tonic: 2, mode: "major" });
  for (const beat of tempo!.beats) {
    const off = beat - Math.round(beat / 0.625) * 0.625;
    assert.ok(Math.abs(off) <= HEARD, `${beat} is off by ${off}`);
  }
});

test("what has no beat has no tempo: a drone, noise, strokes at random, silence, hardly anything", () => {
  const length = 20 * RATE;
  const drone = Float32Array.from({ length }, (_, i) =>
    [110, 165, 277].reduce(
      (sum, hertz) => sum + 0.1 * Math.sin((2 * Math.PI * hertz * i) / RATE),
      0,
    ),
  );
  const strokes = new Float32Array(length);
  const gaps = noise(200, 3);
  for (let at = 0, k = 0; at < length - RATE; k++) {
    at += Math.round((0.08 + 0.9 * gaps[k] ** 2) * RATE);
    for (let i = 0; i < 4000; i++) strokes[at + i] += Math.exp(-i / 800) * Math.sin(i * 0.1);
  }
  for (const sound of [drone, noise(length), strokes, new Float32Array(length)]) {
    assert.equal(analyse(sound).tempo, undefined);
  }
  assert.deepEqual(analyse(new Float32Array(0)), {
    tempo: undefined,
    key: undefined,
    tuning: undefined,
  });
  assert.equal(analyse(cases()[0].recording.drums.subarray(0, 3 * RATE)).tempo, undefined);
});

test("what has no pitches has no key: noise, silence", () => {
  assert.equal(analyse(noise(10 * RATE)).key, undefined);
  assert.equal(analyse(new Float32Array(10 * RATE)).key, undefined);
});

test("blocks of any length give the same, and other rates and levels nearly", () => {
  const { byMixture, recording } = cases()[0];
  const mixture = mixtureOf(recording);
  assert.deepEqual(analyse(mixture, mixture, RATE, 977), byMixture);
  // As if it were recorded at twice the rate, or half: an octave off, at twice the speed.
  for (const factor of [2, 0.5]) {
    const { tempo, key } = analyse(mixture, mixture, RATE * factor);
    const twice = tempo!.bpm / byMixture.tempo!.bpm / factor;
    assert.ok([0.5, 1, 2].some((ratio) => Math.abs(twice / ratio - 1) < 0.01));
    assert.deepEqual(key, byMixture.key);
  }
  const quiet = mixture.map((sample) => sample / 30);
  const { tempo, key } = analyse(quiet);
  assert.ok(Math.abs(tempo!.bpm - byMixture.tempo!.bpm) < 0.5);
  assert.deepEqual(key, byMixture.key);
});
