// The kernels against plain loops.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { KernelHeap, loadKernels } from "../../src/dsp/kernels.ts";
import type { DannaError } from "../../src/errors.ts";
import { largestDifference, noise } from "../support/signals.ts";

before(async () => {
  assert.throws(
    () => new KernelHeap(),
    (error) => (error as DannaError).code === "input",
  );
  await loadKernels();
});

const COUNTS = [1, 4, 7, 64];

function filled(heap: KernelHeap, values: Float32Array) {
  const floats = heap.allocate(values.length);
  floats.values.set(values);
  return floats;
}

for (const count of COUNTS) {
  test(`product: ${count} floats`, () => {
    const heap = new KernelHeap();
    const [a, b] = [filled(heap, noise(count, 1)), filled(heap, noise(count, 2))];
    const out = heap.allocate(count);
    heap.kernels.product(a.at, b.at, out.at, count);
    const wanted = a.values.map((value, i) => value * b.values[i]);
    assert.deepEqual(out.values, wanted);
  });

  test(`overlap and add: ${count} samples`, () => {
    const heap = new KernelHeap();
    const frame = filled(heap, noise(2 * count, 1));
    const window = filled(heap, noise(2 * count, 2));
    const tail = filled(heap, noise(count, 3));
    const out = heap.allocate(count);
    const windowed = frame.values.map((value, i) => value * window.values[i]);
    const sum = Float64Array.from(tail.values, (value, i) => value + windowed[i]);
    const half = 4 * count;
    const [next, nextWindow] = [frame.at + half, window.at + half];
    heap.kernels.overlapAdd(frame.at, window.at, next, nextWindow, tail.at, out.at, count);
    assert.ok(largestDifference(out.values, sum) < 1e-6);
    assert.deepEqual(tail.values, windowed.subarray(count));
  });
}

test("complex product: 6 numbers", () => {
  const heap = new KernelHeap();
  const [a, b] = [noise(12, 1), noise(12, 2)];
  const out = heap.allocate(12);
  heap.kernels.complexProduct(filled(heap, a).at, filled(heap, b).at, out.at, 12);
  const wanted = a.map((_, i) => {
    const re = i - (i % 2);
    return i === re ? a[i] * b[i] - a[i + 1] * b[i + 1] : a[re] * b[i] + a[i] * b[re];
  });
  assert.ok(largestDifference(out.values, wanted) < 1e-6);
});

test("all within: every value counts, and what is no number is beyond", () => {
  const heap = new KernelHeap();
  const floats = filled(heap, noise(12, 1));
  const within = () => heap.kernels.allWithin(floats.at, 2, 12);
  assert.equal(within(), 1);
  for (let i = 0; i < 12; i++) {
    for (const value of [-2.5, 2.5, NaN, Infinity, -Infinity]) {
      const kept = floats.values[i];
      floats.values[i] = value;
      assert.equal(within(), 0, `${value} at ${i}`);
      floats.values[i] = kept;
    }
  }
  floats.values[3] = 2;
  assert.equal(within(), 1);
});

test("what was allocated keeps its values when the heap grows", () => {
  const heap = new KernelHeap();
  const first = filled(heap, noise(100, 1));
  const second = heap.allocate(2 ** 20);
  assert.deepEqual(first.values, noise(100, 1));
  assert.equal(second.values.length, 2 ** 20);
  assert.ok(second.values.every((value) => value === 0));
  heap.kernels.product(first.at, first.at, second.at, 100);
  assert.equal(second.values[0], Math.fround(first.values[0] ** 2));
});
