// Tempo, beats and key of songs that are played from scores, of the demo song, and of sounds that have none. Runs in
// Node.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SongAnalyser, type SongAnalysis } from "../../src/analysis/song-analysis.ts";
import type { Key } from "../../src/analysis/key.ts";
import { openAudio } from "../../src/decode/open-audio.ts";
import { pathFile } from "../../src/decode/path-file.ts";
import { loadFft } from "../../src/dsp/fft.ts";
import { mixtureOf, RATE, record, type Recording, type Score } from "../support/band.ts";
import { noise } from "../support/signals.ts";
import { SONGS } from "./songs.ts";

/** Seconds by which a click may be off the beat. */
const HEARD = 0.03;

interface Case {
  readonly score: Score;
  readonly recording: Recording;
  readonly byMixture: SongAnalysis;
  readonly byStems: SongAnalysis;
}

let cases: readonly Case[];
before(async () => {
  await loadFft();
  cases = SONGS.map((score) => {
    const recording = record(score);
    const { drums, bass, other } = recording;
    const mixture = mixtureOf(recording);
    const hasDrums = drums.some((sample) => sample !== 0);
    const harmony = bass.map((sample, i) => sample + other[i]);
    return {
      score,
      recording,
      byMixture: analyse(mixture),
      byStems: analyse(hasDrums ? drums : mixture, harmony),
    };
  });
});

function analyse(rhythm: Float32Array, harmony = rhythm, rate = RATE, block = 4096): SongAnalysis {
  const analyser = new SongAnalyser(rate);
  for (let at = 0; at < rhythm.length; at += block) {
    analyser.push(rhythm.subarray(at, at + block), harmony.subarray(at, at + block));
  }
  return analyser.finish();
}

/** The tempo over the true one where that is 1, 2 or a half, within 4 %. */
const ratioOf = ({ tempo }: SongAnalysis, bpm: number): number | undefined =>
  tempo && [1, 2, 0.5].find((ratio) => Math.abs(tempo.bpm / bpm / ratio - 1) <= 0.04);

/** Whether every beat that was found lies on one of the score's, or halfway where there are twice as many. */
function areOnBeats({ tempo }: SongAnalysis, { beats }: Recording, ratio: number): boolean {
  const targets =
    ratio === 2 ? beats.flatMap((beat, i) => [beat, (beat + (beats[i + 1] ?? beat)) / 2]) : beats;
  const [first, last] = [targets[0], targets.at(-1)!];
  return tempo!.beats
    .filter((beat) => beat > first - HEARD && beat < last + HEARD)
    .every((beat) => targets.some((target) => Math.abs(target - beat) <= HEARD));
}

const isRelative = (key: Key, { tonic, mode }: Score): boolean =>
  key.mode !== mode && key.tonic === (tonic + (mode === "major" ? 9 : 3)) % 12;

for (const [what, most, result] of [
  ["mixtures", 2, (each: Case) => each.byMixture],
  ["stems", 0, (each: Case) => each.byStems],
] as const) {
  test(`tempo and beats of ${SONGS.length} songs, from their ${what}: at most ${most} are wrong`, () => {
    const wrong = cases.filter((each) => {
      const ratio = ratioOf(result(each), each.score.bpm);
      return ratio === undefined || !areOnBeats(result(each), each.recording, ratio);
    });
    const names = wrong.map(({ score }) => score.name);
    assert.ok(names.length <= most, names.join(", "));
  });

  test(`key of ${SONGS.length} songs, from their ${what}: at least 20 are right or relative`, () => {
    const wrong = cases.filter((each) => {
      const { key } = result(each);
      const { score } = each;
      if (!key) return true;
      return !(key.tonic === score.tonic && key.mode === score.mode) && !isRelative(key, score);
    });
    const names = wrong.map(({ score }) => score.name);
    assert.ok(names.length <= SONGS.length - 20, names.join(", "));
  });

  test(`tuning of ${SONGS.length} songs, from their ${what}: within 1 Hz`, () => {
    for (const each of cases) {
      const { tuning } = result(each);
      assert.ok(Math.abs(tuning! - (each.score.tuning ?? 440)) < 1, each.score.name);
    }
  });
}

test("beats follow a drummer who hurries: intervals get shorter with the song", () => {
  const { byStems } = cases.find(({ score }) => score.drift === 0.06)!;
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
  assert.equal(analyse(cases[0].recording.drums.subarray(0, 3 * RATE)).tempo, undefined);
});

test("what has no pitches has no key: noise, silence", () => {
  assert.equal(analyse(noise(10 * RATE)).key, undefined);
  assert.equal(analyse(new Float32Array(10 * RATE)).key, undefined);
});

test("blocks of any length give the same, and other rates and levels nearly", () => {
  const { byMixture, recording } = cases[0];
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
