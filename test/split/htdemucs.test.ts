// HTDemucs' form of graph, on a fixture of two branches whose answer is known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSplitModel } from "../../src/split/split-model.ts";
import { largestDifference } from "../support/signals.ts";
import { split, sums } from "./collect.ts";
import { blend, fixtureCatalogue } from "../support/catalogue.ts";

/** No Nyquist bin, which the form leaves out. */
const tones = (samples: number) =>
  [13, 29].map((period) =>
    Float32Array.from({ length: samples }, (_, n) => Math.sin(n / period) + Math.sin(n / 400) / 2),
  );

test("both branches add up, by stem and channel, in the right order", async () => {
  const model = await loadSplitModel("branches", { catalogue: fixtureCatalogue() });
  // Shorter than a segment, so away from its edges, where the spectrogram's frames end.
  const mixture = tones(15_000);
  const stems = await split(model, mixture, { addUp: false });
  for (const [stem, share] of [0.2, 0.1, 0.3, 0.4].entries()) {
    for (const c of [0, 1]) {
      const expected = mixture[c].map((sample) => share * sample);
      assert.ok(largestDifference(stems[2 * stem + c], expected) < 1e-4, `stem ${stem}`);
    }
  }
  await model.dispose();
});

test("over several segments it is aligned, and adds up to the input", async () => {
  const model = await loadSplitModel("branches", { catalogue: fixtureCatalogue() });
  const mixture = tones(70_001);
  const [, , left, right] = await split(model, mixture, { addUp: false, block: 9000 });
  const expected = mixture.map((plane) => plane.map((sample) => 0.1 * sample));
  assert.ok(largestDifference(left, expected[0]) < 1e-5, "left");
  assert.ok(largestDifference(right, expected[1]) < 1e-5, "right");
  const total = sums(await split(model, mixture));
  assert.ok(largestDifference(total[0], mixture[0]) < 1e-5, "sum");
  await model.dispose();
});

test("it blends with other models", async () => {
  const entries = { both: blend({ identity: [0.5, 1, 0, 0], branches: [0.5, 0, 1, 1] }) };
  const model = await loadSplitModel("both", { catalogue: fixtureCatalogue(entries) });
  const mixture = tones(15_000);
  const stems = await split(model, mixture, { addUp: false });
  const shares = [0.225, 0.25, 0.3, 0.4];
  shares.forEach((share, stem) => {
    const expected = mixture[0].map((sample) => share * sample);
    assert.ok(largestDifference(stems[2 * stem], expected) < 1e-4, `stem ${stem}`);
  });
  await model.dispose();
});
