// A model file may hold nothing but arithmetic on its own tensors.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { PbfWriter } from "pbf";
import { checkGraphFile } from "../../src/model/check-onnx.ts";
import { onnxModel } from "../../src/model/write-onnx.ts";
import { forbiddenGraphs } from "../engine/fuzz-cases.ts";

const identity = { nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }] };

function refusal(bytes: Uint8Array): string {
  try {
    checkGraphFile("it", bytes);
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string };
    assert.deepEqual([name, code], ["DannaError", "model"]);
    return /^Model "it" is refused: (.*)\.$/.exec(message)![1];
  }
  return "accepted";
}

test("every model of this repository passes", async () => {
  for (const folder of ["models", "test/models"]) {
    for (const file of (await readdir(folder)).filter((name) => name.endsWith(".onnx"))) {
      assert.equal(refusal(await readFile(path.join(folder, file))), "accepted", file);
    }
  }
});

const REASONS: Record<string, RegExp> = {
  "a loop": /operator "Loop" is not allowed/,
  "a branch": /operator "If" is not allowed/,
  "a graph in an allowed node": /graphs within the graph/,
  "a custom operator": /operators of "ai\.onnx\.contrib" are not allowed/,
  "an operator of the runtime's own": /"(com\.microsoft|FusedMatMul)"/,
  "an unknown operator": /operator "PyOp"/,
  "a regular expression": /operator "RegexFullMatch"/,
  "a decoder of images": /operator "ImageDecoder"/,
  "a function": /functions/,
  "data in another file": /data in other files/,
  "data in another file, of a constant": /data in other files/,
  "more elements than data": /tensor "w" of shape \[1000000,1000000\] has too little data/,
  "a negative size": /tensor "w" of shape \[-1\]/,
  "too many dimensions": /tensor "w" of shape/,
  "a huge fill": /"ConstantOfShape" asks for a tensor of 268435456 elements/,
  "a huge expansion": /"Expand" asks/,
  "a huge tiling": /"Tile" asks/,
  "huge padding": /"Pad" asks/,
  "a huge fill by a constant node": /"ConstantOfShape" asks/,
  "a huge fill by a list": /"ConstantOfShape" asks/,
  "too many nodes": /over 20000 nodes/,
  "no operator": /no operator|operator ""/,
};
for (const [name, model] of Object.entries(forbiddenGraphs())) {
  test(`refused: ${name}`, () => {
    assert.match(refusal(onnxModel(model)), REASONS[name] ?? /no reason is expected/);
  });
}

test("what no reader should have to guess is refused", () => {
  const good = onnxModel(identity);
  assert.equal(refusal(good), "accepted");
  assert.match(refusal(new Uint8Array()), /no graph/);
  assert.match(refusal(new TextEncoder().encode("<!doctype html>")), /not ONNX, or damaged/);
  const twice = new Uint8Array([...good, ...good]);
  assert.match(refusal(twice), /more than one graph/);
  for (let length = 1; length < good.length - 8; length++) {
    assert.notEqual(refusal(good.subarray(0, length)), "accepted", `cut to ${length}`);
  }
  // A file that protobuf reads as ONNX and ONNX Runtime as its own format.
  const both = new Uint8Array([0x08, 9, 0x12, 7, ...new TextEncoder().encode("ORTM123"), ...good]);
  assert.match(refusal(both), /not ONNX/);
  // The graph's field as a number: some readers pass over it.
  const number = new PbfWriter();
  number.writeVarintField(7, 1);
  assert.match(refusal(number.finish()), /damaged/);
});

test("a shape that goes on for ever takes no memory", () => {
  const dims = Array<number>(1e6).fill(1);
  const before = process.memoryUsage().heapUsed;
  const model = { ...identity, initializers: [{ name: "w", dims, raw: new Uint8Array(4) }] };
  assert.match(refusal(onnxModel(model)), /tensor "w"/);
  assert.ok(process.memoryUsage().heapUsed - before < 2 ** 26);
});
