// The models that ship through the transport that same-as-engine.test.ts leaves out for them.
import { after, before, test } from "node:test";
import { startHarness, type Harness } from "./harness.ts";
import { compare, trained } from "./same-as-engine.ts";

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

test("the model live on music, ports", () => compare(harness, "ports", trained("live")));
test("the model karaoke on music, shared", () => compare(harness, "shared", trained("karaoke")));
