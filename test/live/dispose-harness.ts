// Makes separators, disposes of them, and counts what is left in the page's process. Runs in Node.
import assert from "node:assert/strict";
import type { CDPSession } from "playwright-core";
import { DevToolsTarget } from "../support/devtools.ts";
import { startHarness } from "./harness.ts";
import { workersEnded } from "../support/chromium.ts";
import type * as Live from "./live-page.ts";

/** Chromium's own counts of what lives in the page's process. */
const COUNTED = [
  "AudioHandlers",
  "AudioWorkletProcessors",
  "WorkerGlobalScopes",
  "JSEventListeners",
] as const;

type Counts = Record<(typeof COUNTED)[number] | "ports" | "worklet nodes" | "workers", number>;

/** One handler: the context's destination. */
const ONLY_THE_CONTEXT: Counts = {
  AudioHandlers: 1,
  AudioWorkletProcessors: 0,
  WorkerGlobalScopes: 0,
  JSEventListeners: 0,
  ports: 0,
  "worklet nodes": 0,
  workers: 0,
};

async function instances(client: CDPSession, type: string): Promise<number> {
  const prototype = await client.send("Runtime.evaluate", { expression: `${type}.prototype` });
  const { objects } = await client.send("Runtime.queryObjects", {
    prototypeObjectId: prototype.result.objectId ?? "",
  });
  const { result } = await client.send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.length; }",
    returnByValue: true,
  });
  await client.send("Runtime.releaseObject", { objectId: objects.objectId ?? "" });
  return result.value as number;
}

async function count(client: CDPSession): Promise<Counts> {
  await client.send("HeapProfiler.collectGarbage");
  const { metrics } = await client.send("Performance.getMetrics");
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return {
    ...(Object.fromEntries(COUNTED.map((name) => [name, value(name)])) as Counts),
    ports: await instances(client, "MessagePort"),
    "worklet nodes": await instances(client, "AudioWorkletNode"),
    workers: await instances(client, "Worker"),
  };
}

/** Fails unless nothing is left of so many separators. */
export async function createAndDispose(times: number): Promise<void> {
  const harness = await startHarness();
  try {
    await harness.page("shared", async (page) => {
      const devTools = await DevToolsTarget.of(page);
      const client = await page.context().newCDPSession(page);
      await client.send("Performance.enable");
      await page.evaluate(async (times) => {
        const live = (await import("/live.js" as string)) as typeof Live;
        await live.createAndDispose(times);
      }, times);
      // The audio thread lets go of its nodes a little later, and its own garbage is another isolate's.
      const settled = async (done: (counts: Counts) => boolean) => {
        for (let i = 0; ; i++) {
          await (await devTools.latest("worklet")).send("HeapProfiler.collectGarbage");
          const counts = await count(client);
          if (done(counts) || i === 100) return counts;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      // While the source is connected it holds the node it is connected to, and nothing behind it.
      const most = ONLY_THE_CONTEXT.AudioHandlers + 1 + times;
      const { AudioHandlers } = await settled((counts) => counts.AudioHandlers <= most);
      assert.ok(AudioHandlers <= most, `${AudioHandlers} audio handlers`);
      await page.evaluate(async () => {
        const live = (await import("/live.js" as string)) as typeof Live;
        live.letGo();
      });
      const left = await settled(
        (counts) => JSON.stringify(counts) === JSON.stringify(ONLY_THE_CONTEXT),
      );
      assert.deepEqual(left, ONLY_THE_CONTEXT);
      await workersEnded(page);
    });
  } finally {
    await harness.close();
  }
}
