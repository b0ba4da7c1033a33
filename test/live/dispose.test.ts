// dispose() leaves nothing: no worker, worklet processor, node, listener or port. Real Chromium.
import { test } from "node:test";
import { createAndDispose } from "./dispose-harness.ts";

test("create and dispose 4 times", () => createAndDispose(4));
