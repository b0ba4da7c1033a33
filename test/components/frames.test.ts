// The drawing loop: one for everybody, slower than the screen, gone with its last callback.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { onFrame } from "../../components/frames.ts";

let requests: FrameRequestCallback[] = [];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  requests = [];
  Object.assign(globalThis, {
    requestAnimationFrame: (callback: FrameRequestCallback) => requests.push(callback),
    cancelAnimationFrame: (id: number) => requests.splice(id - 1, 1),
  });
});
afterEach(() => mock.timers.reset());

/** The screen shows a frame `pause` milliseconds after the last. */
function screen(pause: number): number {
  mock.timers.tick(pause);
  const due = requests;
  requests = [];
  for (const callback of due) callback(performance.now());
  return due.length;
}

test("all callbacks share a loop of at most 12 frames a second", () => {
  const calls = { first: 0, second: 0 };
  const stops = [onFrame(() => calls.first++), onFrame(() => calls.second++)];
  const frames = Array.from({ length: 60 }, () => screen(1000 / 60)).reduce((a, b) => a + b);
  assert.deepEqual(calls, { first: frames, second: frames });
  assert.ok(frames >= 10 && frames <= 12, `${frames} frames`);
  for (const stop of stops) stop();
});

test("a callback that leaves and comes back in its own frame starts no second loop", () => {
  let stop = onFrame(function again() {
    stop();
    stop = onFrame(again);
  });
  for (let i = 0; i < 10; i++) assert.equal(screen(80), 1);
  stop();
});

test("after the last one has left, nothing is asked for: in the pause and before the frame", () => {
  onFrame(() => undefined)();
  assert.equal(screen(1000), 0);
  const stop = onFrame(() => undefined);
  mock.timers.tick(50);
  stop();
  assert.equal(screen(1000), 0);
});
