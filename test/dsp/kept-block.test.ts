// How a song is kept in memory: bit for bit, or in 24 bits. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, keepBlock, keptBuffers, keptSample, readKept } from "../../src/dsp/kept-block.ts";
import { largestDifference, noise } from "../support/signals.ts";

const bytes = (...args: Parameters<typeof keepBlock>) =>
  keptBuffers([keepBlock(...args)]).reduce((sum, { byteLength }) => sum + byteLength, 0);
const exact = { compact: false, shared: false };
const compact = { compact: true, shared: false };
const steps = (bits: number, seed: number) =>
  noise(5000, seed).map((x) => Math.round(x * 2 ** (bits - 1)) / 2 ** (bits - 1) + 0);

for (const bits of [8, 16, 24]) {
  test(`samples of ${bits} bits are kept bit for bit in three bytes, from −1 on`, () => {
    const planes = [steps(bits, 1), steps(bits, 2)];
    planes[0][7] = -1;
    planes[1] = planes[1].map((x) => Math.min(x, 1 - 2 ** (1 - bits)));
    assert.deepEqual(expand(keepBlock(planes, exact)), planes);
    assert.equal(bytes(planes, exact), 2 * 3 * 5000);
  });
}

test("what has more bits is kept bit for bit in four bytes, above full scale too", () => {
  const planes = [noise(5000), noise(5000, 2).map((x) => 3.7 * x)];
  assert.deepEqual(expand(keepBlock(planes, exact)), planes);
  assert.equal(bytes(planes, exact), 2 * 4 * 5000);
});

test("in 24 bits every sample is right to half a step, at any level", () => {
  for (const [level, step] of [
    [1, 2 ** -23],
    [0.001, 2 ** -23],
    [1.9, 2 ** -22],
    [7.9, 2 ** -20],
  ]) {
    const planes = [noise(5000).map((x) => level * x), new Float32Array(5000).fill(level)];
    const kept = expand(keepBlock(planes, compact));
    planes.forEach((plane, c) =>
      assert.ok(largestDifference(kept[c], plane) <= step / 2 + 1e-9, `${level} ${c}`),
    );
    assert.equal(bytes(planes, compact), 2 * 3 * 5000);
  }
});

test("parts and single samples are those of the whole, and one channel is kept once", () => {
  const mono = noise(1000);
  for (const options of [exact, compact]) {
    const kept = keepBlock([mono, mono], options);
    assert.equal(kept[0], kept[1]);
    const [whole] = expand(kept);
    const part = new Float32Array(20);
    readKept(kept[0], 300, 10, part, 5);
    assert.deepEqual(part.subarray(5, 15), whole.subarray(300, 310));
    assert.deepEqual([part[4], part[15]], [0, 0]);
    assert.equal(keptSample(kept[1], 303), whole[303]);
    assert.equal(keptBuffers([kept, kept]).length, options === exact ? 1 : 2);
  }
});

test("shared memory is shared, and what is handed over is not", () => {
  const kept = keepBlock([noise(10), noise(10, 2)], { compact: false, shared: true });
  assert.ok(kept.every((plane) => (plane as Float32Array).buffer instanceof SharedArrayBuffer));
  assert.deepEqual(keptBuffers([kept]), []);
});
