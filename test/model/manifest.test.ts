// Every field of a manifest is checked, and the error names the field.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DannaError } from "../../src/errors.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import { LIMITS } from "../../src/model/schema.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { fixtureJson } from "../support/models.ts";

const good = await fixtureJson("identity");
const state = { input: "state", output: "next_state", shape: [1] };

function refusal(json: unknown): DannaError {
  try {
    loadManifest(json);
  } catch (error) {
    assert.ok(error instanceof DannaError);
    assert.equal(error.code, "manifest");
    return error;
  }
  throw new assert.AssertionError({ message: `accepted ${JSON.stringify(json)}` });
}

test("the fixtures' manifests parse to what they say", async () => {
  for (const name of ["identity", "recurrent", "spectra", "faulty"] as const) {
    const json = await fixtureJson(name);
    assert.deepEqual(loadManifest(json), { ...json, kind: "streaming", family: "spectral" });
  }
  const more = { ...good, comment: "unknown fields are left out" };
  assert.deepEqual(loadManifest(more), loadManifest(good));
});

test("what is no object is refused", () => {
  for (const json of [undefined, null, 1, "live", [], () => 1]) refusal(json);
});

test("a missing field is refused by its name", () => {
  for (const field of Object.keys(good)) {
    const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== field));
    assert.match(refusal(rest).message, new RegExp(`"${field}(\\.\\w+)?" .* missing`));
  }
});

const shapes = {
  input: ["frames", 2, 1025, 2],
  output: ["frames", 4, 2, 1025, 2],
};
const WRONG: [field: string, changes: Record<string, unknown>][] = [
  ["format", { format: 2 }],
  ["name", { name: " " }],
  ["name", { name: "half a character: \ud83d" }],
  ["file", { file: "../live.onnx" }],
  ["file", { file: "https://example.org/live.onnx" }],
  ["file", { file: "live.bin" }],
  ["file", { file: "live.onnx.gz" }],
  ["bytes", { bytes: 0 }],
  ["bytes", { bytes: 1.5 }],
  ["bytes", { bytes: LIMITS.streamingBytes + 1 }],
  ["bytes", { bytes: "488" }],
  ["sha256", { sha256: "abc" }],
  ["sha256", { sha256: "A".repeat(64) }],
  ["sampleRate", { sampleRate: 0 }],
  ["sampleRate", { sampleRate: 1e6 }],
  ["fftSize", { fftSize: 1000 }],
  ["fftSize", { fftSize: 2 ** 20 }],
  ["synthesisWindow", { synthesisWindow: 4096 }],
  ["synthesisWindow", { synthesisWindow: 1023 }],
  ["hop", { hop: 256 }],
  ["hop", { hop: NaN }],
  ["lookahead", { lookahead: -1 }],
  ["lookahead", { lookahead: 65 }],
  ["stems", { stems: ["vocals", "drums", "bass", "bass"] }],
  ["stems", { stems: ["vocals"] }],
  ["stems", { stems: Array.from({ length: LIMITS.stems.most + 1 }, (_, i) => `stem-${i}`) }],
  ["stems", { stems: "vocals" }],
  ...["../vocals", "Vocals", "", "two words", "1st", "x".repeat(25), 4, "__proto__"].map(
    (name): [string, Record<string, unknown>] => [
      "stems[3]",
      { stems: ["vocals", "drums", "bass", name] },
    ],
  ),
  ["output.shape", { stems: DEFAULT_STEMS.slice(1) }],
  ["output.shape", { stems: [...DEFAULT_STEMS, "guitar"] }],
  ["input.name", { input: { name: "", shape: shapes.input } }],
  ["input.shape", { input: { name: "spectrum", shape: ["frames", 2, 1024, 2] } }],
  ["output", { output: "masks" }],
  ["output.name", { output: { kind: "mask", shape: shapes.output } }],
  ["output.kind", { output: { name: "masks", kind: "magnitude", shape: shapes.output } }],
  ["output.shape", { output: { name: "masks", kind: "mask", shape: shapes.input } }],
  ["state", { state: {} }],
  ["state[0].shape[1]", { state: [{ ...state, shape: [1, 0] }] }],
  ["state[0].shape", { state: [{ ...state, shape: "1" }] }],
  ["state[1].input", { state: [state, { ...state, output: "other" }] }],
  ["state[1].output", { state: [state, { ...state, input: "other" }] }],
  ["state[0].input", { state: [{ ...state, input: "spectrum" }] }],
  ["state[0].output", { state: [{ ...state, output: "masks" }] }],
  ["state", { state: [{ ...state, shape: [LIMITS.stateFloats, 2] }] }],
  ["licence", { licence: "" }],
  ["trainedOn[1]", { trainedOn: ["MUSDB18", 7] }],
  ["scores", { scores: [] }],
  ["multiplyAccumulatesPerHop", { multiplyAccumulatesPerHop: -1 }],
];

for (const [field, changes] of WRONG) {
  test(`refused by the name of "${field}": ${JSON.stringify(changes).slice(0, 70)}`, () => {
    const { message } = refusal({ ...good, ...changes });
    assert.ok(message.includes(`"${field}"`), message);
  });
}
