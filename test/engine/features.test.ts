// Features made by the kernel are those of the graphs whose first steps it takes. Runs in Node.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Features } from "../../src/engine/features.ts";
import { importRuntime } from "../../src/engine/runtime.ts";
import { loadModel } from "../../src/engine/session.ts";
import { importNative } from "../../src/engine/native.ts";
import { cutGraph } from "../../src/model/cut-onnx.ts";
import { loadManifest, type SpectralManifest } from "../../src/model/manifest.ts";
import { largestDifference, noise } from "../support/signals.ts";

const FRAMES = 3;

async function shipped(name: string) {
  const manifest = loadManifest(
    JSON.parse(await readFile(`models/${name}.json`, "utf8")) as unknown,
  ) as SpectralManifest;
  return { manifest, bytes: new Uint8Array(await readFile(`models/${name}.onnx`)) };
}

/** From silence to full scale, frame by frame. */
function spectra({ fftSize }: SpectralManifest): Float32Array {
  const floats = 2 * (fftSize + 2);
  return noise(FRAMES * floats, 1).map((x, i) => x * 30 * Math.floor(i / floats) ** 3);
}

for (const name of ["live", "karaoke", "studio-net"]) {
  test(`${name}: the kernel's features are the graph's`, async () => {
    const { manifest, bytes } = await shipped(name);
    const features = await Features.of(manifest, bytes);
    assert.ok(features);
    const ort = await importRuntime("wasm");
    const session = await ort.InferenceSession.create(
      cutGraph(bytes, [manifest.input], [features.tensor]),
    );
    const input = spectra(manifest);
    const tensor = new ort.Tensor("float32", input, [FRAMES, 2, manifest.fftSize / 2 + 1, 2]);
    const results = await session.run({ [manifest.input.name]: tensor });
    const expected = results[features.tensor.name].data as Float32Array;
    const made = features.process(input, FRAMES);
    assert.equal(made.length, expected.length);
    assert.ok(largestDifference(made, expected) < 1e-4);
    assert.ok(made.some((x) => x > 1));
    await session.release();
  });
}

for (const name of ["live", "karaoke"]) {
  test(`${name}: a graph without its first steps makes the same of features, and carries the same on`, async () => {
    const { manifest, bytes } = await shipped(name);
    const ort = await importNative();
    const load = async (features?: Features) =>
      loadModel({ manifest, bytes, backend: "native", ort, features });
    const input = spectra(manifest);
    const [whole, rest] = await Promise.all(
      [await load(), await load(await Features.of(manifest, bytes))].map(async (session) => {
        const result = await session.run(input, FRAMES, session.createState());
        await session.dispose();
        return [result.output, ...result.state.map(({ data }) => data as Float32Array)];
      }),
    );
    assert.equal(rest.length, whole.length);
    for (const [i, expected] of whole.entries()) {
      const size = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      assert.ok(size > 0 && largestDifference(rest[i], expected) < 1e-4 * size, `tensor ${i}`);
    }
  });
}

test("a graph that begins in another way keeps its first steps", async () => {
  const { manifest, bytes } = await shipped("karaoke");
  const identity = new Uint8Array(await readFile("test/models/identity.onnx"));
  assert.equal(await Features.of(manifest, identity), undefined);
  // The same nodes with another offset under the logarithm.
  const other = bytes.slice();
  const offset = [0x77, 0xcc, 0x2b, 0x32];
  const at = other.findIndex((_, i) => offset.every((byte, k) => other[i + k] === byte));
  assert.ok(at > 0);
  other[at]++;
  assert.equal(await Features.of(manifest, other), undefined);
});
