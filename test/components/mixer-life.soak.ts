// Twenty lives of <stem-mixer> with every source, drawn by lot, and all that may happen while its better stems are computed.
// LIFE_SEED repeats one of them. Real Chromium, identity model.
import { after, before, test } from "node:test";
import { LIFE_SOURCES, live } from "./life.ts";
import { MEANWHILES, whileImproving } from "./meanwhile.ts";
import { startMixerHarness, type MixerHarness } from "./mixer-harness.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const { LIFE_SEED } = process.env;
const seeds = LIFE_SEED ? [Number(LIFE_SEED)] : Array.from({ length: 20 }, (_, i) => i + 1);

for (const source of LIFE_SOURCES) {
  for (const seed of seeds) {
    test(`life ${seed} with ${source}: no error, no dead element, and it goes on where it was`, () =>
      live(harness, source, seed));
  }
}

for (const what of MEANWHILES) {
  test(`while its better stems are computed a mixer may be ${what}: no error`, () =>
    whileImproving(harness, [what]));
}
