// The soak run: a separator with the shipped model plays on, for SOAK_MINUTES (30), through all that
// can happen to it, and every sample that it plays is traced to its input. Prints a table, and writes
// it with every event to dist/soak.json. Runs in Node.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { SOFTWARE_WEBGPU } from "../support/chromium.ts";
import { busyProcess } from "../live/busy.ts";
import { expected, startHarness, type Harness } from "../live/harness.ts";
import type * as Soak from "./soak-page.ts";

const MINUTES = Number(process.env.SOAK_MINUTES ?? 30);
const REPORT = "dist/soak.json";
/** Seconds of one trouble, before the next. */
const LONGEST_PHASE = 20;
/** Seconds from a worker's end to another's stems. */
const RECOVERY_TARGET = 1;

type Transport = "shared" | "ports";

interface Phase extends Soak.PhaseReport {
  name: string;
  seconds: number;
  load: number;
  stumbled: string;
}

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** Half of a phase, or until there is a worker to take over, which takes long on a busy machine. */
async function untilSpare(page: Page, seconds: number): Promise<void> {
  await wait(seconds / 2);
  // The page waits for the lock of every worker that has loaded its model.
  const ready = async () => {
    const { pending = [] } = await navigator.locks.query();
    return pending.filter(({ name }) => name?.startsWith("danna-sep ")).length >= 2;
  };
  await page.waitForFunction(ready, undefined, { polling: 100 });
}

/** What only Node can do to a page; whatever is not here the page does to itself. */
const OUTSIDE: Record<string, (page: Page, seconds: number) => Promise<void>> = {
  async "busy processes"(_page, seconds) {
    const busy = cpus().map(() => busyProcess());
    try {
      await wait(seconds);
    } finally {
      for (const { stop } of busy) stop();
    }
  },

  async "page hidden"(page, seconds) {
    const opened = page.waitForEvent("popup");
    await page.evaluate(() => void window.open("/blank"));
    const other = await opened;
    await other.bringToFront();
    await wait(seconds);
    await other.close();
    await page.bringToFront();
  },

  async "microphone taken away and back"(page, seconds) {
    const soak = (body: (soak: typeof Soak) => unknown) =>
      page.evaluate(
        `import("/soak.js").then((soak) => (${body.toString()})(soak)).then(() => undefined)`,
      );
    const permit = () => page.context().grantPermissions(["microphone"]);
    await permit();
    await soak((soak) => soak.listen());
    try {
      for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
        await wait(1);
        // Chromium ends the track, as it does when the device is unplugged.
        await page.context().clearPermissions();
        await soak((soak) => soak.untilMicrophone("interrupted"));
        await permit();
        await soak(() => navigator.mediaDevices.dispatchEvent(new Event("devicechange")));
        await soak((soak) => soak.untilMicrophone("live"));
      }
    } finally {
      await soak((soak) => soak.listenNoMore());
    }
  },

  async "worker ended"(page, seconds) {
    await untilSpare(page, seconds);
    await page.workers()[0].evaluate(() => void setTimeout(() => self.close()));
    await wait(seconds / 2);
  },

  async "worker throws"(page, seconds) {
    await untilSpare(page, seconds);
    await page.workers()[0].evaluate(() => {
      setTimeout(() => {
        throw new Error("thrown on purpose");
      });
    });
    await wait(seconds / 2);
  },

  async "worker hangs"(page, seconds) {
    await untilSpare(page, seconds);
    const hang = page.workers()[0].evaluate(
      () =>
        void setTimeout(() => {
          for (;;);
        }),
    );
    hang.catch(() => undefined);
    await wait(seconds / 2);
  },
};

const ORDER = [
  "nothing special",
  "busy processes",
  "worker ended",
  "memory pressure",
  "main thread blocked",
  "latency mode changes",
  "worker throws",
  "page hidden",
  "context suspended and resumed",
  "seek storm",
  "worker hangs",
  "input lost and back",
  "microphone taken away and back",
  "output device lost and back",
];

async function trouble(page: Page, name: string, seconds: number): Promise<void> {
  if (name in OUTSIDE) await OUTSIDE[name](page, seconds);
  else {
    await page.evaluate(
      async ({ name, seconds }) => {
        const soak = (await import("/soak.js" as string)) as typeof Soak;
        await soak.troubles[name](seconds);
      },
      { name, seconds },
    );
  }
}

async function runPhase(page: Page, name: string, seconds: number): Promise<Phase> {
  // What a test tool stumbles over must not end half an hour's run; it fails at the end.
  const stumbled = await trouble(page, name, seconds).then(
    () => "",
    (error: unknown) => String(error),
  );
  const report = await page.evaluate(async () => {
    const soak = (await import("/soak.js" as string)) as typeof Soak;
    return soak.report();
  });
  return { name, seconds, load: loadavg()[0], stumbled, ...report };
}

