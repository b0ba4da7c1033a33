// Where sound lies within longer sound. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { locate } from "../../src/dsp/locate.ts";
import { noise } from "../support/signals.ts";

const LENGTH = 60_000;
const SIZE = 8192;

/** Noise as dark as music. */
const dark = (seed: number) => {
  let last = 0;
  return noise(LENGTH, seed).map((sample) => (last += 0.2 * (sample - last)));
};
const within = [dark(1), dark(2)];
const part = (at: number) => within.map((plane) => plane.slice(at, at + SIZE));

test("locate: the sample at which sound begins, at any gain, wherever it lies", () => {
  for (const at of [0, 1, 12_345, 30_004, LENGTH - SIZE]) {
    for (const gain of [1, 0.3]) {
      const sound = part(at).map((plane) => plane.map((sample) => gain * sample));
      const place = locate(sound, within);
      assert.equal(place?.at, at);
      assert.ok(place.left < 1e-6 && Math.abs(place.gain - gain) < 1e-6, `${place.left}`);
    }
  }
});

test("locate: equal and opposite sides, and one side alone, are found", () => {
  const [left] = within;
  const silent = new Float32Array(LENGTH);
  const opposite = left.map((sample) => -sample);
  for (const sides of [
    [left, left],
    [left, opposite],
    [left, silent],
    [silent, left],
  ]) {
    const sound = sides.map((plane) => plane.slice(20_001, 20_001 + SIZE));
    assert.equal(locate(sound, sides)?.at, 20_001);
  }
});

test("locate: half a sample between is the nearest of both", () => {
  const sound = part(10_000).map((plane, c) =>
    plane.map((sample, i) => 0.5 * (sample + within[c][10_001 + i])),
  );
  const { at, left } = locate(sound, within)!;
  assert.ok([10_000, 10_001].includes(at));
  assert.ok(left > 1e-3 && left < 0.2, `${left}`);
});

test("locate: silence, other sound, sound turned over and sound that is longer are not there", () => {
  const other = [dark(3), dark(4)].map((plane) => plane.slice(0, SIZE));
  const silent = [0, 1].map(() => new Float32Array(SIZE));
  const turned = part(9000).map((plane) => plane.map((sample) => -sample));
  for (const sound of [other, silent, turned]) assert.equal(locate(sound, within), undefined);
  assert.equal(locate(within, part(0)), undefined);
});

test("locate: tones that all but repeat are told apart", () => {
  const sine = (hertz: number, n: number) => Math.sin((2 * Math.PI * hertz * n) / 44100);
  const tones = Float32Array.from(
    { length: 8 * 44100 },
    (_, n) => 0.2 * sine(55, n) + 0.2 * sine(330, n) * Math.sin((3 * n) / 44100),
  );
  const within = [tones, new Float32Array(tones.length)];
  for (const at of [30_000, 118_000, 200_001, 300_000]) {
    const sound = within.map((plane) => plane.slice(at, at + SIZE));
    assert.equal(locate(sound, within)?.at, at);
  }
});
