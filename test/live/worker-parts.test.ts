// Small parts of the worker. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isSoftware } from "../../src/engine/adapter.ts";
import { HopTimes } from "../../src/live/worker/hop-times.ts";

test("percentiles of the last 1024 hops", () => {
  const times = new HopTimes();
  assert.deepEqual(times.summary(), { p50: 0, p99: 0, mean: 0 });
  for (let i = 100; i >= 1; i--) times.add(i);
  assert.deepEqual(times.summary(), { p50: 50, p99: 99, mean: 50.5 });
  for (let i = 0; i < 1024; i++) times.add(7);
  assert.deepEqual(times.summary(), { p50: 7, p99: 7, mean: 7 });
});

test("software adapters are told from real ones, in all the ways that browsers tell it", () => {
  assert.equal(isSoftware({ info: { isFallbackAdapter: true } }), true);
  assert.equal(isSoftware({ isFallbackAdapter: true }), true);
  assert.equal(isSoftware({ info: { architecture: "swiftshader" } }), true);
  assert.equal(isSoftware({ info: { description: "llvmpipe (LLVM 15)" } }), true);
  assert.equal(isSoftware({ info: { description: "Microsoft Basic Render Driver" } }), true);
  assert.equal(isSoftware({ info: { isFallbackAdapter: false, architecture: "ampere" } }), false);
  assert.equal(isSoftware({}), false);
});
