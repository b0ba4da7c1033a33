// The whole of the adaptation in a running AudioContext: an inference worker that is slowed down steps
// down by each of its means and comes back, and every sample played meanwhile is traced to its input.
// Runs in Node.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test, type TestContext } from "node:test";
import type { Page, Worker } from "playwright-core";
import type { SeparatorEvents, StemSeparatorOptions } from "../../src/index.ts";
import { startHarness, type Harness } from "../live/harness.ts";
import { bundleScript } from "../support/bundle.ts";
import type * as Soak from "./soak-page.ts";

type Step = SeparatorEvents["adapt"];

/** Costs next to nothing by itself, so that the load is the one that is asked for. */
const MODEL = "/models/bands.json";
/** Longer than the way back up takes at its first try, and at a second on a busy machine. */
const PATIENCE = 90_000;

let harness: Harness;
before(async () => {
  const script = (name: string) => bundleScript(path.resolve(import.meta.dirname, name));
  harness = await startHarness([], {
    "/soak.js": await script("soak-page.ts"),
    "/surveyor.js": await script("surveyor-worklet.ts"),
  });
});
after(() => harness.close());

/** Makes every run of the worker's model take so many milliseconds more: a machine that got slower. */
const slowDown = (worker: Worker, milliseconds: number) =>
  worker.evaluate((milliseconds) => {
    const state = globalThis as { extra?: number };
    const known = state.extra !== undefined;
    state.extra = milliseconds;
    if (known) return;
    const { copyWithin } = Float32Array.prototype;
    Float32Array.prototype.copyWithin = function (...range) {
      // The spectra of a whole run, which are moved on once.
      if (this.length >= 4100) {
        for (const end = performance.now() + state.extra!; performance.now() < end;);
      }
      return copyWithin.apply(this, range);
    };
  }, milliseconds);

/** One separator that plays, and all that it has told so far. */
class Session {
  readonly steps: Step[] = [];
  readonly latencies: number[] = [];
  readonly #page: Page;
  last!: Soak.PhaseReport;

  constructor(page: Page) {
    this.#page = page;
  }

  async start(options: StemSeparatorOptions): Promise<Worker> {
    await this.#page.evaluate(async (options) => {
      const soak = (await import("/soak.js" as string)) as typeof Soak;
      await soak.start(options);
    }, options);
    return this.#page.workers()[0];
  }

  /** Plays on for a moment and checks every sample of it. */
  async look(): Promise<void> {
    const report = await this.#page.evaluate(async () => {
      const soak = (await import("/soak.js" as string)) as typeof Soak;
      await soak.troubles["nothing special"](0.5);
      return soak.report();
    });
    this.last = report;
    for (const { type, payload } of report.events) {
      if (type === "adapt") this.steps.push(payload as Step);
      if (type === "latency") this.latencies.push((payload as { latency: number }).latency);
      assert.notEqual(type, "error");
    }
    const { frames, verified, gliding, lost, jumps, clicks, notNumbers, levelJumps } =
      report.survey;
    assert.deepEqual(
      { lost, jumps, clicks, notNumbers, levelJumps },
      { lost: 0, jumps: 0, clicks: 0, notNumbers: 0, levelJumps: 0 },
    );
    assert.equal(verified + gliding, frames);
    assert.equal(report.state, "running");
  }

  /** Until there was such a step; every step is one from the one before. */
  async untilStep(wanted: (step: Step) => boolean): Promise<Step> {
    const from = this.steps.length;
    for (const end = Date.now() + PATIENCE; Date.now() < end;) {
      await this.look();
      const found = this.steps.slice(from).find(wanted);
      if (found) return found;
    }
    throw new Error(`no such step: ${JSON.stringify(this.steps)}`);
  }
}

/** Plays with a separator, and prints its steps. */
const play = (
  t: TestContext,
  options: StemSeparatorOptions,
  body: (session: Session, worker: Worker) => Promise<void>,
) =>
  harness.page("shared", async (page) => {
    const session = new Session(page);
    const worker = await session.start(options);
    try {
      await body(session, worker);
    } finally {
      for (const step of session.steps) t.diagnostic(JSON.stringify(step));
    }
  });

test("several hops a run, then a larger latency, and back: one step at a time, unheard", (t) =>
  play(t, { model: MODEL, latencyMode: "balanced", spare: false }, async (session, worker) => {
    await session.look();
    const { latency } = session.last;
    await slowDown(worker, 13);
    const first = await session.untilStep(({ step }) => step === 1);
    assert.deepEqual([first.hopsPerRun, first.lighterModel], [2, false]);
    assert.ok(first.load > 0.5 && first.latency === latency, JSON.stringify(first));
    await slowDown(worker, 30);
    const second = await session.untilStep(({ step }) => step === 2);
    assert.equal(second.hopsPerRun, 8);
    assert.ok(second.latency > latency);
    assert.equal(session.latencies.at(-1), second.latency);
    await slowDown(worker, 0);
    const back = await session.untilStep(({ step }) => step === 0);
    assert.deepEqual([back.hopsPerRun, back.latency], [1, latency]);
    await session.look();
    assert.equal(session.last.latency, latency);
    session.steps.reduce((before, { step }) => {
      assert.equal(Math.abs(step - before), 1);
      return step;
    }, 0);
  }));

test("a lighter model, and back, at the same latency", (t) =>
  play(
    t,
    {
      model: MODEL,
      latencyMode: "balanced",
      spare: false,
      adapt: "same-latency",
      lighterModel: "/models/identity.json",
    },
    async (session, worker) => {
      // Beyond what more hops a run can save.
      await slowDown(worker, 40);
      const lighter = await session.untilStep(({ lighterModel }) => lighterModel);
      assert.equal(lighter.step, 2);
      const back = await session.untilStep(({ step }) => step === 0);
      assert.equal(back.lighterModel, false);
      for (let i = 0; i < 6; i++) await session.look();
      assert.deepEqual(session.latencies, []);
    },
  ));

test("where a host forbids it the load is told, and nothing changes", (t) =>
  play(
    t,
    { model: MODEL, latencyMode: "balanced", spare: false, adapt: false },
    async (session, worker) => {
      await slowDown(worker, 20);
      for (let i = 0; i < 14; i++) await session.look();
      assert.ok(session.last.stats.load > 0.8, `load ${session.last.stats.load}`);
      assert.deepEqual([session.steps, session.latencies], [[], []]);
    },
  ));
