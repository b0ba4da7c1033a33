// WebGPU on the software adapter: the masks are those of WASM, and "auto" does not take it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU } from "../support/chromium.ts";
import { startHarness, type Harness } from "./harness.ts";
import type * as Live from "./live-page.ts";

const TRAINED = "dist/models/live.json";

let harness: Harness;
before(async () => {
  harness = await startHarness([SOFTWARE_WEBGPU]);
});
after(() => harness.close());

async function largestMaskDifference(model: string): Promise<{ masks: number; largest: number }> {
  return harness.page("shared", (page) =>
    page.evaluate(async (model) => {
      const live = (await import("/live.js" as string)) as typeof Live;
      const wasm = await live.masksOf(model, "wasm");
      const webgpu = await live.masksOf(model, "webgpu");
      let largest = 0;
      let masks = 0;
      wasm.forEach((frame, f) =>
        frame.forEach((mask, i) => {
          masks++;
          largest = Math.max(largest, Math.abs(mask - webgpu[f][i]));
        }),
      );
      return { masks, largest };
    }, model),
  );
}

for (const model of ["/models/recurrent.json", "/dist/models/live.json"]) {
  const skip = model.includes("live") && !existsSync(TRAINED) && `${TRAINED} is not there`;
  test(`masks of ${model} are the same within 1e-3`, { skip }, async (t) => {
    const { masks, largest } = await largestMaskDifference(model);
    t.diagnostic(`largest difference ${largest}`);
    assert.equal(masks, 6 * 4 * 2 * 1025 * 2);
    assert.ok(largest <= 1e-3, `${largest}`);
  });
}

test("auto takes WASM where the adapter is software; WebGPU can be forced", async () => {
  const chosen = await harness.page("shared", (page) =>
    page.evaluate(async () => {
      const live = (await import("/live.js" as string)) as typeof Live;
      const adapter = await (
        navigator as { gpu?: { requestAdapter(): Promise<unknown> } }
      ).gpu?.requestAdapter();
      return [adapter !== null, await live.backendFor("auto"), await live.backendFor("webgpu")];
    }),
  );
  assert.deepEqual(chosen, [true, "wasm", "webgpu"]);
});
