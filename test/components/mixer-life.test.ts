// <stem-mixer> lives through anything a page does with it; mixer-life.soak.ts lives longer. Real Chromium, identity
// model.
import { after, before, test } from "node:test";
import { live } from "./life.ts";
import { startMixerHarness, type MixerHarness } from "./mixer-harness.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

// A video is an element as audio is, a tab a stream as a microphone is: those are in the soak.
for (const source of ["src", "audio", "microphone"] as const) {
  test(`a life with ${source}: no error, no dead element, and it goes on where it was`, () =>
    live(harness, source, 1));
}
