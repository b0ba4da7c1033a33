// Graphs that are written anew give what they gave, in fewer and other operators. Runs in Node, on both runtimes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { importNative } from "../../src/engine/native.ts";
import { importRuntime, sessionOptions } from "../../src/engine/runtime.ts";
import { readGraph } from "../../src/model/read-onnx.ts";
import { rewriteGraph } from "../../src/model/rewrite-onnx.ts";
import {
  float32,
  int64,
  onnxModel,
  type ModelSpec,
  type NodeSpec,
} from "../../src/model/write-onnx.ts";
import { signalToError } from "../support/signals.ts";

/** Numbers about zero, the same at each run. */
function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 16807) % (2 ** 31 - 1);
    return state / 2 ** 30 - 1;
  });
}

const weights = (name: string, dims: number[], seed: number) =>
  float32(
    name,
    dims,
    noise(
      dims.reduce((product, size) => product * size, 1),
      seed,
    ),
  );

const [HEADS, WIDTH, QUERIES, KEYS] = [2, 3, 7, 5];
const ROW = HEADS * WIDTH;

/** Queries of one input and keys and values of another, as PyTorch exports them. */
const attention: ModelSpec = {
  inputs: [
    { name: "x", shape: [QUERIES, 1, ROW] },
    { name: "y", shape: [KEYS, 1, ROW] },
  ],
  outputs: [{ name: "z", shape: [QUERIES, ROW] }],
  initializers: [
    int64("queries/flat", [QUERIES, HEADS, WIDTH]),
    int64("keys/flat", [KEYS, HEADS, WIDTH]),
    int64("queries/shape", [1, HEADS, QUERIES, WIDTH]),
    int64("keys/shape", [1, HEADS, KEYS, WIDTH]),
    int64("result", [QUERIES, ROW]),
    float32("root", [1], Float32Array.of(1 / Math.sqrt(WIDTH))),
    weights("values/w", [ROW, ROW], 7),
  ],
  nodes: [
    { op: "MatMul", inputs: ["y", "values/w"], outputs: ["v"] },
    ...(
      [
        ["x", "queries", "q"],
        ["y", "keys", "k"],
        ["v", "keys", "u"],
      ] as const
    ).flatMap(([from, shape, to]): NodeSpec[] => [
      { op: "Reshape", inputs: [from, `${shape}/flat`], outputs: [`${to}0`] },
      { op: "Transpose", inputs: [`${to}0`], outputs: [`${to}1`], attributes: { perm: [1, 0, 2] } },
      { op: "Reshape", inputs: [`${to}1`, `${shape}/shape`], outputs: [`${to}2`] },
    ]),
    { op: "Sqrt", inputs: ["root"], outputs: ["scale"] },
    { op: "Mul", inputs: ["q2", "scale"], outputs: ["q3"] },
    { op: "Transpose", inputs: ["k2"], outputs: ["k3"], attributes: { perm: [0, 1, 3, 2] } },
    { op: "Mul", inputs: ["k3", "scale"], outputs: ["k4"] },
    { op: "MatMul", inputs: ["q3", "k4"], outputs: ["products"] },
    { op: "Softmax", inputs: ["products"], outputs: ["shares"] },
    { op: "MatMul", inputs: ["shares", "u2"], outputs: ["heads"] },
    { op: "Transpose", inputs: ["heads"], outputs: ["rows"], attributes: { perm: [2, 0, 1, 3] } },
    { op: "Reshape", inputs: ["rows", "result"], outputs: ["z"] },
  ],
};

