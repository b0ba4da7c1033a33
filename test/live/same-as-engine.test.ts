// What is heard live is what the engine computes offline from the same samples, hop by hop or many
// hops a run, through shared memory and through message ports.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHarness, type Harness } from "./harness.ts";
import type * as Library from "../../src/index.ts";
import { compare, trained } from "./same-as-engine.ts";

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

for (const transport of ["shared", "ports"] as const) {
  test(`a recurrent model, ${transport}`, () =>
    compare(harness, transport, { model: "/models/recurrent.json" }));
}

// The models that ship for live separation: without look-ahead, and with. The soak has them the other way round.
test("the model live on music, shared", () => compare(harness, "shared", trained("live")));
test("the model karaoke on music, ports", () => compare(harness, "ports", trained("karaoke")));

test("models that ship are loaded by their names; safe has the same latency with both", async () => {
  const models = await harness.page("shared", (page) =>
    page.evaluate(async () => {
      const library = (await import("/dist/index.js" as string)) as typeof Library;
      const made: { name: string; lookahead: number; latency: number }[] = [];
      for (const model of [undefined, "karaoke"]) {
        const context = new OfflineAudioContext(2, 44100, 44100);
        const options = { latencyMode: "safe", ...(model && { model }) } as const;
        const separator = await library.createStemSeparator(context, options);
        const { name, lookahead } = separator.manifest;
        made.push({ name, lookahead, latency: Math.round(1000 * separator.latency) });
        await separator.dispose();
      }
      return made;
    }),
  );
  assert.deepEqual(models, [
    { name: "live", lookahead: 0, latency: 232 },
    { name: "karaoke", lookahead: 6, latency: 232 },
  ]);
});
