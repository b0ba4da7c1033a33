// ONNX Runtime is started before there is a model for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SMALLEST_GRAPH, startRuntime } from "../../src/engine/runtime.ts";
import { loadModel } from "../../src/engine/session.ts";
import { loadStreamingManifest } from "../../src/model/manifest.ts";
import { onnxModel } from "../../src/model/write-onnx.ts";
import { fixtureBytes, fixtureJson } from "../support/models.ts";

test("the graph that it is started with is one Identity", () => {
  const value = (name: string) => [{ name, shape: [1] }];
  const nodes = [{ op: "Identity", inputs: ["x"], outputs: ["y"] }];
  const graph = onnxModel({ nodes, inputs: value("x"), outputs: value("y") });
  assert.equal(SMALLEST_GRAPH, Buffer.from(graph).toString("base64"));
});

test("a model loads into a runtime that is being started", async () => {
  const manifest = loadStreamingManifest(await fixtureJson("identity"));
  const bytes = await fixtureBytes("identity");
  const ort = startRuntime("wasm");
  const model = await loadModel({ manifest, bytes, backend: "wasm", ort });
  const { output } = await model.run(new Float32Array(model.inputFloats), 1, model.createState());
  assert.equal(output.length, model.outputFloats);
  await model.dispose();
});