/** The same, of shapes that are put together while it runs. */
const attentionOfAnyLength: ModelSpec = {
  ...attention,
  initializers: [
    ...attention.initializers!,
    int64("songs", [1]),
    int64("heads/count", [HEADS]),
    int64("width", [WIDTH]),
    int64("queries/length", [QUERIES]),
    int64("keys/length", [KEYS]),
  ],
  nodes: [
    ...["queries", "keys"].flatMap((of): NodeSpec[] => [
      { op: "Identity", inputs: [`${of}/length`], outputs: [`${of}/rows`] },
      {
        op: "Concat",
        inputs: ["songs", "heads/count", `${of}/rows`, "width"],
        outputs: [`${of}/sizes`],
        attributes: { axis: 0 },
      },
    ]),
    ...attention.nodes.map((node) => {
      const inputs = node.inputs.map((name) => name.replace("/shape", "/sizes"));
      return { ...node, inputs };
    }),
  ],
};

const gate = (from: string, to: string): NodeSpec[] => [
  { op: "Split", inputs: [from], outputs: ["value", "gate"], attributes: { axis: 1 } },
  { op: "Sigmoid", inputs: ["gate"], outputs: ["open"] },
  { op: "Mul", inputs: ["value", "open"], outputs: [to] },
];

const convolution: ModelSpec = {
  inputs: [{ name: "x", shape: [2, 3, 4, 9] }],
  outputs: [{ name: "z", shape: [2, 4, 4, 9] }],
  initializers: [weights("w", [8, 3, 1, 3], 1), weights("b", [8], 2)],
  nodes: [
    {
      op: "Conv",
      inputs: ["x", "w", "b"],
      outputs: ["c"],
      attributes: { kernel_shape: [1, 3], pads: [0, 1, 0, 1] },
    },
    ...gate("c", "z"),
  ],
};

const [BATCH, HIDDEN, CHANNELS, FRAMES] = [3, 2, 8, 11];

const norm: ModelSpec = {
  inputs: [{ name: "x", shape: [BATCH, HIDDEN, FRAMES] }],
  outputs: [{ name: "z", shape: [BATCH, CHANNELS / 2, FRAMES] }],
  initializers: [
    weights("w", [CHANNELS, HIDDEN, 1], 1),
    weights("b", [CHANNELS], 2),
    weights("gamma", [CHANNELS, 1], 3),
    weights("beta", [CHANNELS, 1], 4),
    weights("scale", [CHANNELS / 2, 1], 5),
    float32("one", [1], Float32Array.of(1)),
    float32("zero", [1], Float32Array.of(0)),
    int64("group", [0, 1, -1]),
  ],
  nodes: [
    { op: "Conv", inputs: ["x", "w", "b"], outputs: ["c"], attributes: { kernel_shape: [1] } },
    { op: "Shape", inputs: ["c"], outputs: ["shape"] },
    { op: "Reshape", inputs: ["c", "group"], outputs: ["flat"] },
    {
      op: "InstanceNormalization",
      inputs: ["flat", "one", "zero"],
      outputs: ["normed"],
      attributes: { epsilon: { float: 1e-3 } },
    },
    { op: "Reshape", inputs: ["normed", "shape"], outputs: ["channels"] },
    { op: "Mul", inputs: ["channels", "gamma"], outputs: ["multiplied"] },
    { op: "Add", inputs: ["multiplied", "beta"], outputs: ["shifted"] },
    ...gate("shifted", "gated"),
    { op: "Mul", inputs: ["scale", "gated"], outputs: ["z"] },
  ],
};

async function results(bytes: Uint8Array, { inputs = [] }: ModelSpec, backend: "native" | "wasm") {
  const ort = await importRuntime(backend, { importNative });
  const session = await ort.InferenceSession.create(bytes, sessionOptions(backend));
  const feeds = inputs.map(({ name, shape }, i) => {
    const dims = shape.map(Number);
    const length = dims.reduce((product, size) => product * size, 1);
    return [name, new ort.Tensor("float32", noise(length, 11 + i), dims)] as const;
  });
  const { z } = await session.run(Object.fromEntries(feeds));
  await session.release();
  return { data: z.data as Float32Array, dims: z.dims };
}

const operators = (bytes: Uint8Array) => readGraph(bytes).nodes.map(({ operator }) => operator);
const count = (list: readonly string[], name: string) =>
  list.filter((each) => each === name).length;

