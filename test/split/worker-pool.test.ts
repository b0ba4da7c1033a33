// Which worker of a pool gets which work, with workers that only note what they are asked.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { expose } from "../../src/util/rpc.ts";
import { DannaError } from "../../src/errors.ts";
import type { Backend } from "../../src/engine/runtime.ts";
import { loadManifest, type FileManifest } from "../../src/model/manifest.ts";
import type { RunnerControl } from "../../src/split/workers/runner-worker.ts";
import type { Runner } from "../../src/split/workers/model-runner.ts";
import type { Planar } from "../../src/dsp/planar-queue.ts";
import { WorkerPool } from "../../src/split/workers/worker-pool.ts";
import { fixtureJson } from "../support/models.ts";

const never = new Promise<never>(() => undefined);
const ports: MessagePort[] = [];
after(() => ports.forEach((port) => port.close()));

/** A worker whose segments are done when the test says so. */
class Noted implements RunnerControl {
  readonly loads: number[] = [];
  readonly segments: (() => void)[] = [];
  /** What a load waits for, and its answer. */
  loading: Promise<Backend> = Promise.resolve("wasm");

  async load(id: number): Promise<Backend> {
    this.loads.push(id);
    return this.loading;
  }

  async separate(_: number, mixture: Planar): Promise<Planar> {
    await new Promise<void>((resolve) => this.segments.push(resolve));
    return mixture;
  }

  async push(_: number, block: Planar): Promise<Planar> {
    return block;
  }

  async finish(): Promise<Planar> {
    return [];
  }

  reset(): void {}
}

function poolOf(workers: readonly Noted[]): WorkerPool {
  const started = workers.map((worker) => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    expose(worker, port1);
    return { endpoint: port2, failed: never, terminate: () => undefined };
  });
  return new WorkerPool(started, {});
}

const forward = loadManifest(await fixtureJson("recurrent")) as FileManifest;
const whole = loadManifest(await fixtureJson("bidirectional")) as FileManifest;
const file = new Uint8Array();

function give(part: Runner, count: number): Promise<Planar>[] {
  assert.ok("separate" in part);
  return Array.from({ length: count }, () => part.separate([new Float32Array(1)]));
}

/** How many segments each worker got, once they are `total` and what else was sent has come, too. */
async function held(workers: readonly Noted[], total: number): Promise<number[]> {
  const counts = () => workers.map(({ segments }) => segments.length);
  for (let turns = 0; turns < 10;) {
    if (counts().reduce((a, b) => a + b) >= total) turns++;
    await setImmediate();
  }
  return counts();
}

test("segments go to the worker that holds fewest, two at most; the rest waits", async () => {
  const workers = [new Noted(), new Noted()];
  const part = await poolOf(workers).load(whole, file);
  assert.deepEqual(
    workers.map(({ loads }) => loads),
    [[0], []],
    "loaded before it was needed",
  );
  const stems = give(part, 5);
  assert.deepEqual(await held(workers, 4), [2, 2]);
  assert.deepEqual(
    workers.map(({ loads }) => loads),
    [[0], [0]],
  );
  workers[1].segments[0]();
  await stems[1];
  assert.deepEqual(await held(workers, 5), [2, 3]);
});

test("a worker with a model that runs forward in time gets fewer segments, and gets them later", async () => {
  const workers = [new Noted(), new Noted()];
  const pool = poolOf(workers);
  const part = await pool.load(whole, file);
  await pool.load(forward, file);
  assert.equal(give(part, 2).length, 2);
  assert.deepEqual(await held(workers, 2), [1, 1], "one had none");
  assert.equal(give(part, 1).length, 1);
  assert.deepEqual(await held(workers, 3), [2, 1]);
  assert.deepEqual(
    workers.map(({ loads }) => loads),
    [[0], [0, 1]],
    "the other worker loads the model of whole segments before its first segment",
  );
  const alone = [new Noted()];
  const small = poolOf(alone);
  const both = await small.load(whole, file);
  await small.load(forward, file);
  assert.equal(give(both, 1).length, 1);
  assert.deepEqual(await held(alone, 1), [1]);
});

test("a model that a worker was loading when its split was given up is there for the next", async () => {
  const workers = [new Noted(), new Noted()];
  let loaded!: (backend: Backend) => void;
  workers[1].loading = new Promise((resolve) => (loaded = resolve));
  const pool = poolOf(workers);
  const part = await pool.load(whole, file);
  const given = give(part, 2).map((stems) => assert.rejects(stems, /enough/));
  assert.deepEqual(await held(workers, 1), [1, 0]);
  pool.abandon(new Error("enough"));
  await Promise.all(given);
  workers[0].segments[0]();
  loaded("wasm");
  assert.deepEqual(await held(workers, 2), [1, 1], "what was given up is ended first");
  workers[1].segments[0]();
  const stems = give(part, 4);
  assert.deepEqual(await held(workers, 6), [3, 3]);
  for (const { segments } of workers) segments.forEach((end) => end());
  assert.equal((await Promise.all(stems)).length, 4);
  assert.deepEqual(workers[1].loads, [0], "loaded twice");
});

test("a model that a worker could not load is loaded with its next segment", async () => {
  const workers = [new Noted(), new Noted()];
  const pool = poolOf(workers);
  const part = await pool.load(whole, file);
  workers[1].loading = Promise.reject(new DannaError("platform", "no memory"));
  workers[1].loading.catch(() => undefined);
  const [, failing] = give(part, 2);
  await assert.rejects(failing, { code: "platform", message: "no memory" });
  workers[1].loading = Promise.resolve("wasm");
  const [again] = give(part, 1);
  assert.deepEqual(await held(workers, 2), [1, 1]);
  workers[1].segments[0]();
  assert.equal((await again).length, 1);
  assert.deepEqual(workers[1].loads, [0, 0]);
});
