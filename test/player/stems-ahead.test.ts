// Where the work on better stems begins when their worker is slow, and what follows when it fails. The
// worker is the test's own, since it decides when the playhead moves. Node.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, test } from "node:test";
import { StemsAhead } from "../../src/player/ahead/stems-ahead.ts";
import { REGION } from "../../src/player/protocol.ts";
import { songOf } from "../../src/player/song.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { expose, type Endpoint } from "../../src/util/rpc.ts";

/** So high that the time a test takes lets the playhead go anywhere. */
const RATE = 1e9;
const REGIONS = 24;

/** What split-worker.ts does, in regions: the playhead moves while a run's first one is computed. */
class Lead {
  static workers: { terminated: boolean; onerror?: (event: object) => void }[] = [];
  static opened: number[] = [];
  static beforeFirst: () => void = () => undefined;
  #next = 0;
  #fresh = true;
  load = async () => ({ manifest: { name: "identity" }, sampleRate: RATE });
  open = async (_: unknown, { from }: { from: number }) => {
    this.#next = Math.round((from * RATE) / REGION);
    this.#fresh = true;
    Lead.opened.push(this.#next);
    return { sampleRate: RATE, channels: 2 };
  };
  next = async () => {
    if (this.#fresh) Lead.beforeFirst();
    this.#fresh = false;
    const planes = () => [new Float32Array(REGION), new Float32Array(REGION)];
    const stems = Object.fromEntries(DEFAULT_STEMS.map((stem) => [stem, planes()]));
    return { chunk: { start: REGION * this.#next++, sampleRate: RATE, stems } };
  };
  close = async () => undefined;
}

class StubWorker {
  terminated = false;
  readonly #ports = new MessageChannel();
  constructor() {
    expose(new Lead(), this.#ports.port1 as unknown as Endpoint);
    const { port2 } = this.#ports;
    Object.assign(this, {
      postMessage: port2.postMessage.bind(port2),
      addEventListener: port2.addEventListener.bind(port2),
      removeEventListener: port2.removeEventListener.bind(port2),
      start: port2.start.bind(port2),
    });
    Lead.workers.push(this);
  }
  terminate(): void {
    this.terminated = true;
    this.#ports.port1.close();
  }
}

Object.defineProperty(globalThis, "Worker", { configurable: true, get: () => StubWorker });
Object.assign(globalThis, {
  location: { href: "http://localhost/" },
  self: { origin: "http://localhost" },
  fetch: async (url: URL | string) =>
    new Response(await readFile(path.join("test/models", path.basename(String(url))))),
});

beforeEach(() => {
  Lead.workers = [];
  Lead.opened = [];
  Lead.beforeFirst = () => undefined;
});

async function stemsAhead(playhead: () => number) {
  const silence = new Float32Array(REGION);
  const blocks = Array.from({ length: REGIONS }, () => [silence, silence] as const);
  const ahead = new StemsAhead({
    song: songOf(blocks, RATE),
    stems: ["vocals", "drums", "bass", "other"],
    model: "identity",
    baseUrl: "http://localhost/",
    playhead,
    pause: async () => undefined,
  });
  await ahead.open("a song");
  return ahead;
}

test("work that was late begins so far ahead of the playhead that its next stems are in time", async () => {
  let at = 0;
  Lead.beforeFirst = () => (at += 4 * REGION);
  const ahead = await stemsAhead(() => at);
  const ready: number[] = [];
  ahead.on("region", (region) => ready.push(region));
  await ahead.complete();
  // Late at 0, with the playhead at 4; 4 more will have passed when the next run has its first.
  assert.deepEqual(Lead.opened.slice(0, 2), [0, 8]);
  assert.deepEqual(ready.slice(0, 4), [0, 8, 9, 10]);
  assert.equal(ready.length, REGIONS, "what was passed by is computed in the end, nothing twice");
  await ahead.dispose();
});

test("a worker that failed is not asked again: the next request starts another", async () => {
  Lead.beforeFirst = () => {
    const [worker] = Lead.workers;
    if (Lead.workers.length === 1) {
      worker.onerror?.({ message: "out of memory", preventDefault: () => undefined });
    }
  };
  const ahead = await stemsAhead(() => 0);
  await assert.rejects(ahead.complete(), { code: "worker", message: /out of memory/ });
  assert.equal(Lead.workers[0].terminated, true);
  await ahead.complete();
  assert.equal(Lead.workers.length, 2);
  assert.ok(ahead.map.complete);
  await ahead.dispose();
});
