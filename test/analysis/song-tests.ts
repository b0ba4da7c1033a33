// Tempo, beats, key and tuning of songs that are played from scores: a test of each of so many as are given. Runs in Node.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Key } from "../../src/analysis/key.ts";
import { SongAnalyser, type SongAnalysis } from "../../src/analysis/song-analysis.ts";
import { loadFft } from "../../src/dsp/fft.ts";
import { mixtureOf, RATE, record, type Recording, type Score } from "../support/band.ts";

/** Seconds by which a click may be off the beat. */
export const HEARD = 0.03;

interface Case {
  readonly score: Score;
  readonly recording: Recording;
  readonly byMixture: SongAnalysis;
  readonly byStems: SongAnalysis;
}

function caseOf(score: Score): Case {
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
}

export function analyse(
  rhythm: Float32Array,
  harmony = rhythm,
  rate = RATE,
  block = 4096,
): SongAnalysis {
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

/**
 * Tests what is found of songs, from their mixtures and their stems. `most`: how many tempi (of mixtures) and keys may be
 * wrong. @returns what was found, once the tests run
 */
export function testSongs(
  scores: readonly Score[],
  most: Readonly<Record<"tempi" | "keys", number>>,
): () => readonly Case[] {
  let cases: readonly Case[];
  before(async () => {
    await loadFft();
    cases = scores.map(caseOf);
  });

  for (const [what, wrongTempi, result] of [
    ["mixtures", most.tempi, (each: Case) => each.byMixture],
    ["stems", 0, (each: Case) => each.byStems],
  ] as const) {
    test(`tempo and beats of ${scores.length} songs, from their ${what}: at most ${wrongTempi} are wrong`, () => {
      const wrong = cases.filter((each) => {
        const ratio = ratioOf(result(each), each.score.bpm);
        return ratio === undefined || !areOnBeats(result(each), each.recording, ratio);
      });
      const names = wrong.map(({ score }) => score.name);
      assert.ok(names.length <= wrongTempi, names.join(", "));
    });

    test(`key of ${scores.length} songs, from their ${what}: at least ${scores.length - most.keys} are right or relative`, () => {
      const wrong = cases.filter((each) => {
        const { key } = result(each);
        const { score } = each;
        if (!key) return true;
        return !(key.tonic === score.tonic && key.mode === score.mode) && !isRelative(key, score);
      });
      const names = wrong.map(({ score }) => score.name);
      assert.ok(names.length <= most.keys, names.join(", "));
    });

    test(`tuning of ${scores.length} songs, from their ${what}: within 1 Hz`, () => {
      for (const each of cases) {
        const { tuning } = result(each);
        assert.ok(Math.abs(tuning! - (each.score.tuning ?? 440)) < 1, each.score.name);
      }
    });
  }

  return () => cases;
}
