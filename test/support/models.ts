// Loads the model fixtures in Node.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { loadManifest, type SpectralManifest } from "../../src/model/manifest.ts";
import { loadModel, type ModelSession } from "../../src/engine/session.ts";

const FOLDER = path.resolve(import.meta.dirname, "../models");

export type Fixture =
  | "identity"
  | "recurrent"
  | "bidirectional"
  | "spectra"
  | "faulty"
  | "branches"
  | "branches-six"
  | "blended"
  | "six"
  | "six-segment"
  | "six-studio";

/** A fixture's manifest as parsed JSON, free to be changed. */
export async function fixtureJson(name: Fixture): Promise<Record<string, unknown>> {
  const json: unknown = JSON.parse(await readFile(path.join(FOLDER, `${name}.json`), "utf8"));
  return json as Record<string, unknown>;
}

/** A fixture's ONNX file. */
export async function fixtureBytes(name: Fixture): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(path.join(FOLDER, `${name}.onnx`)));
}

/** The manifest of a model that the engine runs. */
export function loadSpectral(json: unknown): SpectralManifest {
  const manifest = loadManifest(json);
  assert.ok("family" in manifest && manifest.family === "spectral", "the engine runs it");
  return manifest;
}

/** A fixture with some manifest fields replaced, on the WASM backend. */
export async function fixtureSession(
  name: Fixture,
  changes: Partial<SpectralManifest> = {},
): Promise<ModelSession> {
  const manifest = loadSpectral({ ...(await fixtureJson(name)), ...changes });
  return loadModel({ manifest, bytes: await fixtureBytes(name), backend: "wasm" });
}
