// The kernels of a network's layers against plain loops in doubles.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadNetworkKernels, NetworkHeap, NORMED } from "../../src/dsp/network-kernels.ts";
import type { DannaError } from "../../src/errors.ts";
import { largestDifference, noise } from "../support/signals.ts";

before(async () => {
  assert.throws(
    () => new NetworkHeap(),
    (error) => (error as DannaError).code === "input",
  );
  await loadNetworkKernels();
});

const FLOAT = 4;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const sigmoids = (x: number) => x * sigmoid(x);

/** Rounded to 11 digits, as float16 has them, with tiny numbers and the largest that are taken. */
const halves = (count: number, seed: number) =>
  noise(count, seed).map((value, i) =>
    i === 0 ? 127 : i === 1 ? -(2 ** -24) : i === 2 ? 0 : Math.round(value * 1024) / 1024,
  );

/** `count` values in a heap, and a view of them. */
function filled(heap: NetworkHeap, values: Float32Array) {
  const floats = heap.allocate(values.length);
  floats.values.set(values);
  return floats;
}

const MATRICES = [
  { name: "float16", weights: halves, outputs: 24, rows: "few" },
  { name: "float32, as no float16 holds it", weights: noise, outputs: 24, rows: "few" },
  { name: "float32, for many rows", weights: halves, outputs: 24, rows: "many" },
  {
    name: "a number of outputs that is only divided by four",
    weights: halves,
    outputs: 12,
    rows: "few",
  },
] as const;

for (const { name, weights, outputs, rows: use } of MATRICES) {
  test(`product: ${name}: 1 to 7 rows`, () => {
    const inputs = 10;
    for (let rows = 1; rows <= 7; rows++) {
      const heap = new NetworkHeap();
      const values = weights(inputs * outputs, 1);
      const matrix = heap.pack(values, outputs, use);
      const x = filled(heap, noise(rows * inputs, 2));
      const offset = filled(heap, noise(outputs, 3));
      const out = heap.allocate(rows * outputs + 4);
      out.values.fill(7);
      heap.multiply(x.at, matrix, offset.at, out.at, rows);
      const wanted = Float64Array.from({ length: rows * outputs }, (_, i) => {
        const [row, output] = [Math.floor(i / outputs), i % outputs];
        let sum = offset.values[output];
        for (let k = 0; k < inputs; k++) {
          sum += x.values[row * inputs + k] * values[k * outputs + output];
        }
        return sum;
      });
      assert.ok(largestDifference(out.values.subarray(0, wanted.length), wanted) < 5e-5, `${rows}`);
      assert.deepEqual([...out.values.subarray(wanted.length)], [7, 7, 7, 7], "nothing beyond");
    }
  });
}

test("pack: weights take half the bytes where float16 holds them", () => {
  const bytes = (weights: Float32Array) => {
    const heap = new NetworkHeap();
    const { at } = heap.pack(weights, 8);
    return heap.allocate(0).at - at;
  };
  assert.equal(bytes(halves(800, 1)), 1600);
  assert.equal(bytes(halves(800, 1).fill(128, 5, 6)), 3200, "too large");
  assert.equal(bytes(halves(800, 1).fill(1 + 2 ** -11, 5, 6)), 3200, "too many digits");
});

test("add and copy of rows", () => {
  const heap = new NetworkHeap();
  const [a, b] = [filled(heap, noise(16, 1)), filled(heap, noise(16, 2))];
  const out = heap.allocate(24);
  heap.kernels.add(a.at, b.at, out.at, out.at + 16 * FLOAT);
  assert.deepEqual(
    out.values.subarray(0, 16),
    a.values.map((value, i) => value + b.values[i]),
  );
  out.values.fill(0);
  // Rows of four, eight apart, to rows twelve apart.
  heap.kernels.copyRows(a.at, out.at, 4 * FLOAT, 8 * FLOAT, 12 * FLOAT, a.at + 16 * FLOAT);
  const wanted = new Float32Array(24);
  wanted.set(a.values.subarray(0, 4));
  wanted.set(a.values.subarray(8, 12), 12);
  assert.deepEqual(out.values, wanted);
});

test("silu: from far below to far above zero", () => {
  const heap = new NetworkHeap();
  const values = Float32Array.from({ length: 400 }, (_, i) => i - 200 + 0.25);
  const floats = filled(heap, values);
  heap.kernels.silu(floats.at, floats.at + 400 * FLOAT);
  const wanted = Float64Array.from(values, sigmoids);
  const relative = wanted.map(
    (value, i) => (floats.values[i] - value) / Math.max(1, Math.abs(value)),
  );
  assert.ok(largestDifference(relative, new Float64Array(400)) < 1e-6);
});

