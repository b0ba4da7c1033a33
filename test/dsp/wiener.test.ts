// The fast Wiener filter against the double-precision reference, and what must hold of it.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { KernelHeap, loadKernels } from "../../src/dsp/kernels.ts";
import { DEFAULT_EPS, WienerFilter, type WienerShape } from "../../src/dsp/wiener.ts";
import { largestDifference, noise } from "../support/signals.ts";
import { reference, type Complex } from "./wiener-reference.ts";

before(loadKernels);

interface Shape extends WienerShape {
  frames: number;
}

interface Case {
  shape: Shape;
  stems: Float32Array;
  mixture: Float32Array;
}

/** Stems of different levels and panning, and estimates of them that are off by a tenth. */
function makeCase(shape: Shape, silent: readonly number[] = []): Case {
  const { frames, stems: count, bins } = shape;
  const plane = 2 * bins;
  const truth = noise(frames * count * 2 * plane, 5);
  const errors = noise(truth.length, 6);
  const mixture = new Float32Array(frames * 2 * plane);
  const stems = new Float32Array(truth.length);
  for (let i = 0; i < truth.length; i++) {
    const stem = Math.floor(i / (2 * plane)) % count;
    const channel = Math.floor(i / plane) % 2;
    const frame = Math.floor(i / (2 * plane * count));
    const level = silent.includes(stem) ? 0 : 10 ** (1 - stem) * (channel === stem % 2 ? 1 : 0.3);
    const other = channel === 1 ? i - plane : i;
    const value = level * (0.7 * truth[other] + 0.3 * truth[i]);
    stems[i] = value + 0.1 * level * errors[i];
    mixture[frame * 2 * plane + (i % (2 * plane))] += value;
  }
  return { shape, stems, mixture };
}

/** The reference's answer in the fast one's layout. */
function expected({ shape, stems, mixture }: Case, iterations: number): Float64Array {
  const { frames, stems: count, bins } = shape;
  const index = (length: number) => Array.from({ length }, (_, i) => i);
  const at = (values: ArrayLike<number>, i: number): Complex => [values[i], values[i + 1]];
  const place = (t: number, bin: number, stem: number, channel: number) =>
    (((t * count + stem) * 2 + channel) * bins + bin) * 2;
  const y = index(frames).map((t) =>
    index(bins).map((bin) =>
      index(count).map((stem) => [0, 1].map((c) => at(stems, place(t, bin, stem, c)))),
    ),
  );
  const x = index(frames).map((t) =>
    index(bins).map((bin) => [0, 1].map((c) => at(mixture, ((t * 2 + c) * bins + bin) * 2))),
  );
  const result = new Float64Array(stems.length);
  reference(y, x, iterations, DEFAULT_EPS).forEach((frame, t) =>
    frame.forEach((bin, f) =>
      bin.forEach((stem, j) => stem.forEach((value, c) => result.set(value, place(t, f, j, c)))),
    ),
  );
  return result;
}

const filterFor = ({ shape }: Case, shares?: readonly number[]) =>
  new WienerFilter(new KernelHeap(), shape, { shares });

const SHAPE = { frames: 6, stems: 4, bins: 9 };
const CASES: [string, Case, number][] = [
  ["one iteration", makeCase(SHAPE), 1],
  ["three iterations", makeCase(SHAPE), 3],
  ["a silent stem", makeCase(SHAPE, [2]), 1],
  ["all stems but one silent", makeCase(SHAPE, [0, 1, 3]), 2],
  ["silence", makeCase(SHAPE, [0, 1, 2, 3]), 2],
  ["a single frame", makeCase({ ...SHAPE, frames: 1 }), 1],
  ["a single frame of a single stem", makeCase({ frames: 1, stems: 1, bins: 5 }), 2],
];

for (const [name, given, iterations] of CASES) {
  test(`agrees with the double-precision reference: ${name}`, () => {
    const stems = given.stems.slice();
    filterFor(given).expectationMaximization(stems, given.mixture, iterations);
    assert.ok(largestDifference(stems, expected(given, iterations)) < 1e-5);
  });
}

test("one iteration brings estimates nearer to a mixture that they do not add up to", () => {
  const given = makeCase(SHAPE);
  const { shape, stems, mixture } = given;
  const filter = filterFor(given);
  const missing = () => {
    const sum = mixture.slice();
    const plane = 4 * shape.bins;
    stems.forEach((value, i) => {
      sum[Math.floor(i / (plane * shape.stems)) * plane + (i % plane)] -= value;
    });
    return sum.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  };
  assert.ok(missing() > 0.1);
  filter.expectationMaximization(stems, mixture);
  assert.ok(missing() < 1e-2);
});

test("no iteration changes nothing; silent estimates of a sound stay silent", () => {
  const given = makeCase(SHAPE);
  const { stems, mixture } = given;
  const filter = filterFor(given);
  const before = stems.slice();
  filter.expectationMaximization(stems, mixture, 0);
  assert.deepEqual(stems, before);
  stems.fill(0);
  filter.expectationMaximization(stems, mixture);
  assert.ok(stems.every((value) => value === 0));
});

test("a refined frame is the posterior means and the estimates by their shares", () => {
  const given = makeCase({ frames: 3, stems: 2, bins: 5 });
  const { stems, mixture } = given;
  const means = expected(given, 1);
  const others = noise(stems.length, 7);
  const filter = filterFor(given, [0.75, 0.25]);
  filter.estimate(stems);
  for (const estimates of [stems, others]) {
    filter.refine(stems, mixture, 1, estimates);
    for (let plane = 0; plane < 4; plane++) {
      const share = plane < 2 ? 0.75 : 0.25;
      const from = (4 + plane) * 10;
      const mixed = Float64Array.from(
        means.subarray(from, from + 10),
        (mean, i) => share * mean + (1 - share) * estimates[from + i],
      );
      const at = plane * filter.refinedPlane;
      assert.ok(largestDifference(filter.refined.subarray(at, at + 10), mixed) < 1e-5);
    }
  }
});
