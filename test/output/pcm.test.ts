// The bytes of whole-number and float samples. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pcmBytes } from "../../src/output/pcm.ts";

const LEFT = Float32Array.of(0, 0.5, 1, 3, -1, -3, 0.6 / 32768, -0.6 / 32768);
const RIGHT = LEFT.map((sample) => -sample);

/** Left only. */
const left = <T>(values: ArrayLike<T>) => Array.from(values).filter((_, i) => i % 2 === 0);

test("16 bits: left and right in turn, rounded, clipped at full scale", () => {
  const values = new Int16Array(pcmBytes(LEFT, RIGHT, "pcm-s16").buffer);
  assert.deepEqual(left(values), [0, 16384, 32767, 32767, -32768, -32768, 1, -1]);
  assert.deepEqual(left(values.slice(1)), [0, -16384, -32768, -32768, 32767, 32767, -1, 1]);
});

test("24 bits: three bytes a sample, the lowest first", () => {
  const bytes = Buffer.from(pcmBytes(LEFT, RIGHT, "pcm-s24"));
  const values = Array.from({ length: bytes.length / 3 }, (_, i) => bytes.readIntLE(3 * i, 3));
  const full = 2 ** 23;
  assert.deepEqual(left(values), [0, full / 2, full - 1, full - 1, -full, -full, 154, -154]);
});

test("32 bits: floats as they are, beyond full scale, too", () => {
  const values = new Float32Array(pcmBytes(LEFT, RIGHT, "pcm-f32").buffer);
  assert.deepEqual(left(values), Array.from(LEFT));
  assert.deepEqual(left(values.slice(1)), Array.from(RIGHT));
});
