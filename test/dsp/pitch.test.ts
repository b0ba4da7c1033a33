// The pitch of melodies that are rendered here, and of the demo song's voice, whose notes are known. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { parseLyrics } from "../../components/core/lyrics/parse.ts";
import { blobFile } from "../../src/decode/audio-file.ts";
import { openAudio } from "../../src/decode/open-audio.ts";
import { PitchDetector } from "../../src/dsp/pitch.ts";
import { noise } from "../support/signals.ts";

const RATE = 44100;
/** Seconds between two frames. */
const HOP = 0.01;

const hertzOf = (note: number) => 440 * 2 ** ((note - 69) / 12);

/**
 * A voice that glides from note to note: harmonics under a formant, 20 cents of vibrato, breath.
 * Gives its samples, and its note at each.
 */
function sing(notes: readonly number[], seconds: number, formant: number) {
  const length = Math.round(notes.length * seconds * RATE);
  const breath = noise(length);
  const samples = new Float32Array(length);
  const sung = new Float32Array(length);
  let phase = 0;
  let now = notes[0];
  for (let n = 0; n < length; n++) {
    const t = n / RATE;
    now += (notes[Math.floor(t / seconds)] - now) / (0.01 * RATE);
    const note = now + 0.2 * Math.sin(2 * Math.PI * 5.5 * t);
    const hertz = hertzOf(note);
    phase += (2 * Math.PI * hertz) / RATE;
    let sum = 0;
    for (let k = 1; k * hertz < 5000; k++) {
      sum += (Math.exp(-(((k * hertz - formant) / 700) ** 2)) + 0.3 / k) * Math.sin(k * phase);
    }
    samples[n] = 0.1 * sum + 0.004 * breath[n];
    sung[n] = note;
  }
  return { samples, sung };
}

/** Share of frames with a pitch, and of those the share within 50 cents of `noteAt`, NaN where none is sung. */
function rate(samples: Float32Array, sampleRate: number, noteAt: (sample: number) => number) {
  const detector = new PitchDetector(sampleRate);
  let [voiced, found, right] = [0, 0, 0];
  for (let end = detector.size; end < samples.length; end += Math.round(HOP * sampleRate)) {
    const note = noteAt(end - detector.size / 2);
    if (Number.isNaN(note)) continue;
    voiced++;
    const pitch = detector.detect(samples.subarray(end - detector.size, end));
    if (!pitch) continue;
    found++;
    if (Math.abs(pitch.note - note) <= 0.5) right++;
  }
  return { found: found / voiced, right: right / found };
}

for (const [voice, notes, formant] of [
  ["a bass", [40, 43, 47, 45, 41, 48], 500],
  ["a tenor", [52, 57, 59, 64, 62, 55], 700],
  ["a soprano", [69, 72, 76, 79, 81, 74], 1100],
] as const) {
  test(`the melody of ${voice} is found within 50 cents in nine of ten frames and more`, () => {
    const { samples, sung } = sing(notes, 0.5, formant);
    const { found, right } = rate(samples, RATE, (at) => sung[at]);
    assert.ok(found > 0.9, `a pitch in ${found}`);
    assert.ok(right > 0.9, `${right} right`);
  });
}

test("the voice of the demo song has the notes of its words in nine of ten frames with a pitch", async () => {
  const file = new File([readFileSync("components/demo/song/stems/vocals.flac")], "vocals.flac");
  const { blocks, sampleRate } = await openAudio(blobFile(file));
  const samples: number[] = [];
  for await (const [left, right] of blocks)
    left.forEach((x, n) => samples.push((x + right[n]) / 2));
  const { lines } = parseLyrics(readFileSync("components/demo/song/song.txt"), "song.txt");
  // In the chorus others sing along; in a note's first and last moments the voice is on its way.
  const verse = lines.slice(4, 8).flatMap(({ words }) => words);
  const noteAt = (sample: number) => {
    const time = sample / sampleRate;
    const word = verse.find(({ start, end }) => time > start + 0.1 && time < end - 0.05);
    return word?.pitch ?? NaN;
  };
  const { found, right } = rate(Float32Array.from(samples), sampleRate, noteAt);
  assert.ok(found > 0.5, `a pitch in ${found}`);
  assert.ok(right > 0.9, `${right} right`);
});

test("noise, silence and a hum below any voice have no pitch", () => {
  const detector = new PitchDetector(RATE);
  assert.equal(detector.detect(new Float32Array(detector.size)), undefined);
  assert.equal(detector.detect(noise(detector.size)), undefined);
  const hum = Float32Array.from({ length: detector.size }, (_, n) =>
    Math.sin((2 * Math.PI * 30 * n) / RATE),
  );
  assert.equal(detector.detect(hum), undefined);
});

test("a pure tone's pitch is exact to 2 cents at other rates, too", () => {
  for (const sampleRate of [44100, 48000, 96000]) {
    const detector = new PitchDetector(sampleRate);
    for (const hertz of [82, 220, 440, 880]) {
      const tone = Float32Array.from(
        { length: detector.size },
        (_, n) => 0.3 * Math.sin((2 * Math.PI * hertz * n) / sampleRate),
      );
      const cents = 1200 * Math.log2(detector.detect(tone)!.hertz / hertz);
      assert.ok(Math.abs(cents) < 2, `${hertz} Hz at ${sampleRate}: ${cents} cents off`);
    }
  }
});
