// The model fixtures as a catalogue, with manifests of the tests' own beside them. Runs in Node.
import type { ModelCatalogue } from "../../src/model/catalogue.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import { fixtureBytes, fixtureJson, type Fixture } from "./models.ts";

/** `own`: parsed manifests by name; every other name is a fixture's. */
export function fixtureCatalogue(own: Record<string, unknown> = {}): ModelCatalogue {
  return {
    manifest: async (name) => loadManifest(own[name] ?? (await fixtureJson(name as Fixture))),
    bytes: ({ file }) => fixtureBytes(file.replace(".onnx", "") as Fixture),
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
