// The shipped live networks run without ONNX Runtime, and compute what it computes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openBandSplit } from "../../src/engine/band-split.ts";
import { importRuntime, sessionOptions } from "../../src/engine/runtime.ts";
import { loadModel } from "../../src/engine/session.ts";
import type { ModelSession } from "../../src/engine/model-session.ts";
import { loadStreamingManifest, type StreamingManifest } from "../../src/model/manifest.ts";
import { readGraph } from "../../src/model/read-onnx.ts";
import { sha256 } from "../../src/util/sha256.ts";
import { largestDifference, noise } from "../support/signals.ts";

const NAMES = ["live", "karaoke"] as const;
type Name = (typeof NAMES)[number];

async function shipped(name: Name) {
  const json: unknown = JSON.parse(await readFile(`models/${name}.json`, "utf8"));
  const bytes = new Uint8Array(await readFile(`models/${name}.onnx`));
  return { manifest: loadStreamingManifest(json), bytes };
}

/** The same file in ONNX Runtime: frames in, the model's output and its states out. */
async function inOnnxRuntime(manifest: StreamingManifest, bytes: Uint8Array<ArrayBuffer>) {
  const ort = await importRuntime("wasm");
  const session = await ort.InferenceSession.create(bytes, sessionOptions("wasm"));
  const zeros = (shape: readonly number[]) =>
    new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  let states = manifest.state.map(({ shape }) => zeros(shape));
  const data = (tensor: { data: unknown }) => tensor.data as Float32Array;
  return {
    async run(spectrum: Float32Array, frames: number) {
      const shape = [frames, ...manifest.input.shape.slice(1)] as number[];
      const results = await session.run({
        [manifest.input.name]: new ort.Tensor("float32", spectrum, shape),
        ...Object.fromEntries(manifest.state.map(({ input }, i) => [input, states[i]])),
      });
      states = manifest.state.map(({ output }) => results[output] as (typeof states)[number]);
      return { output: data(results[manifest.output.name]), states: states.map(data) };
    },
    release: () => session.release(),
  };
}

const largest = (values: Float32Array) =>
  largestDifference(values, new Float32Array(values.length));

/** Runs of one frame and of several, loud, quiet and silent, the states carried on. */
async function assertAlike(
  own: ModelSession,
  manifest: StreamingManifest,
  bytes: Uint8Array<ArrayBuffer>,
) {
  const onnx = await inOnnxRuntime(manifest, bytes);
  let state = own.createState();
  for (const [i, [frames, level]] of [
    [1, 30],
    [1, 30],
    [5, 10],
    [1, 0],
    [2, 0.1],
    [1, 300],
    [3, 3],
  ].entries()) {
    const spectrum = noise(frames * own.inputFloats, i + 1).map((value) => value * level);
    const wanted = await onnx.run(spectrum, frames);
    const result = await own.run(spectrum, frames, state);
    state = result.state;
    const bound = 1e-5 * Math.max(1, largest(wanted.output));
    assert.ok(largestDifference(result.output, wanted.output) < bound, `output of run ${i}`);
    wanted.states.forEach((values, at) => {
      const own = state[at].data as Float32Array;
      const { output } = manifest.state[at];
      const bound = 1e-4 * Math.max(1, largest(values));
      assert.ok(largestDifference(own, values) < bound, `${output} of run ${i}`);
    });
  }
  await onnx.release();
}

for (const name of NAMES) {
  test(`${name} is known, and agrees with ONNX Runtime, also with other weights`, async () => {
    const { manifest, bytes } = await shipped(name);
    const own = await openBandSplit(manifest, bytes);
    assert.ok(own, "the exporter's graph has changed: measure, and put its fingerprint right");
    await assertAlike(own, manifest, bytes);
    // As after training: offsets, gains and what else the file has as float32 are smaller.
    const trained = bytes.slice();
    for (const { type, shape, raw } of readGraph(trained).tensors.values()) {
      if (type !== 1 || shape.reduce((a, b) => a * b, 1) < 12) continue;
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      for (let at = 0; at < raw.length; at += 4) {
        view.setFloat32(at, 0.9 * view.getFloat32(at, true), true);
      }
    }
    const other = await openBandSplit(manifest, trained);
    assert.ok(other);
    await assertAlike(other, manifest, trained);
  });

  test(`${name}: any other graph, or another manifest, is left to ONNX Runtime`, async () => {
    const { manifest, bytes } = await shipped(name);
    const known = async (changed: Uint8Array<ArrayBuffer>, fields: object = {}) =>
      (await openBandSplit({ ...manifest, ...fields }, changed)) !== undefined;
    const changed = (operator: string, other: string) => {
      const copy = bytes.slice();
      const at = Buffer.from(copy.buffer).indexOf(
        `"${String.fromCharCode(operator.length)}${operator}`,
        0,
        "latin1",
      );
      assert.ok(at > 0, operator);
      copy.set(Buffer.from(other), at + 2);
      return copy;
    };
    assert.equal(await known(bytes), true);
    assert.equal(await known(changed("Sqrt", "Tanh")), false, "another operator");
    const setting = bytes.slice();
    const [epsilon] = [...readGraph(setting).tensors.values()].filter(
      ({ type, shape }) => type === 1 && shape.every((size) => size === 1),
    );
    epsilon.raw[0] ^= 1;
    assert.equal(await known(setting), false, "another constant");
    const described = { ...manifest, sha256: await sha256(setting) };
    const session = await loadModel({ manifest: described, bytes: setting, backend: "wasm" });
    const spectrum = noise(session.inputFloats);
    const { output } = await session.run(spectrum, 1, session.createState());
    assert.ok(largest(output) > 0, "and runs");
    await session.dispose();
    assert.equal(await known(bytes, { state: manifest.state.slice(1) }), false);
    assert.equal(await known(bytes, { lookahead: manifest.lookahead + 1 }), false);
  });
}

test("a model that is disposed of does not run", async () => {
  const { manifest, bytes } = await shipped("live");
  assert.equal(manifest.sha256, await sha256(bytes));
  const session = await loadModel({ manifest, bytes, backend: "wasm" });
  const state = session.createState();
  await session.dispose();
  await assert.rejects(session.run(new Float32Array(session.inputFloats), 1, state), {
    name: "DannaError",
    code: "model",
  });
});

test("run leaves the state that it is given as it is", async () => {
  const { manifest, bytes } = await shipped("live");
  const session = (await openBandSplit(manifest, bytes))!;
  const spectrum = noise(session.inputFloats);
  const start = session.createState();
  const first = await session.run(spectrum, 1, start);
  const second = await session.run(spectrum, 1, first.state);
  const again = await session.run(spectrum, 1, start);
  assert.deepEqual(again.output, first.output);
  assert.deepEqual(again.state, first.state);
  assert.notDeepEqual(second.output, first.output);
});
