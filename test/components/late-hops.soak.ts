// The live model with and without the work ahead of the playhead: late hops of each, in real time and in
// turns on one machine. What counts is the difference: what another program on the machine, or the host of a
// virtual one, takes for itself makes hops late in either.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import {
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const PAIRS = 3;
/** Position in the song at which a run ends, in seconds. */
const SECONDS = 25;
/** The same, where the counting begins: code and scheduling have settled. */
const SETTLE = 3;

const STAT = "/proc/stat";

/** Ticks that the processors have spent, and those of them that the host of this machine took. */
function processorTime(): { all: number; stolen: number } | undefined {
  if (!existsSync(STAT)) return undefined;
  const ticks = readFileSync(STAT, "utf8").split("\n")[0].split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, count) => sum + count), stolen: ticks[7] };
}

interface Run {
  readonly late: number;
  readonly underruns: number;
  /** Share of the song. */
  readonly ready: number;
}

function play(t: TestContext, harness: MixerHarness, quality: "live" | "studio"): Promise<Run> {
  const body = `<stem-mixer src="/dist/demo/song/song.mp3" quality="${quality}"></stem-mixer>`;
  return harness.open(body, async (page) => {
    await playMixer(page);
    await untilMixer(page, (mixer, settle) => mixer.position > settle, SETTLE);
    const time = processorTime();
    const before = await withMixer(page, (mixer) => mixer.separator!.stats);
    await untilMixer(page, (mixer, end) => mixer.position > end, SECONDS);
    const { ready, after, latency } = await withMixer(page, (mixer) => ({
      ready: mixer.player.state.better?.ready ?? 0,
      after: mixer.separator!.stats,
      latency: mixer.separator!.latency,
    }));
    const now = processorTime();
    const late = after.lateHops - before.lateHops;
    const stolen = time && now && (now.stolen - time.stolen) / (now.all - time.all);
    t.diagnostic(
      `${quality}: ${late} late hops of ${after.hops - before.hops}, ${before.lateHops} before; ` +
        `latency ${Math.round(1000 * latency)} ms, load ${after.load.toFixed(2)}, ` +
        `ready ${ready.toFixed(2)}, stolen ${stolen?.toFixed(2) ?? "unknown"}`,
    );
    return { late, ready, underruns: after.underruns - before.underruns };
  });
}

test("stems computed ahead make no hop late", async (t) => {
  const harness = await startMixerHarness();
  try {
    const alone: Run[] = [];
    const beside: Run[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      alone.push(await play(t, harness, "live"));
      beside.push(await play(t, harness, "studio"));
    }
    assert.ok(
      beside.every(({ ready }) => ready > 0),
      "nothing was computed",
    );
    for (const count of ["late", "underruns"] as const) {
      const [without, withIt] = [alone, beside].map((runs) => runs.map((run) => run[count]));
      const sum = (counts: number[]) => counts.reduce((total, n) => total + n);
      assert.ok(
        sum(withIt) <= sum(without),
        `${count}: ${withIt.join(", ")} beside the work, ${without.join(", ")} without`,
      );
    }
  } finally {
    await harness.close();
  }
});
