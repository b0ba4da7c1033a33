// A store of the model fixtures with entries of the tests' own beside them. Runs in Node.
import { loadModelEntry } from "../../src/model/manifest.ts";
import type { ModelStore } from "../../src/split/split-model.ts";
import { fixtureBytes, fixtureJson, type Fixture } from "../support/models.ts";

/** `entries`: parsed manifests by name; every other name is a fixture's. */
export function fixtureStore(entries: Record<string, unknown> = {}): ModelStore {
  return {
    entry: async (name) => loadModelEntry(entries[name] ?? (await fixtureJson(name as Fixture))),
    bytes: (entry) => {
      const file = entry.kind === "engine" ? entry.manifest.file : entry.file;
      return fixtureBytes(file.replace(".onnx", "") as Fixture);
    },
  };
}

/** A blend of fixtures. */
export const blend = (
  weights: Record<string, readonly number[]>,
  wiener?: { iterations: number; weights?: Record<string, number> },
) => ({
  format: 1,
  kind: "blend",
  name: "blend",
  models: Object.entries(weights).map(([model, [vocals, drums, bass, other]]) => ({
    model,
    weights: { vocals, drums, bass, other },
  })),
  wiener,
  licence: "CC0-1.0",
  trainedOn: [],
  scores: {},
});
