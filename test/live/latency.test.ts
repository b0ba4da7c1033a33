// Latency by latencyMode and rate: what the parts say, within the goals, enough for the callback.
import assert from "node:assert/strict";
import { test } from "node:test";
import { planRings, LATENCY_MODES, totalLatency } from "../../src/live/latency.ts";

const LIVE = { delay: 512, hop: 512, sampleRate: 44100 };

test("monitor: synthesis window, three quanta of a 10 ms callback, 3 ms; within 35 ms", () => {
  const frames = totalLatency({ ...LIVE, baseLatency: 0.01, latencyMode: "monitor" });
  assert.equal(frames, 1024 + 384 + 133);
  assert.ok(frames / 44100 < 0.035);
});

test("latency modes rise, and a context with longer callbacks gets what it needs", () => {
  const of = (latencyMode: (typeof LATENCY_MODES)[number], baseLatency?: number) =>
    totalLatency({ ...LIVE, baseLatency, latencyMode });
  assert.ok(of("monitor") < of("balanced") && of("balanced") < of("safe"));
  assert.equal(of("monitor", 0), of("monitor"));
  assert.equal(of("monitor", 2048 / 44100) - of("monitor", 512 / 44100), 1536);
});

test("the rings hold the latency at every rate, and the input four seconds", () => {
  for (const sampleRate of [8000, 44100, 192_000]) {
    for (const latencyMode of LATENCY_MODES) {
      const scale = sampleRate / 44100;
      const sizes = { delay: Math.ceil(600 * scale), hop: 512 * scale, sampleRate };
      const latency = totalLatency({ ...sizes, baseLatency: 0.1, latencyMode });
      const plan = planRings(sizes, latency);
      assert.equal(plan.stemStart, -sizes.delay);
      // A reader may lag three quarters of a ring.
      assert.ok(0.75 * plan.stemCapacity > latency + sizes.delay + 2 * sizes.hop);
      assert.ok(plan.inputCapacity >= 4 * sampleRate);
      assert.ok(0.75 * plan.inputCapacity > 2 * latency + 8 * sizes.hop);
      assert.equal(Math.log2(plan.stemCapacity) % 1, 0);
      assert.equal(Math.log2(plan.inputCapacity) % 1, 0);
    }
  }
});
