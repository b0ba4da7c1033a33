// What counts as sound, at its very limits. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { copySanitised } from "../../src/dsp/sanitise.ts";

test("samples up to 80 dB over full scale are copied as they are, others are zeros and counted", () => {
  const beyond = 10000.001;
  const samples = [7, 1, -1e4, 1e4, beyond, -beyond, NaN, Infinity, -Infinity, 1e-45, -0, 7];
  const clean = new Float32Array(10).fill(9);
  assert.equal(copySanitised(Float32Array.from(samples), 1, clean), 5);
  assert.deepEqual(clean, new Float32Array([1, -1e4, 1e4, 0, 0, 0, 0, 0, 1e-45, -0]));
  assert.equal(copySanitised(new Float32Array(10), 0, clean), 0);
});
