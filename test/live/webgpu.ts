// What the comparison of masks on WebGPU and on WASM and its soak share. Runs in Node.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Harness } from "./harness.ts";
import type * as Live from "./live-page.ts";

/** Fails unless a model's masks are the same on both within 1e-3. */
export async function masksAgree(harness: Harness, model: string, t: TestContext): Promise<void> {
  const { masks, largest } = await harness.page("shared", (page) =>
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
  t.diagnostic(`largest difference ${largest}`);
  assert.equal(masks, 6 * 4 * 2 * 1025 * 2);
  assert.ok(largest <= 1e-3, `${largest}`);
}
