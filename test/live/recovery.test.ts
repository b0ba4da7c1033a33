// Workers that fail, in a running AudioContext: another takes over, and the sound goes on dry until
// then, in time and without a click. Nothing here asks for speed but that what is ready is used.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page, Worker } from "playwright-core";
import { checkLeaps, expected, startHarness, type Harness } from "./harness.ts";
import type * as Realtime from "./realtime-page.ts";

const WORKER = "/dist/worker.js";

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

/** What may happen to the worker that is at work: the oldest, since spares are made later. */
const HARMS: Record<string, (worker: Worker) => Promise<unknown>> = {
  "ends without a word": (worker) => worker.evaluate(() => void setTimeout(() => self.close())),
  "throws an error": (worker) =>
    worker.evaluate(() => {
      setTimeout(() => {
        throw new Error("thrown on purpose");
      });
    }),
  "leaves a rejection unhandled": (worker) =>
    worker.evaluate(() => void Promise.reject(new Error("rejected on purpose"))),
  hangs: (worker) => {
    worker
      .evaluate(
        () =>
          void setTimeout(() => {
            for (;;);
          }),
      )
      .catch(() => undefined);
    return Promise.resolve();
  },
};

const MESSAGES: Record<string, RegExp> = {
  "ends without a word": /was ended/,
  "throws an error": /thrown on purpose/,
  "leaves a rejection unhandled": /rejected on purpose/,
  hangs: /no answer/,
};

/** Runs `recovery` in the page; `prepare` is awaited before each harm. */
async function recovery(
  page: Page,
  problems: string[],
  harms: string[],
  options: object,
  prepare: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Realtime.Recovery> {
  await page.exposeFunction("harm", async (how: string) => {
    await prepare();
    await HARMS[how](page.workers()[0]);
  });
  const result = await page.evaluate(
    async ({ harms, options }) => {
      const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
      return realtime.recovery(harms, options);
    },
    { harms, options },
  );
  expected(problems, /on purpose/);
  return result;
}

/** Whatever happened, the sound is the delayed input, and in the end it is the engine's. */
function checkSound(recovery: Realtime.Recovery): void {
  const { output, sum, like, stats, step, inputStep } = recovery;
  assert.ok(output <= 1e-6, `output: ${output}`);
  assert.ok(sum <= 1e-6, `sum of stems: ${sum}`);
  checkLeaps(recovery);
  assert.ok(like > 0.5, `the engine's stems are back: ${like}`);
  assert.ok(stats.dryFrames > 0 && stats.underruns > 0);
  // A fade of 5 ms cannot step further than the signals and their difference do.
  const bound = 2 * inputStep + 1 / (0.005 * 44100);
  assert.ok(step <= bound, `step ${step}, bound ${bound}`);
}

for (const transport of ["shared", "ports"] as const) {
  const harms = Object.keys(HARMS).slice(0, transport === "shared" ? 4 : 1);
  test(`a worker that ${harms.join(", ")} is replaced, ${transport}`, async (t) => {
    await harness.page(transport, async (page, problems) => {
      const spareReady = async () => {
        while (page.workers().length < 2) await page.waitForEvent("worker");
      };
      const result = await recovery(page, problems, harms, { transport }, spareReady);
      checkSound(result);
      assert.equal(result.state, "running");
      // On a machine that is too busy a healthy worker may count as hung, too.
      assert.ok(result.stats.restarts >= harms.length);
      const told = result.events.filter(({ type }) => type === "restarting");
      for (const harm of harms) {
        const event = told.find(({ message }) => message?.match(MESSAGES[harm]));
        assert.equal(event?.code, "worker", `${harm}: ${JSON.stringify(result.events)}`);
      }
      assert.equal(told[0].attempt, 1);
      const returned = result.events.filter(({ type }) => type === "restarted");
      t.diagnostic(`seconds until stems: ${returned.map(({ seconds }) => seconds?.toFixed(3))}`);
      assert.equal(returned.length, result.stats.restarts);
      assert.ok(!result.events.some(({ type }) => type === "error"));
    });
  });
}

test("workers that cannot be replaced: a few attempts, one error, dry sound, and a way back", async () => {
  await harness.page("shared", async (page, problems) => {
    const broken = "throw new Error('broken on purpose');";
    const breakWorkers = () => {
      harness.pages[WORKER] = broken;
      return Promise.resolve();
    };
    await page.exposeFunction("mend", () => delete harness.pages[WORKER]);
    const harms = ["ends without a word"];
    const result = await recovery(
      page,
      problems,
      harms,
      { spare: false, comesBack: true },
      breakWorkers,
    );
    checkSound(result);
    const types = result.events.map(({ type }) => type);
    const attempts = result.events.filter(({ type }) => type === "restarting");
    assert.deepEqual(
      attempts.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5, 1],
    );
    assert.deepEqual(
      types.filter((type) => type === "error" || type === "restarted"),
      ["error", "restarted"],
    );
    const { code, message } = result.events.find(({ type }) => type === "error")!;
    assert.equal(code, "worker");
    assert.match(message ?? "", /broken on purpose/);
    assert.equal(result.failedState, "failed");
    assert.equal(result.state, "running");
  });
});
