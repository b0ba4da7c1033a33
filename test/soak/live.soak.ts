// The long versions of the real-time tests: a minute on a busy machine, and memory over minutes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkLeaps, startHarness } from "../live/harness.ts";
import type * as Live from "../live/live-page.ts";
import type * as Realtime from "../live/realtime-page.ts";
import { busyProcess } from "../live/busy.ts";
import { DevToolsTarget } from "../support/devtools.ts";

const TRANSPORTS = ["shared", "ports"] as const;
const MINUTES = 5;

for (const transport of TRANSPORTS) {
  for (const model of ["/models/bands.json", "/dist/models/live.json"]) {
    test(`a minute at safe beside a busy process, page blocked 300 ms a second: ${model}, ${transport}`, async (t) => {
      const harness = await startHarness();
      const busy = busyProcess();
      try {
        const result = await harness.page(transport, (page) =>
          page.evaluate(
            async ({ model, transport }) => {
              const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
              return realtime.minute(model, transport);
            },
            { model, transport },
          ),
        );
        t.diagnostic(JSON.stringify(result.stats));
        assert.ok(result.output <= 1e-6, `output: ${result.output}`);
        assert.ok(result.sum <= 1e-6, `sum of stems: ${result.sum}`);
        checkLeaps(result);
        assert.equal(result.errors, 0);
        // Hops are counted, late ones as well: whatever is not the engine's was counted as dry.
        assert.ok(result.stats.hops >= Math.floor((60 * 44100) / 512) - 60);
        assert.ok(result.unlike <= result.stats.dryFrames, `${result.unlike} unlike the engine`);
        assert.ok(result.stats.dryFrames === 0 || result.stats.underruns > 0);
      } finally {
        busy.stop();
        await harness.close();
      }
    });
  }

  test(`memory after ${MINUTES} minutes is that after one, ${transport}`, async (t) => {
    const harness = await startHarness();
    try {
      await harness.page(transport, async (page) => {
        const devTools = await DevToolsTarget.of(page);
        await page.evaluate(async (transport) => {
          const live = (await import("/live.js" as string)) as typeof Live;
          await live.playForever(transport);
        }, transport);
        const browserProcesses = await harness.rendererPids();
        const measure = async () => {
          type Usage = { usedSize: number; backingStorageSize: number };
          const heaps: Record<string, number> = {};
          for (const target of [
            await devTools.latest("worker"),
            await devTools.latest("worklet"),
            devTools,
          ]) {
            await target.send("HeapProfiler.collectGarbage");
            const usage = await target.send<Usage>("Runtime.getHeapUsage");
            heaps[target.type] = usage.usedSize + usage.backingStorageSize;
          }
          const resident = browserProcesses.reduce((sum, pid) => sum + residentBytes(pid), 0);
          return { heaps, resident };
        };
        const minutes = [];
        for (let minute = 1; minute <= MINUTES; minute++) {
          await page.evaluate(async () => {
            const live = (await import("/live.js" as string)) as typeof Live;
            await live.audioSeconds(60);
          });
          minutes.push(await measure());
          t.diagnostic(`minute ${minute}: ${JSON.stringify(minutes.at(-1))}`);
        }
        const [first, last] = [minutes[0], minutes[MINUTES - 1]];
        for (const [heap, bytes] of Object.entries(last.heaps)) {
          const growth = bytes - first.heaps[heap];
          assert.ok(growth < 200_000, `${heap}: ${growth} bytes more`);
        }
        assert.ok(last.resident - first.resident < 16e6, "resident memory of the page's process");
      });
    } finally {
      await harness.close();
    }
  });
}

/** Resident memory of a process (Linux). */
function residentBytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return Number(pages) * 4096;
}
