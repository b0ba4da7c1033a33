// WebGPU on the software adapter: the masks are those of WASM, and "auto" does not take it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU } from "../support/chromium.ts";
import { startHarness, type Harness } from "./harness.ts";
import type * as Live from "./live-page.ts";
import { masksAgree } from "./webgpu.ts";

let harness: Harness;
before(async () => {
  harness = await startHarness([SOFTWARE_WEBGPU]);
});
after(() => harness.close());

// The soak has the model that ships.
test("masks of a recurrent model are the same within 1e-3", (t) =>
  masksAgree(harness, "/models/recurrent.json", t));

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
