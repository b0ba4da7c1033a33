// A model is refused when its bytes or its graph are not what the manifest says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHash } from "node:crypto";
import { loadStreamingManifest } from "../../src/model/manifest.ts";
import { loadModel } from "../../src/engine/session.ts";
import { fixtureBytes, fixtureJson, fixtureSession, type Fixture } from "../support/models.ts";

/** Loads a fixture's bytes with another's manifest, hash and length put right. */
async function loadAs(bytes: Uint8Array<ArrayBuffer>, name: Fixture, changes: object) {
  const manifest = loadStreamingManifest({
    ...(await fixtureJson(name)),
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    ...changes,
  });
  return loadModel({ manifest, bytes, backend: "wasm" });
}

const refused = (message: RegExp) => ({ name: "DannaError", code: "model", message });
const state = { input: "state", output: "next_state", shape: [1] };
const output = (name: string) => ({ name, kind: "mask", shape: ["frames", 4, 2, 1025, 2] });

test("a file of another length or another hash is refused before it is loaded", async () => {
  const bytes = await fixtureBytes("identity");
  const manifest = loadStreamingManifest(await fixtureJson("identity"));
  const load = (wrong: Uint8Array<ArrayBuffer>) =>
    loadModel({ manifest, bytes: wrong, backend: "wasm" });
  await assert.rejects(load(bytes.subarray(1)), refused(/has 487 bytes .* says 488/));
  const altered = bytes.slice();
  altered[200] ^= 1;
  await assert.rejects(load(altered), refused(/has SHA-256 [0-9a-f]{64} where/));
});

test("bytes that are no model are refused", async () => {
  const bytes = new Uint8Array(500).fill(7);
  await assert.rejects(loadAs(bytes, "identity", {}), refused(/is refused/));
});

test("a graph whose tensors are not the manifest's is refused", async () => {
  const bytes = await fixtureBytes("identity");
  const load = (changes: object) => loadAs(bytes, "identity", changes);
  const input = { name: "mixture", shape: ["frames", 2, 1025, 2] };
  await assert.rejects(load({ input }), refused(/no input "mixture"/));
  await assert.rejects(load({ output: output("stems") }), refused(/no output "stems"/));
  await assert.rejects(load({ state: [] }), refused(/not say what to feed input "state"/));
  await assert.rejects(
    load({ state: [{ ...state, output: "hidden" }] }),
    refused(/no output "hidden"/),
  );
  await assert.rejects(
    load({ state: [{ ...state, shape: [2] }] }),
    refused(/input "state" has shape \[1\] where the manifest says \[2\]/),
  );
  await assert.rejects(
    loadAs(await fixtureBytes("spectra"), "identity", {}),
    refused(/input "spectrum" has shape \[frames,2,257,2\]/),
  );
});

test("run carries state outside the graph: the same state gives the same result", async () => {
  const session = await fixtureSession("recurrent");
  const spectrum = Float32Array.from({ length: session.inputFloats }, (_, i) => Math.sin(i));
  const start = session.createState();
  const first = await session.run(spectrum, 1, start);
  const second = await session.run(spectrum, 1, first.state);
  const again = await session.run(spectrum, 1, start);
  assert.deepEqual(again.output, first.output);
  assert.deepEqual(again.state[0].data, first.state[0].data);
  assert.notDeepEqual(second.output, first.output);
  await session.dispose();
});
