// Big arrays give their memory back at once, also where the event loop does not turn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { release } from "../../src/util/release.ts";

const MIB = 2 ** 20;

test("what is released is gone at once, not when the collector or the event loop comes to it", async () => {
  await release(new Float32Array(MIB));
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 32; i++) {
    const array = new Float32Array(2 * MIB);
    await release(array);
    assert.equal(array.length, 0);
    assert.ok(process.memoryUsage().arrayBuffers < before + 8 * MIB, `array ${i}`);
  }
});

test("small arrays and shared memory stay", async () => {
  const small = new Float32Array(100);
  const shared = new Float32Array(new SharedArrayBuffer(4 * MIB));
  await release(small);
  await release(shared);
  assert.equal(small.length, 100);
  assert.equal(shared.length, MIB);
});
