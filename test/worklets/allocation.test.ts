// Nothing is allocated in the audio thread's `process` in steady state: V8's allocation sampler, in
// the worklet's own isolate, over thousands of quanta. Garbage collected meanwhile counts as well.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DevToolsTarget } from "../support/devtools.ts";
import { startHarness, type Harness } from "../live/harness.ts";
import type * as Live from "../live/live-page.ts";

/** Mean distance of samples in bytes: a number on the heap in every quantum cannot go unseen. */
const INTERVAL = 32;

interface Node {
  callFrame: { functionName: string; url: string };
  selfSize: number;
  children: Node[];
}

/** Bytes sampled below a `process` that Web Audio called, by script and function. */
function allocatedInProcess(head: Node): Record<string, number> {
  const sizes: Record<string, number> = {};
  const visit = (node: Node, script: string | undefined) => {
    const { functionName } = node.callFrame;
    if (script !== undefined && node.selfSize > 0) {
      const name = `${script} ${functionName}`;
      sizes[name] = (sizes[name] ?? 0) + node.selfSize;
    }
    for (const child of node.children) visit(child, script);
  };
  for (const node of head.children) {
    const { functionName, url } = node.callFrame;
    if (functionName === "process") visit(node, url.slice(url.lastIndexOf("/") + 1));
  }
  return sizes;
}

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

for (const transport of ["shared", "ports"] as const) {
  test(`nothing is allocated in process, ${transport}`, async () => {
    await harness.page(transport, async (page) => {
      const devTools = await DevToolsTarget.of(page);
      const worklet = () => devTools.latest("worklet");
      const start = async () =>
        (await worklet()).send("HeapProfiler.startSampling", {
          samplingInterval: INTERVAL,
          includeObjectsCollectedByMajorGC: true,
          includeObjectsCollectedByMinorGC: true,
        });
      let sizes: Record<string, number> | undefined;
      const stop = async () => {
        type Result = { profile: { head: Node } };
        const result = await (await worklet()).send<Result>("HeapProfiler.stopSampling");
        sizes = allocatedInProcess(result.profile.head);
      };
      await page.exposeFunction("sampling", (on: boolean) => (on ? start() : stop()));
      const stats = await page.evaluate(async () => {
        const live = (await import("/live.js" as string)) as typeof Live;
        const { sampling } = globalThis as unknown as { sampling: (on: boolean) => Promise<void> };
        const sampleRate = 44100;
        const model = "/models/recurrent.json";
        const rendering = await live.renderOffline(
          live.bandLimited(14, sampleRate),
          sampleRate,
          { model, latencyMode: "safe" },
          512,
          // By then the code has been compiled for the last time.
          async (_, frame) => {
            if (frame === 800 * 512) await sampling(true);
            if (frame === 1200 * 512) await sampling(false);
          },
          ["/allocating.js"],
        );
        return rendering.stats;
      });
      assert.equal(stats.dryFrames, 0, "steady state");
      const found = Object.entries(sizes ?? {});
      // A processor that allocates one small array per quantum must be seen.
      assert.ok(found.some(([name, size]) => name.startsWith("allocating.js") && size > 10_000));
      assert.deepEqual(
        found.filter(([name]) => !name.startsWith("allocating.js")),
        [],
      );
    });
  });
}
