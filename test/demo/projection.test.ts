// The measure itself: parts of known level are found at that level.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noise } from "../support/signals.ts";
import { sourceEnergies } from "./projection.ts";

const FRAMES = 8192;
const energy = (signal: Float32Array) => signal.reduce((sum, x) => sum + x * x, 0);
const decibels = (ratio: number) => 10 * Math.log10(ratio);

test("finds the level of each source in a mixture, filtered, with a stranger beside them", () => {
  const first = [noise(FRAMES, 1), noise(FRAMES, 2)];
  const second = [noise(FRAMES, 3), noise(FRAMES, 4)];
  const absent = [noise(FRAMES, 5), noise(FRAMES, 6)];
  const stranger = noise(FRAMES, 7);
  // Half of the first, delayed by 3 samples; the second as it is, and silent in the second window.
  second.forEach((channel) => channel.fill(0, FRAMES / 2));
  const mixture = first.map((channel, c) =>
    channel.map((_, n) => 0.5 * (channel[n - 3] ?? 0) + second[c][n] + 0.3 * stranger[n]),
  );
  const windows = sourceEnergies(mixture, [first, second, absent], FRAMES / 2);
  assert.equal(windows.length, 2);
  windows.forEach(([a, b, c], window) => {
    const part = (signal: Float32Array) =>
      energy(signal.subarray((window * FRAMES) / 2, ((window + 1) * FRAMES) / 2));
    const whole = part(first[0]) + part(first[1]);
    assert.ok(Math.abs(decibels(a / whole) + 6.02) < 0.5, `first: ${decibels(a / whole)} dB`);
    if (window === 0) {
      const level = decibels(b / (part(second[0]) + part(second[1])));
      assert.ok(Math.abs(level) < 0.5, `second: ${level} dB`);
    } else {
      assert.ok(b < 1e-6 * whole, `silent second: ${b}`);
    }
    assert.ok(decibels(c / whole) < -14, `absent: ${decibels(c / whole)} dB`);
  });
});
