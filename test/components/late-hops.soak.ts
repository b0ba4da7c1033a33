// The live model with and without the work ahead of the playhead: late hops of each, half a minute of the
// bundled song in real time. What counts is the difference in one run on one machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { playMixer, startMixerHarness, untilMixer, withMixer } from "./mixer-harness.ts";

const SECONDS = 25;
/** Seconds for code and scheduling to settle. */
const SETTLE = 3;

test("stems computed ahead make no hop late", async (t) => {
  const harness = await startMixerHarness();
  const run = (quality: string) =>
    harness.open(
      `<stem-mixer src="/dist/demo/song/song.mp3" studio-model="live" quality="${quality}"></stem-mixer>`,
      async (page) => {
        await playMixer(page);
        await untilMixer(page, (mixer, settle) => mixer.position > settle, SETTLE);
        const before = await withMixer(page, (mixer) => mixer.separator!.stats);
        await untilMixer(page, (mixer, end) => mixer.position > end, SECONDS);
        const { ready, after } = await withMixer(page, (mixer) => ({
          ready: mixer.session!.songStems?.ready ?? 0,
          after: mixer.separator!.stats,
        }));
        const late = after.lateHops - before.lateHops;
        t.diagnostic(
          `${quality}: ${late} late hops, load ${after.load.toFixed(2)}, ready ${ready}`,
        );
        return { late, ready, underruns: after.underruns - before.underruns };
      },
    );
  try {
    const alone = await run("live");
    const beside = await run("studio");
    assert.ok(beside.ready > 0, "nothing was computed");
    assert.ok(beside.late <= alone.late, `${beside.late} late hops, ${alone.late} without`);
    assert.equal(beside.underruns, alone.underruns);
  } finally {
    await harness.close();
  }
});
