// Down-mixing to stereo, and sound that is in memory already.
import assert from "node:assert/strict";
import { test } from "node:test";
import { maskSpeakers, toStereo, VORBIS_SPEAKERS, type Speaker } from "../../src/dsp/downmix.ts";
import { pcmStream } from "../../src/decode/pcm.ts";
import { largestDifference } from "../support/signals.ts";

/** One channel alone sounds; where it lands. */
function placed(count: number, speakers?: readonly Speaker[]): [number, number][] {
  return Array.from({ length: count }, (_, alone) => {
    const channels = Array.from({ length: count }, (_, c) => Float32Array.of(c === alone ? 1 : 0));
    const [left, right] = toStereo(channels, speakers);
    return [Number(left[0].toFixed(2)), Number(right[0].toFixed(2))];
  });
}

test("mono goes to both sides, stereo stays", () => {
  assert.deepEqual(placed(1), [[1, 1]]);
  assert.deepEqual(placed(2), [
    [1, 0],
    [0, 1],
  ]);
});

test("surround is folded down as ITU-R BS.775 says, in the order of WAVE and of Vorbis", () => {
  const [front, centre, low, rear] = [
    [
      [1, 0],
      [0, 1],
    ],
    [0.71, 0.71],
    [0, 0],
    [
      [0.71, 0],
      [0, 0.71],
    ],
  ] as const;
  assert.deepEqual(placed(6), [...front, centre, low, ...rear]);
  assert.deepEqual(placed(6, VORBIS_SPEAKERS[6]), [front[0], centre, front[1], ...rear, low]);
  assert.deepEqual(placed(4), [...front, ...rear]);
  assert.deepEqual(placed(8), [...front, centre, low, ...rear, ...rear]);
  assert.deepEqual(placed(10).slice(0, 3), [...front, [0, 0]]);
});

test("a channel goes where its speaker stands, whatever others there are", () => {
  assert.deepEqual(placed(3, ["FL", "FR", "LFE"])[2], [0, 0]);
  assert.deepEqual(placed(4, ["FL", "FR", "FC", "BC"]).slice(2), [
    [0.71, 0.71],
    [0.5, 0.5],
  ]);
  assert.deepEqual(placed(4, ["FL", "FR", "FC", "LFE"]).slice(2), [
    [0.71, 0.71],
    [0, 0],
  ]);
  assert.deepEqual(placed(3, ["FC", "FL", "FR"]), [
    [0.71, 0.71],
    [1, 0],
    [0, 1],
  ]);
  assert.deepEqual(maskSpeakers(0x107, 4), ["FL", "FR", "FC", "BC"]);
  assert.equal(maskSpeakers(0x7, 4), undefined);
});

test("samples come as stereo blocks, in order, with progress", async () => {
  const ramp = Float32Array.from({ length: 40_000 }, (_, n) => n);
  const stream = pcmStream({ sampleRate: 44100, channels: [ramp] });
  let at = 0;
  for await (const [left, right] of stream.blocks) {
    const expected = ramp.subarray(at, at + left.length);
    assert.equal(largestDifference(left, expected), 0);
    assert.equal(largestDifference(right, expected), 0);
    at += left.length;
    assert.equal(stream.progress, at / ramp.length);
  }
  assert.equal(at, ramp.length);
});

test("no channels, no samples and channels of different lengths are refused", () => {
  const refused = (code: string) => ({ name: "DannaError", code });
  const open =
    (...lengths: number[]) =>
    () =>
      pcmStream({ sampleRate: 44100, channels: lengths.map((length) => new Float32Array(length)) });
  assert.throws(open(), refused("input"));
  assert.throws(open(5, 6), refused("input"));
  assert.throws(open(0, 0), refused("media"));
});
