// Which worker is at work, ended and awaited when workers hang and fail: with the
// real connections, to workers that only note what they are asked. Runs in Node.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DannaError } from "../../src/errors.ts";
import type { JoinedRings, Loaded, WorkerControl } from "../../src/live/protocol.ts";
import {
  WorkerSupervisor,
  type ActiveWorker,
  type SupervisorLoadOptions,
  type SupervisorParts,
} from "../../src/live/supervisor.ts";
import { WorkerConnection } from "../../src/live/worker-connection.ts";
import { expose } from "../../src/util/rpc.ts";

const LOADED = { backend: "wasm", delay: 1024, hop: 512 } as Loaded;
const RINGS = { position: 0, transport: { kind: "shared" } } as JoinedRings;

/** The workers that were started, in their order. */
let workers: Noted[] = [];

class Noted implements WorkerControl {
  terminated = false;
  /** Resolves when somebody waits here; what is waited for never comes. */
  readonly asked: Promise<void>;
  #ask = () => {};

  constructor() {
    this.asked = new Promise((resolve) => (this.#ask = resolve));
  }

  load(): Promise<Loaded> {
    return Promise.resolve(LOADED);
  }

  start(): void {}

  adjust(): void {}

  settle(): Promise<void> {
    // The first worker is the one that all go wrong with.
    if (this !== workers[0]) return Promise.resolve();
    this.#ask();
    return new Promise(() => {});
  }
}

/** In place of a browser's: a port to a worker that notes. */
function StartedWorker() {
  const { port1, port2 } = new MessageChannel();
  const noted = new Noted();
  workers.push(noted);
  expose(noted, port1);
  const terminate = () => {
    noted.terminated = true;
    port1.close();
    port2.close();
  };
  return Object.assign(port2, { terminate });
}

const pageGlobals = { Worker: StartedWorker, self: { origin: "null" }, navigator: {} };
for (const [name, value] of Object.entries(pageGlobals)) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name) ?? { value: undefined };
  Object.defineProperty(globalThis, name, { value, configurable: true });
  after(() => Object.defineProperty(globalThis, name, before));
}

const open = () => new WorkerConnection("data:text/javascript,");

interface Run {
  supervisor: WorkerSupervisor;
  first: ActiveWorker;
  /** Lets so many milliseconds pass. */
  pass: (time: number) => void;
  events: string[];
}

/** Runs `body` with a supervisor whose first worker is at work. */
async function supervised(
  body: (run: Run) => Promise<void>,
  parts: Partial<SupervisorParts> = {},
): Promise<void> {
  workers = [];
  let time = 0;
  const events: string[] = [];
  const supervisor = new WorkerSupervisor({} as SupervisorLoadOptions, {
    open,
    join: () => Promise.resolve(RINGS),
    leave: () => events.push("leave"),
    spare: false,
    now: () => time,
    ...parts,
  });
  supervisor.listener = {
    began: () => events.push("began"),
    stats: () => undefined,
    restarting: ({ error }) => events.push(`restarting: ${error.message}`),
    restarted: () => events.push("restarted"),
    gaveUp: () => events.push("gave up"),
  };
  const connection = open();
  const first = { connection, loaded: await connection.load({} as never) };
  supervisor.take(first);
  try {
    await body({ supervisor, first, pass: (more) => (time += more), events });
  } finally {
    supervisor.close();
  }
  assert.ok(
    workers.every(({ terminated }) => terminated),
    "no worker is left",
  );
}

const alive = () => workers.map(({ terminated }) => !terminated);

test("who waits for a worker that hangs is answered by the next one", () =>
  supervised(async ({ supervisor, pass, events }) => {
    const settled = supervisor.settle(100);
    await workers[0].asked;
    pass(2000);
    supervisor.heard(false, 2000);
    await settled;
    assert.deepEqual(events, [
      "leave",
      "restarting: The inference worker gives no answer.",
      "began",
    ]);
    assert.deepEqual(alive(), [false, true]);
  }));

test("nobody waits for ever when all is closed", () =>
  supervised(async ({ supervisor }) => {
    const settled = supervisor.settle(100);
    await workers[0].asked;
    supervisor.close();
    await settled;
  }));

test("a worker that cannot be joined is let go of, and another is tried", async () => {
  let joins = 0;
  let joined = () => {};
  const second = new Promise<void>((resolve) => (joined = resolve));
  const join = () => {
    if (++joins === 1) return Promise.reject(new DannaError("worker", "no memory for rings"));
    joined();
    return Promise.resolve(RINGS);
  };
  await supervised(
    async ({ supervisor, first, events }) => {
      first.connection.fail(new DannaError("worker", "on purpose"));
      await second;
      await supervisor.settle(100);
      assert.deepEqual(events, [
        "leave",
        "restarting: on purpose",
        "restarting: no memory for rings",
        "began",
      ]);
      assert.deepEqual(alive(), [false, false, true]);
    },
    { join },
  );
});
