// What meters, lanes and spectrogram cost: ten minutes of <stem-mixer> with all of them, and with
// none, on the trained model and the bundled song. Real Chromium. `npm run test:soak`; SOAK_MINUTES
// makes it shorter. Late hops are compared only on a machine that had little else to do.
import assert from "node:assert/strict";
import os from "node:os";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import { withMixer, untilMixer } from "./mixer-harness.ts";
import { withContext } from "./pages.ts";

const SECONDS = 60 * Number(process.env.SOAK_MINUTES ?? 10);
/** Seconds that are enough for a main thread's share. */
const ENOUGH = 120;
/** Time after the start that does not count: code is still being compiled. */
const WARM_UP = 10;

interface Cost {
  /** Processor time of the main thread, as a share of a core. */
  readonly mainThread: number;
  readonly hops: number;
  readonly late: number;
  /** What all other programs took of the machine meanwhile, in cores. */
  readonly others: number;
}

/** Cores that others may take: a hop that waits for them is not late because of a picture. */
const QUIET = 0.2;

/** Seconds of processor time that all programs but this test and its browser have taken so far. */
async function othersTime(browser: Browser): Promise<number> {
  const all = os.cpus().reduce((sum, { times: { user, nice, sys, irq } }) => {
    return sum + (user + nice + sys + irq) / 1000;
  }, 0);
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.detach();
  const { user, system } = process.cpuUsage();
  return processInfo.reduce((left, { cpuTime }) => left - cpuTime, all - (user + system) / 1e6);
}

/** Plays the demo song round and round in a page; `hidden` leaves nothing to be drawn. */
async function measure(
  browser: Browser,
  url: string,
  hidden: boolean,
  seconds: number,
): Promise<Cost> {
  return withContext(browser, { viewport: { width: 1280, height: 1000 } }, url, async (page) => {
    const cdp = await page.context().newCDPSession(page);
    // The processor time of the main thread, whatever else the machine is doing.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    const busy = async () => {
      const { metrics } = await cdp.send("Performance.getMetrics");
      const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
      return { task: of("TaskDuration"), time: performance.now() / 1000 };
    };
    await withMixer(
      page,
      async (mixer, hidden) => {
        // Without a picture, and out of sight, a mixer's elements measure and draw nothing.
        mixer.picture = hidden ? "off" : "spectrogram";
        await mixer.play();
        mixer.loop = { a: 0, b: mixer.duration };
        if (hidden) for (const each of mixer.renderRoot.querySelectorAll("*")) each.remove();
      },
      hidden,
    );
    await untilMixer(
      page,
      (mixer, s) => mixer.player.state.nodes!.context.currentTime > s,
      WARM_UP,
    );
    const stats = () => withMixer(page, (mixer) => mixer.separator!.stats);
    const [before, statsBefore, othersBefore] = [
      await busy(),
      await stats(),
      await othersTime(browser),
    ];
    await page.waitForFunction(
      (end) => document.querySelector("stem-mixer")!.player.state.nodes!.context.currentTime > end,
      WARM_UP + seconds,
      { timeout: (seconds + 120) * 1000, polling: 1000 },
    );
    const [after, statsAfter] = [await busy(), await stats()];
    const others = (await othersTime(browser)) - othersBefore;
    return {
      mainThread: (after.task - before.task) / (after.time - before.time),
      hops: statsAfter.hops - statsBefore.hops,
      late: statsAfter.lateHops - statsBefore.lateHops,
      others: others / (after.time - before.time),
    };
  });
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

test("meters, lanes and spectrogram cost under 4 % of a core and leave the audio alone", async (t) => {
  const server = await startServer({
    mounts: { "/": "dist" },
    isolated: true,
    pages: {
      "/mixer": `<!doctype html><title>Soak</title>
        <script type="module" src="/stem-mixer.js"></script>
        <stem-mixer src="/demo/song/song.mp3" latency-mode="safe"></stem-mixer>`,
    },
  });
  const browser = await launchChromium();
  try {
    const all = await measure(browser, `${server.url}/mixer`, false, SECONDS);
    // What is without a late hop needs no long run to be compared with.
    const long = all.late > 0 ? SECONDS : Math.min(SECONDS, ENOUGH);
    const none = await measure(browser, `${server.url}/mixer`, true, long);
    const cost = all.mainThread - none.mainThread;
    for (const [name, { mainThread, hops, late, others }] of Object.entries({ none, all })) {
      t.diagnostic(
        `${name}: main thread ${percent(mainThread)}, ${late} of ${hops} hops late, ` +
          `others took ${others.toFixed(2)} cores`,
      );
    }
    t.diagnostic(`meters, lanes and spectrogram: ${percent(cost)} of a core`);
    assert.ok(cost < 0.04, percent(cost));
    if (Math.max(none.others, all.others) > QUIET) {
      t.diagnostic("late hops are not compared: the machine was busy with other programs");
    } else {
      assert.ok(all.late <= none.late, `${all.late} late hops against ${none.late}`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
});
