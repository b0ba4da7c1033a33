// A network over whole segments gives the same stems whether its graph is cut or whole. Runs in Node.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { Engine } from "../../src/engine/engine.ts";
import { SegmentSession } from "../../src/engine/segment-session.ts";
import { importRuntime } from "../../src/engine/runtime.ts";
import { loadModel } from "../../src/engine/session.ts";
import { loadManifest, type SpectralSegmentManifest } from "../../src/model/manifest.ts";
import { SegmentEngine } from "../../src/split/stages/segment-engine.ts";

/** Hops, of which one part does not fill its frames. */
const HOPS = 29;

const bytes = new Uint8Array(await readFile("models/studio-net.onnx"));
const manifest = loadManifest(
  JSON.parse(await readFile("models/studio-net.json", "utf8")) as unknown,
) as SpectralSegmentManifest;

/** Two different channels, louder in the middle. */
const mixture = [1, 2].map((seed) =>
  Float32Array.from(
    { length: HOPS * manifest.hop },
    (_, n) => Math.sin(n * n * 1e-6 * seed) * Math.sin((Math.PI * n) / (HOPS * manifest.hop)),
  ),
);

const withCuts = (cuts: SpectralSegmentManifest["segment"]["cuts"]): SpectralSegmentManifest => ({
  ...manifest,
  segment: { ...manifest.segment, cuts },
});

async function stemsOf(cuts: SpectralSegmentManifest["segment"]["cuts"], times: number) {
  const ort = await importRuntime("wasm");
  const session =
    cuts.length > 0
      ? await SegmentSession.load(withCuts(cuts), bytes, ort, "wasm")
      : await loadModel({ manifest: withCuts(cuts), bytes, backend: "wasm", ort });
  const engine = new Engine(session);
  const segments = new SegmentEngine(engine, session);
  try {
    let stems: Float32Array[] = [];
    for (let i = 0; i < times; i++) {
      stems = (await segments.separate(mixture)).map((plane) => plane.slice());
    }
    assert.equal(engine.counts.faultyFrames, 0);
    return stems;
  } finally {
    await engine.dispose();
  }
}

let whole: Float32Array[];
before(async () => {
  whole = await stemsOf([], 1);
});

test("the shipped network is cut, and its stems are those of the whole graph, segment by segment", async () => {
  assert.equal(manifest.segment.cuts.length, 2);
  const stems = await stemsOf(manifest.segment.cuts, 2);
  assert.equal(stems.length, whole.length);
  for (const [c, plane] of stems.entries()) {
    assert.ok(plane.some((sample) => Math.abs(sample) > 1e-3));
    const error = plane.reduce((most, x, n) => Math.max(most, Math.abs(x - whole[c][n])), 0);
    assert.ok(error < 1e-6, `plane ${c}: ${error}`);
  }
});

test("a cut that the graph has not, or of another shape, is the model's fault", async () => {
  const [first, second] = manifest.segment.cuts;
  const wrong = [
    [first, { ...second, name: "nowhere" }],
    [{ ...first, shape: ["frames", 42, 47] }, second],
    [first, { ...second, shape: ["frames", 2016, 2] }],
  ] as const;
  for (const cuts of wrong) await assert.rejects(stemsOf(cuts, 1), { code: "model" });
});
