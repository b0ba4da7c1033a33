// Entries of models/: what is taken, and what is refused by the name of its field.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadManifest } from "../../src/model/manifest.ts";
import { loadSplitModel } from "../../src/split/split-model.ts";
import { fixtureJson } from "../support/models.ts";
import { blend, fixtureCatalogue } from "../support/catalogue.ts";

const refused = (message: RegExp) => ({ name: "DannaError", code: "manifest", message });
const even = { identity: [0.5, 0.5, 0.5, 0.5], recurrent: [0.5, 0.5, 0.5, 0.5] };

test("live models, segment models, HTDemucs and blends are told apart", async () => {
  const live = loadManifest(await fixtureJson("identity"));
  assert.equal(live.kind, "streaming");
  const segment = { frames: 500, overlap: 0.25 };
  const whole = loadManifest({ ...(await fixtureJson("identity")), segment });
  const inSamples = { length: 500 * 512, elastic: true, overlap: 0.25, rates: [44_100], cuts: [] };
  assert.deepEqual(whole.kind === "segment" && whole.segment, inSamples);
  const branches = loadManifest(await fixtureJson("branches"));
  assert.ok(branches.kind === "segment" && branches.family === "htdemucs");
  const blended = loadManifest(blend(even, { iterations: 1 }));
  assert.deepEqual(blended.kind === "blend" && blended.wiener, {
    iterations: 1,
    weights: [1, 1, 1, 1],
  });
});

test("weights that sum to one but for rounding are made to sum to one", () => {
  const thirds = { a: [0.333, 1, 1, 1], b: [0.333, 0, 0, 0], c: [0.3335, 0, 0, 0] };
  const blended = loadManifest(blend(thirds));
  assert.ok(blended.kind === "blend");
  const sum = blended.models.reduce((total, { weights }) => total + weights[0], 0);
  assert.ok(Math.abs(sum - 1) < 1e-12, `sum ${sum}`);
});

test("a wrong field is refused by its name", async () => {
  const identity = await fixtureJson("identity");
  const branches = await fixtureJson("branches");
  const cut = { name: "bands", shape: ["frames", 42, 48] };
  const wrong: [unknown, RegExp][] = [
    [null, /"manifest" must be an object/],
    [
      { ...identity, kind: "other" },
      /"kind" must be "spectral", "htdemucs", "blend" or absent, but is "other"/,
    ],
    [{ ...identity, hop: 100 }, /"hop"/],
    [{ ...identity, segment: { frames: 1, overlap: 0 } }, /"segment.frames"/],
    [{ ...identity, segment: { frames: 2049, overlap: 0 } }, /"segment.frames"/],
    [{ ...identity, segment: { frames: 100, overlap: 1 } }, /"segment.overlap"/],
    ...[[], [1, 2, 3, 4, 5], 44_100].map((rates): [unknown, RegExp] => [
      { ...identity, segment: { frames: 100, overlap: 0, rates } },
      /"segment.rates" must be a list of 1 to 4/,
    ]),
    ...[22_049, 55_126, 44_100.5, "44100"].map((rate): [unknown, RegExp] => [
      { ...identity, segment: { frames: 100, overlap: 0, rates: [44_100, rate] } },
      /"segment.rates\[1\]"/,
    ]),
    ...[[cut], [cut, cut, cut], 1].map((cuts): [unknown, RegExp] => [
      { ...identity, segment: { frames: 100, overlap: 0, cuts } },
      /"segment.cuts" must be (a list of at most 2|two tensors)/,
    ]),
    ...[["frames"], [1, 42], ["frames", 0], ["frames", 2 ** 23], 1].map(
      (shape): [unknown, RegExp] => [
        { ...identity, segment: { frames: 100, overlap: 0, cuts: [cut, { ...cut, shape }] } },
        /"segment.cuts\[1\].shape" must be \["frames", …\]/,
      ],
    ),
    [{ ...branches, stems: ["drums"] }, /"stems"/],
    [{ ...branches, stems: ["drums", "drums", "bass", "other"] }, /"stems"/],
    [{ ...branches, file: "../../evil.onnx" }, /"file"/],
    [{ ...branches, sha256: "00" }, /"sha256"/],
    [{ ...branches, licence: "" }, /"licence"/],
    [{ ...branches, name: "a/b" }, /"name"/],
    [blend({}), /"models"/],
    [blend({ "../x": [1, 1, 1, 1] }), /"models\[0\].model"/],
    [blend({ identity: [1, 1, 1] }), /"models\[0\].weights.other" .* missing/],
    [blend({ identity: [1, 1, 1, 0.9] }), /"weights.other" must be numbers that sum to 1/],
    [{ ...blend(even), stems: ["vocals"] }, /"stems" must be 2 to 12 different names/],
    [{ ...blend(even), stems: ["vocals", "guitar"] }, /"models\[0\].weights.guitar" .* missing/],
    [{ ...blend(even), wiener: 1 }, /"wiener" must be an object, but is 1/],
    [blend(even, { iterations: 1.5 }), /"wiener.iterations"/],
    [blend(even, { iterations: 1, weights: { bass: 2 } }), /"wiener.weights.bass"/],
  ];
  for (const [json, message] of wrong) {
    assert.throws(() => loadManifest(json), refused(message), String(message));
  }
});

test("a blend of blends, or of models of different rates, is refused", async () => {
  const entries = {
    inner: blend(even),
    outer: blend({ inner: [1, 1, 1, 1] }),
    rates: blend({ identity: [1, 1, 1, 1], spectra: [0, 0, 0, 0] }),
  };
  const load = (name: string) => loadSplitModel(name, { catalogue: fixtureCatalogue(entries) });
  await assert.rejects(load("outer"), refused(/blends "inner", which is a blend itself/));
  await assert.rejects(load("rates"), refused(/different rates/));
});