for (const [name, model, check] of [
  [
    "attention",
    attention,
    (before: string[], after: string[]) => {
      assert.equal(count(after, "MultiHeadAttention"), 1);
      assert.equal(count(before, "Softmax") - count(after, "Softmax"), 1);
    },
  ],
  [
    "attention of lengths that are reckoned",
    attentionOfAnyLength,
    (_: string[], after: string[]) => {
      assert.equal(count(after, "MultiHeadAttention"), 1);
      assert.equal(count(after, "Softmax"), 0);
    },
  ],
  [
    "a convolution and its gate",
    convolution,
    (_: string[], after: string[]) => assert.deepEqual(after, ["Conv", "Conv", "Sigmoid", "Mul"]),
  ],
  [
    "a group norm before a gate",
    norm,
    (_: string[], after: string[]) => {
      for (const gone of ["Conv", "InstanceNormalization", "Split"]) {
        assert.equal(count(after, gone), 0, gone);
      }
    },
  ],
] as const) {
  test(`${name}: written anew, it gives the same to 100 dB, natively and on WebAssembly`, async () => {
    const before = onnxModel(model);
    const after = rewriteGraph(before);
    check(operators(before), operators(after));
    for (const backend of ["native", "wasm"] as const) {
      const [old, now] = [
        await results(before, model, backend),
        await results(after, model, backend),
      ];
      assert.deepEqual(now.dims, old.dims);
      const decibels = signalToError(old.data, now.data);
      assert.ok(decibels > 100, `${backend}: ${decibels} dB`);
    }
  });
}

/** The same graph with one thing changed. */
const changed = (model: ModelSpec, change: (node: NodeSpec) => NodeSpec): ModelSpec => ({
  ...model,
  nodes: model.nodes.map(change),
});

for (const [name, model] of [
  [
    "other axes of the heads",
    changed(attention, (node) =>
      node.outputs[0] === "rows" ? { ...node, attributes: { perm: [2, 1, 0, 3] } } : node,
    ),
  ],
  [
    "products that are not scaled by the heads' width",
    changed(attention, (node) =>
      node.outputs[0] === "scale" ? { ...node, op: "Identity" } : node,
    ),
  ],
  [
    "shares over another axis",
    changed(attention, (node) =>
      node.op === "Softmax" ? { ...node, attributes: { axis: 2 } } : node,
    ),
  ],
  [
    "a convolution of groups",
    changed(convolution, (node) =>
      node.op === "Conv" ? { ...node, attributes: { ...node.attributes, group: 3 } } : node,
    ),
  ],
  [
    "halves that are no halves",
    changed(convolution, (node) =>
      node.op === "Split" ? { ...node, attributes: { axis: 1, split: [3, 5] } } : node,
    ),
  ],
  [
    "a norm of every other frame",
    changed(norm, (node) =>
      node.op === "Conv" ? { ...node, attributes: { kernel_shape: [1], strides: [2] } } : node,
    ),
  ],
  [
    "a norm of what is padded",
    changed(norm, (node) =>
      node.op === "Conv" ? { ...node, attributes: { kernel_shape: [1], pads: [1, 1] } } : node,
    ),
  ],
  [
    "a split along another axis",
    changed(convolution, (node) =>
      node.op === "Split" ? { ...node, attributes: { axis: 2 } } : node,
    ),
  ],
  [
    "a gate that is used twice",
    {
      ...convolution,
      outputs: [...convolution.outputs!, { name: "gate", shape: [2, 4, 4, 9] }],
    },
  ],
  [
    "a norm over groups of channels",
    {
      ...norm,
      initializers: norm.initializers!.map((tensor) =>
        tensor.name === "group" ? int64("group", [0, 2, -1]) : tensor,
      ),
    },
  ],
] as const satisfies readonly (readonly [string, ModelSpec])[]) {
  test(`${name}: left as it is`, () => {
    const before = onnxModel(model);
    assert.deepEqual(operators(rewriteGraph(before)), operators(before));
  });
}
