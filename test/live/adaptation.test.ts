// Stepping down under load and back up: the ladder, its hysteresis, and the order of changes. Runs in
// Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Adaptation } from "../../src/live/adaptation.ts";
import { LiveControl, planWays, type Adapt } from "../../src/live/live-control.ts";
import type { LatencyMode } from "../../src/live/latency.ts";
import type { WorkerStats } from "../../src/live/protocol.ts";

const SECONDS = 0.25;

/** Feeds seconds of a load; gives the steps that it leads to, with the time it took. */
function feed(
  adaptation: Adaptation,
  seconds: number,
  load: number,
  { trouble = 0, most = Infinity } = {},
) {
  const steps: { step: number; after: number }[] = [];
  for (let t = SECONDS; t <= seconds && steps.length < most; t += SECONDS) {
    const before = adaptation.step;
    const step = adaptation.take({ seconds: SECONDS, load, trouble });
    if (step !== before) steps.push({ step, after: t });
  }
  return steps;
}

test("a load that lasts steps down, one step at a time, and no further than there are steps", () => {
  const adaptation = new Adaptation(2);
  const steps = feed(adaptation, 20, 0.95);
  assert.deepEqual(
    steps.map(({ step }) => step),
    [1, 2],
  );
  assert.ok(steps[0].after >= 1.5 && steps[0].after <= 2, "soon, and not at the first sign");
  assert.ok(steps[1].after - steps[0].after >= 2, "the first step gets time to work");
});

test("late hops alone step down; a short burst does not", () => {
  assert.equal(feed(new Adaptation(1), 1, 0.99).length, 0);
  assert.equal(feed(new Adaptation(1), 5, 0.3, { trouble: 0.1 }).length, 1);
  const bursts = new Adaptation(1);
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(feed(bursts, 1, 0.95), []);
    assert.deepEqual(feed(bursts, 2, 0.6), []);
  }
});

test("back up only after a long rest, slower each time that it proved wrong, then as at first", () => {
  const adaptation = new Adaptation(1);
  feed(adaptation, 3, 0.95);
  assert.equal(adaptation.step, 1);
  assert.deepEqual(feed(adaptation, 300, 0.6), [], "between the thresholds nothing changes");
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    const [up] = feed(adaptation, 400, 0.2, { most: 1 });
    assert.equal(up.step, 0);
    waits.push(up.after);
    // The work is too much again.
    adaptation.take({ seconds: 1, load: 0.2, trouble: 0 });
    assert.equal(feed(adaptation, 4, 0.95)[0].step, 1);
  }
  assert.ok(waits[0] >= 15 && waits[0] <= 17, `${waits}`);
  for (let i = 1; i < 5; i++) assert.ok(waits[i] > 1.8 * waits[i - 1], `${waits}`);
  assert.ok(waits[5] <= 245, `${waits}`);
  feed(adaptation, 300, 0.2);
  assert.equal(adaptation.step, 0);
  feed(adaptation, 61, 0.6);
  feed(adaptation, 4, 0.95);
  const [again] = feed(adaptation, 60, 0.2);
  assert.ok(again.after <= 17, "a step that held for a minute was right");
});

const room = (latencyMode: LatencyMode) =>
  ({ monitor: 0.26, balanced: 2.15, safe: 17.2 })[latencyMode];

test("the ladder: hops per run within the margin, then larger margins", () => {
  const plan = (latencyMode: LatencyMode, adapt: Adapt) =>
    planWays(latencyMode, { adapt, room }).map(
      ({ latencyMode, hopsPerRun }) => `${latencyMode} ${hopsPerRun}`,
    );
  assert.deepEqual(plan("monitor", true), ["monitor 1", "balanced 2", "safe 8"]);
  assert.deepEqual(plan("safe", true), ["safe 1", "safe 8"]);
  assert.deepEqual(plan("monitor", "same-latency"), ["monitor 1"]);
  assert.deepEqual(plan("balanced", "same-latency"), ["balanced 1", "balanced 2"]);
  assert.deepEqual(plan("monitor", false), ["monitor 1"]);
});

/** A control under a load of our choice, and all that it does. */
function rig({ adapt = true } = {}) {
  const done: string[] = [];
  const later: (() => void)[] = [];
  const control = new LiveControl("monitor", {
    adapt,
    marginOf: (latencyMode) => 512 * room(latencyMode),
    model: { hop: 512, manifest: { hop: 512, sampleRate: 44100 } } as never,
    setLatencyMode: (latencyMode) => done.push(latencyMode),
    setHopsPerRun: (hops) => done.push(`${hops} hops`),
    later: (action) => later.push(action),
    onstep: ({ step }) => done.push(`step ${step}`),
  });
  let [hops, busy] = [0, 0];
  const play = (seconds: number, load: number) => {
    for (let t = 0; t < seconds; t += SECONDS) {
      hops += Math.round((SECONDS * 44100) / 512);
      busy += 1000 * SECONDS * load;
      control.takeStats({ hops, busy, lateHops: 0, reusedMasks: 0 } as WorkerStats);
    }
    for (const action of later.splice(0)) action();
  };
  return { control, done, play };
}

test("the margin grows before it is used, and is used no more before it shrinks", () => {
  const { done, play } = rig();
  play(2.5, 0.9);
  assert.deepEqual(done.splice(0), ["balanced", "step 1", "2 hops"]);
  play(18, 0.2);
  assert.deepEqual(done.splice(0), ["1 hops", "step 0", "monitor"]);
});

test("a host may forbid it, and its own choice of latency mode begins anew", () => {
  const forbidden = rig({ adapt: false });
  forbidden.play(60, 0.99);
  assert.deepEqual(forbidden.done, []);
  const { done, play, control } = rig();
  play(2.5, 0.9);
  done.splice(0);
  control.setLatencyMode("safe");
  play(0, 0);
  assert.deepEqual(done, ["1 hops", "step 0", "safe"]);
});
