// dispose() leaves nothing, as in dispose.test.ts, however often. Real Chromium.
import { test } from "node:test";
import { createAndDispose } from "./dispose-harness.ts";

test("create and dispose 50 times", { timeout: 600_000 }, () => createAndDispose(50));