test("gates: the next state of a GRU, also far from zero", () => {
  const size = 8;
  for (const scale of [1, 30, 300]) {
    const heap = new NetworkHeap();
    const [input, recurrent] = [1, 2].map((seed) =>
      filled(
        heap,
        noise(3 * size, seed).map((value) => value * scale),
      ),
    );
    const state = filled(heap, noise(size, 3));
    const wanted = Float64Array.from(state.values, (last, i) => {
      const both = (gate: number) =>
        input.values[gate * size + i] + recurrent.values[gate * size + i];
      const [keep, reset] = [sigmoid(both(0)), sigmoid(both(1))];
      const fresh = Math.tanh(input.values[2 * size + i] + reset * recurrent.values[2 * size + i]);
      return (1 - keep) * fresh + keep * last;
    });
    const end = state.at + size * FLOAT;
    heap.kernels.gates(input.at, recurrent.at, state.at, end, size * FLOAT);
    assert.ok(largestDifference(state.values, wanted) < 1e-6, `${scale}`);
  }
});

test("norm: each row has its own mean and variance", () => {
  const heap = new NetworkHeap();
  const rows = 3;
  const x = filled(
    heap,
    noise(rows * NORMED, 1).map((value, i) => value * 10 ** Math.floor(i / NORMED) + 2),
  );
  const [gain, offset] = [filled(heap, noise(NORMED, 2)), filled(heap, noise(NORMED, 3))];
  const out = heap.allocate(rows * NORMED);
  heap.kernels.norm(x.at, gain.at, offset.at, out.at, out.at + rows * NORMED * FLOAT);
  const wanted = Float64Array.from(x.values, (value, i) => {
    const first = i - (i % NORMED);
    const row = [...x.values.subarray(first, first + NORMED)];
    const mean = row.reduce((sum, each) => sum + each) / NORMED;
    const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / NORMED;
    const normed = (value - mean) / Math.sqrt(variance + 1e-5);
    return normed * gain.values[i % NORMED] + offset.values[i % NORMED];
  });
  assert.ok(largestDifference(out.values, wanted) < 1e-5);
});

test("features: levels of silence, of quiet and of loud bins, and compressed parts", () => {
  const heap = new NetworkHeap();
  const bins = 16;
  const scale = 0.25;
  const [left, right] = [1, 2].map((seed) =>
    filled(
      heap,
      noise(2 * bins, seed).map((value, i) => (i < 8 ? 0 : value * 10 ** (i / 4 - 5))),
    ),
  );
  const out = heap.allocate(8 * bins);
  const plane = bins * FLOAT;
  heap.kernels.features(left.at, right.at, out.at, plane, out.at + plane, scale);
  const wanted = new Float64Array(8 * bins);
  for (let bin = 0; bin < bins; bin++) {
    const [l, r] = [left, right].map(({ values }) =>
      [0, 1].map((part) => values[2 * bin + part] * scale),
    );
    const mid = l.map((value, i) => (value + r[i]) / 2);
    const side = l.map((value, i) => (value - r[i]) / 2);
    const powers = [l, r, mid, side].map(([re, im]) => re * re + im * im + 1e-8);
    powers.forEach((power, i) => (wanted[i * bins + bin] = 0.25 * Math.log(power) + 1.5));
    [l, r].forEach((channel, i) =>
      channel.forEach((value, part) => {
        wanted[(4 + 2 * i + part) * bins + bin] = value / Math.sqrt(Math.sqrt(powers[i]));
      }),
    );
  }
  assert.ok(largestDifference(out.values, wanted) < 2e-6);
});

test("filter: three stems by masks of two taps, the rest is the fourth", () => {
  const heap = new NetworkHeap();
  const [bins, stems] = [8, 4];
  const masks = filled(heap, noise(24 * bins, 1));
  const [now, before] = [filled(heap, noise(4 * bins, 2)), filled(heap, noise(4 * bins, 3))];
  const out = heap.allocate(stems * 4 * bins);
  const plane = 2 * bins * FLOAT;
  heap.kernels.filter(masks.at, now.at, before.at, out.at, bins * FLOAT, plane);
  const wanted = new Float64Array(stems * 4 * bins);
  for (let channel = 0; channel < 2; channel++) {
    for (let bin = 0; bin < bins; bin++) {
      const at = 2 * (channel * bins + bin);
      const rest = [now.values[at], now.values[at + 1]];
      for (let stem = 0; stem < stems - 1; stem++) {
        const to = stem * 4 * bins + at;
        [now, before].forEach(({ values }, tap) => {
          const mask = (part: number) =>
            masks.values[(((tap * 3 + stem) * 2 + channel) * 2 + part) * bins + bin];
          wanted[to] += mask(0) * values[at] - mask(1) * values[at + 1];
          wanted[to + 1] += mask(0) * values[at + 1] + mask(1) * values[at];
        });
        rest[0] -= wanted[to];
        rest[1] -= wanted[to + 1];
      }
      wanted.set(rest, 3 * 4 * bins + at);
    }
  }
  assert.ok(largestDifference(out.values, wanted) < 1e-5);
});
