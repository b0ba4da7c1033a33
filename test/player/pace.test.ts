// How the background work makes room for live audio. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../src/player/ahead/pace.ts";

const live = { playing: true, lateHops: 0, load: 0.3 };

test("work takes three quarters of its time beside live audio, all of it while that pauses", () => {
  const pace = new Pace();
  assert.equal(pace.rest(300, live), 100);
  assert.equal(pace.rest(300, { ...live, playing: false }), 0);
});

test("where live audio needs much, the work takes little", () => {
  assert.equal(new Pace().rest(100, { ...live, load: 0.7 }), 300);
});

test("a late hop stops the work for a while, each further one for longer, up to a limit", () => {
  const pace = new Pace();
  const late = (lateHops: number) => pace.rest(0, { ...live, lateHops });
  assert.equal(late(5), 0, "late hops from before count for nothing");
  assert.deepEqual([6, 7, 9].map(late), [1000, 2000, 4000]);
  assert.equal(late(9), 0);
  assert.equal(late(10), 4000, "half forgotten");
  for (let hops = 11; hops < 20; hops++) late(hops);
  assert.equal(late(20), 16_000);
});
