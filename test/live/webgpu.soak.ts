// The model that ships on WebGPU's software adapter, which takes long: the masks are those of WASM.
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU } from "../support/chromium.ts";
import { startHarness, type Harness } from "./harness.ts";
import { masksAgree } from "./webgpu.ts";

let harness: Harness;
before(async () => {
  harness = await startHarness([SOFTWARE_WEBGPU]);
});
after(() => harness.close());

test("masks of live are the same within 1e-3", (t) =>
  masksAgree(harness, "/dist/models/live.json", t));
