// The limiter, sample by sample: src/dsp/limiter.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Limiter } from "../../src/dsp/limiter.ts";
import { noise } from "../support/signals.ts";

const RATE = 44100;
const QUANTUM = 128;

/** Runs a signal through a limiter in render quanta. */
function limit(input: Float32Array[], limiter = new Limiter(RATE)): Float32Array[] {
  const output = input.map((channel) => new Float32Array(channel.length));
  for (let at = 0; at < input[0].length; at += QUANTUM) {
    const cut = (channels: Float32Array[]) => channels.map((c) => c.subarray(at, at + QUANTUM));
    limiter.process(cut(input), cut(output));
  }
  return output;
}

const scaled = (samples: Float32Array, gain: number) => samples.map((x) => x * gain);
const peak = (samples: Float32Array) => samples.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

test("what stays within 0 dBFS passes bit for bit, full scale included", () => {
  const left = noise(QUANTUM * 40);
  const right = scaled(noise(QUANTUM * 40, 2), 0.7);
  const full = scaled(left, 1 / peak(left));
  assert.deepEqual(limit([full, right]), [full, right]);
});

test("nothing ever exceeds 0 dBFS, wherever a peak falls in a quantum", () => {
  for (let at = 0; at < QUANTUM; at++) {
    const channel = new Float32Array(QUANTUM * 3).fill(0.5);
    channel[QUANTUM + at] = 4;
    const [output] = limit([channel]);
    assert.equal(peak(output), 1, `peak at ${at}`);
  }
  const loud = scaled(noise(QUANTUM * 100), 12);
  assert.ok(peak(limit([loud])[0]) <= 1);
});

test("both channels share one gain: the image does not move", () => {
  const left = scaled(noise(QUANTUM * 20), 3);
  const right = scaled(left, 0.25);
  const [l, r] = limit([left, right]);
  for (let i = 0; i < l.length; i++) {
    if (Math.abs(l[i]) < 0.999) assert.ok(Math.abs(r[i] - l[i] / 4) < 1e-6, `sample ${i}`);
  }
});

test("it turns down before a peak within a quantum, without a step", () => {
  const channel = new Float32Array(QUANTUM * 2).fill(0.5);
  channel.fill(1.5, QUANTUM + 100);
  const [output] = limit([channel]);
  let step = 0;
  for (let i = 1; i < QUANTUM + 100; i++)
    step = Math.max(step, Math.abs(output[i] - output[i - 1]));
  assert.ok(step < 0.01, `step of ${step}`);
});

test("after a peak the gain comes back, to exactly one", () => {
  const limiter = new Limiter(RATE);
  limit([new Float32Array(QUANTUM).fill(2)], limiter);
  assert.equal(limiter.gain, 0.5);
  const after = Math.ceil((0.08 * RATE) / QUANTUM) * QUANTUM;
  limit([new Float32Array(after)], limiter);
  assert.ok(
    Math.abs(limiter.gain - (1 - 0.5 / Math.E)) < 0.01,
    `63 % after 80 ms: ${limiter.gain}`,
  );
  limit([new Float32Array(QUANTUM * 500)], limiter);
  assert.equal(limiter.gain, 1);
});