/** Plays through one phase after the other until each had its turn and the time is over. */
async function play(harness: Harness, transport: Transport, minutes: number): Promise<Phase[]> {
  return harness.page(transport, async (page, problems) => {
    await page.evaluate(async (transport) => {
      const soak = (await import("/soak.js" as string)) as typeof Soak;
      await soak.start({ transport });
    }, transport);
    const phases: Phase[] = [];
    const seconds = Math.min(LONGEST_PHASE, (60 * minutes) / ORDER.length);
    const end = Date.now() + 60_000 * minutes;
    while (phases.length < ORDER.length || Date.now() < end) {
      phases.push(await runPhase(page, ORDER[phases.length % ORDER.length], seconds));
    }
    await page.evaluate(async () => {
      const soak = (await import("/soak.js" as string)) as typeof Soak;
      await soak.stop();
    });
    expected(problems, /on purpose/);
    return phases;
  });
}

/** A model on the GPU, which is lost. */
async function loseGpu(harness: Harness): Promise<Phase> {
  return harness.page("shared", async (page) => {
    await page.evaluate(async () => {
      const soak = (await import("/soak.js" as string)) as typeof Soak;
      await soak.start({ model: "/models/bands.json", backend: "webgpu", latencyMode: "safe" });
    });
    await wait(10);
    await (await harness.browserSession()).send("Browser.crashGpuProcess");
    const phase = await runPhase(page, "nothing special", 5);
    await page.evaluate(async () => {
      const soak = (await import("/soak.js" as string)) as typeof Soak;
      await soak.stop();
    });
    return { ...phase, name: "GPU lost" };
  });
}

/** Counts grow from phase to phase: what belongs to each. */
function growth(
  phases: Phase[],
  count: "lateHops" | "dryFrames" | "reusedMasks" | "hops",
): number[] {
  return phases.map(({ stats }, i) => {
    const before = i > 0 ? phases[i - 1].stats[count] : 0;
    // Another separator counts from zero.
    return stats[count] < before ? stats[count] : stats[count] - before;
  });
}

function table(phases: Phase[]): Record<string, unknown>[] {
  const late = growth(phases, "lateHops");
  const dry = growth(phases, "dryFrames");
  const reused = growth(phases, "reusedMasks");
  const hops = growth(phases, "hops");
  const rows = new Map<string, Record<string, number>>();
  phases.forEach(({ name, survey, events }, i) => {
    const recoveries = events.flatMap(({ seconds }) => seconds ?? []);
    const row = rows.get(name) ?? {};
    rows.set(name, row);
    const add = (column: string, value: number) => (row[column] = (row[column] ?? 0) + value);
    const most = (column: string, value: number) =>
      (row[column] = Math.max(row[column] ?? 0, value));
    add("times", 1);
    add("samples", survey.frames);
    add("verified", survey.verified);
    add("gliding", survey.gliding);
    add("lost", survey.lost);
    add("jumps", survey.jumps);
    add("clicks", survey.clicks);
    add("NaN", survey.notNumbers);
    add("level jumps", survey.levelJumps);
    add("hops", hops[i]);
    add("late", late[i]);
    add("reused", reused[i]);
    add("dry samples", dry[i]);
    add("restarts", recoveries.length);
    add("adaptations", events.filter(({ type }) => type === "adapt").length);
    most("slowest recovery, s", Math.round(1000 * Math.max(0, ...recoveries)) / 1000);
    most("largest step", Number(survey.largestStep.toPrecision(2)));
    most("system load", Math.round(10 * phases[i].load) / 10);
  });
  return [...rows].map(([trouble, row]) => ({ trouble, ...row }));
}

/** Nothing is lost, nothing moves, nothing clicks; every sample is accounted for. */
function check(phases: Phase[], t: TestContext): void {
  for (const { name, survey, state, events, stumbled } of phases) {
    assert.equal(stumbled, "", name);
    const { verified, gliding, frames, lost, jumps, clicks, notNumbers, levelJumps } = survey;
    const faults = { lost, jumps, clicks, notNumbers, levelJumps };
    assert.deepEqual(
      faults,
      { lost: 0, jumps: 0, clicks: 0, notNumbers: 0, levelJumps: 0 },
      `${name}: ${JSON.stringify({ faults, largest: survey.largestError, events })}`,
    );
    assert.equal(verified + gliding, frames, name);
    assert.ok(frames > 0, name);
    assert.equal(state, "running", name);
  }
  const slow = phases.flatMap(({ name, events }) =>
    name === "worker hangs" ? [] : events.flatMap(({ seconds }) => seconds ?? []),
  );
  const worst = Math.max(0, ...slow);
  t.diagnostic(`slowest recovery of ${slow.length}: ${worst.toFixed(3)} s`);
  assert.ok(worst <= RECOVERY_TARGET, `recovery took ${worst} s`);
}

test(`${MINUTES} minutes of trouble: every sample in its place`, async (t) => {
  const script = (name: string) => bundleScript(path.resolve(import.meta.dirname, name));
  const harness = await startHarness([SOFTWARE_WEBGPU, "--use-fake-device-for-media-stream"], {
    "/soak.js": await script("soak-page.ts"),
    "/surveyor.js": await script("surveyor-worklet.ts"),
  });
  try {
    const phases = [
      ...(await play(harness, "shared", (2 * MINUTES) / 3)),
      ...(await play(harness, "ports", MINUTES / 3)),
      await loseGpu(harness),
    ];
    console.table(table(phases));
    await writeFile(REPORT, JSON.stringify({ minutes: MINUTES, phases }, null, 1));
    check(phases, t);
  } finally {
    await harness.close();
  }
});
