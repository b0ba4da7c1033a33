// What the fuzz tests feed: damaged manifests, damaged model files, and well-formed files of
// senseless graphs. Node and browser.
import fc from "fast-check";
import { GRAPH_LIMITS, OPERATORS } from "../../src/model/check-onnx.ts";
import {
  float32,
  int64,
  onnxModel,
  type Attribute,
  type ModelSpec,
  type NodeSpec,
  type TensorSpec,
} from "../../src/model/write-onnx.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers at which readers go wrong. */
const SIZES = [-1, 0, 1, 2, 3, 7, 33, 64, 4096, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 53, -(2 ** 63)];
const size = fc.oneof(fc.constantFrom(...SIZES), fc.integer({ min: -4, max: 70 }));

/** Replaces, adds or removes something at any depth of a JSON value. */
export function damaged(json: unknown): fc.Arbitrary<unknown> {
  const paths: string[][] = [];
  const walk = (value: unknown, path: string[]) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      paths.push([...path, key]);
      walk(child, [...path, key]);
    }
  };
  walk(json, []);
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(undefined, NaN, "__proto__", "\ud800", "<img onerror=x>", 1e308),
    size,
    fc.string({ unit: "binary" }),
  );
  const edit = fc.record({ path: fc.constantFrom(...paths), value, added: fc.boolean() });
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
    const changed = structuredClone(json);
    for (const { path, value, added } of edits) {
      const keys = added ? [...path, "added"] : path;
      const parent = keys.slice(0, -1).reduce<unknown>((at, key) => {
        const isParent = typeof at === "object" && at !== null;
        return isParent ? (at as Record<string, unknown>)[key] : undefined;
      }, changed);
      if (typeof parent === "object" && parent !== null) {
        (parent as Record<string, unknown>)[keys[keys.length - 1]] = value;
      }
    }
    return changed;
  });
}

/** Flips, overwrites, cuts, repeats and moves parts of a file. */
export function damagedBytes(file: Bytes): fc.Arbitrary<Bytes> {
  // The start holds the graph's structure, the rest mostly weights.
  const at = fc.oneof(fc.nat(Math.min(file.length, 600) - 1), fc.nat(file.length - 1));
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at, bit: fc.nat(7) }),
    fc.record({
      kind: fc.constant("set" as const),
      at,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
    }),
    fc.record({
      kind: fc.constant("insert" as const),
      at,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
    }),
    fc.record({ kind: fc.constant("cut" as const), at }),
    fc.record({ kind: fc.constant("move" as const), at, from: at, length: fc.nat(80) }),
  );
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let bytes = file.slice();
    for (const change of edits) {
      const at = Math.min(change.at, bytes.length);
      if (change.kind === "flip") bytes[at] ^= 1 << change.bit;
      else if (change.kind === "set") bytes.set(change.bytes.slice(0, bytes.length - at), at);
      else if (change.kind === "cut") bytes = bytes.slice(0, Math.max(at, 1));
      else if (change.kind === "move") {
        bytes.copyWithin(at, change.from, change.from + change.length);
      } else {
        const longer = new Uint8Array(bytes.length + change.bytes.length);
        longer.set(bytes.subarray(0, at));
        longer.set(change.bytes, at);
        longer.set(bytes.subarray(at), at + change.bytes.length);
        bytes = longer;
      }
    }
    return bytes;
  });
}

/** The tensors that `senselessGraph` declares. */
export const FFT_SIZE = 64;
const BINS = FFT_SIZE / 2 + 1;
export const STATE = { input: "state", output: "next_state", shape: [1, 3, 8] };

/** Mostly such that the file may hold it: what is refused unread does not get far. */
const shape = fc.oneof(
  { arbitrary: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), weight: 40 },
  fc.array(size, { maxLength: 5 }),
);
const attribute: fc.Arbitrary<[string, Attribute | { float: number }]> = fc.oneof(
  fc.tuple(
    fc.constantFrom("axis", "to", "keepdims", "hidden_size", "group", "ceil_mode", "num_outputs"),
    size,
  ),
  fc.tuple(
    fc.constantFrom("axes", "perm", "kernel_shape", "pads", "strides", "dilations", "shape"),
    fc.array(size, { maxLength: 6 }),
  ),
  fc.tuple(fc.constantFrom("alpha", "epsilon", "clip", "p"), fc.record({ float: fc.float() })),
  fc.tuple(
    fc.constantFrom("mode", "equation", "direction", "auto_pad", "pad_mode", "activations"),
    fc.constantFrom("reverse", "bidirectional", "cubic", "SAME_UPPER", "ij,jk->ik", "...i->", ""),
  ),
  fc.tuple(
    fc.constantFrom("value"),
    shape.map((dims) => floatTensor("", dims)),
  ),
);

const KNOWN = ["spectrum", "state", "float0", "float1", "float2", "int0", "int1", "int2", ""];

/** A file that protobuf reads without complaint, of operators chained at random. */
export const senselessGraph: fc.Arbitrary<Bytes> = fc
  .record({
    nodes: fc.array(
      fc.record({
        op: fc.constantFrom(...OPERATORS),
        inputs: fc.array(fc.nat(30), { minLength: 1, maxLength: 5 }),
        outputs: fc.integer({ min: 1, max: 3 }),
        attributes: fc.array(attribute, { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    floats: fc.array(shape, { minLength: 3, maxLength: 3 }),
    ints: fc.array(fc.oneof({ arbitrary: shape, weight: 5 }, fc.array(size, { maxLength: 5 })), {
      minLength: 3,
      maxLength: 3,
    }),
    opset: fc.constantFrom(9, 13, 17, 18, 21),
  })
  .map(({ nodes, floats, ints, opset }) => {
    const names = [...KNOWN];
    const named = nodes.map(({ op, inputs, outputs, attributes }, i): NodeSpec => {
      const results = Array.from({ length: outputs }, (_, k) => `value${i}_${k}`);
      const node = {
        op,
        inputs: inputs.map((index) => names[index % names.length]),
        outputs: results,
        attributes: Object.fromEntries(attributes),
      };
      names.unshift(...results);
      return node;
    });
    const model: ModelSpec = {
      opset,
      nodes: [
        ...named,
        { op: "Identity", inputs: [names[0]], outputs: ["masks"] },
        { op: "Identity", inputs: ["state"], outputs: ["next_state"] },
      ],
      initializers: [
        ...floats.map((dims, i) => floatTensor(`float${i}`, dims)),
        ...ints.map((values, i) => int64(`int${i}`, values)),
      ],
      inputs: [
        { name: "spectrum", shape: ["frames", 2, BINS, 2] },
        { name: "state", shape: STATE.shape },
      ],
      outputs: [
        { name: "masks", shape: ["frames", 4, 2, BINS, 2] },
        { name: "next_state", shape: STATE.shape },
      ],
    };
    return onnxModel(model);
  });

function floatTensor(name: string, dims: readonly number[]): TensorSpec {
  const elements = dims.reduce((product, size) => product * size, 1);
  if (!(elements >= 0 && elements <= 10_000)) return { name, dims, raw: new Uint8Array(4) };
  return float32(name, dims, Float32Array.from({ length: elements }, Math.cos));
}

/** Graphs that no one may load, by what is wrong with them. */
export function forbiddenGraphs(): Record<string, ModelSpec> {
  const identity: NodeSpec = { op: "Identity", inputs: ["x"], outputs: ["y"] };
  const node = (changes: Partial<NodeSpec>): ModelSpec => ({
    nodes: [{ ...identity, ...changes }],
  });
  const initializer = (tensor: TensorSpec): ModelSpec => ({
    nodes: [identity],
    initializers: [tensor],
  });
  const sized = (op: string, inputs: string[], sizes: number[]): ModelSpec => ({
    nodes: [{ op, inputs, outputs: ["y"] }],
    initializers: [int64("shape", sizes)],
  });
  const huge = [2 ** 14, 2 ** 14];
  return {
    "a loop": node({ op: "Loop", attributes: { body: { nodes: [identity] } } }),
    "a branch": node({ op: "If" }),
    "a graph in an allowed node": node({ attributes: { body: { nodes: [identity] } } }),
    "a custom operator": node({ domain: "ai.onnx.contrib" }),
    "an operator of the runtime's own": node({ op: "FusedMatMul", domain: "com.microsoft" }),
    "an unknown operator": node({ op: "PyOp" }),
    "a regular expression": node({ op: "RegexFullMatch" }),
    "a decoder of images": node({ op: "ImageDecoder" }),
    "a function": { nodes: [identity], functions: ["mine"] },
    "data in another file": initializer({ name: "w", dims: [1], location: "/etc/passwd" }),
    "data in another file, of a constant": node({
      op: "Constant",
      attributes: { value: { name: "w", dims: [1], location: "../w" } },
    }),
    "more elements than data": initializer({ name: "w", dims: [1e6, 1e6], raw: new Uint8Array(4) }),
    "a negative size": initializer({ name: "w", dims: [-1], raw: new Uint8Array(4) }),
    "too many dimensions": initializer({ name: "w", dims: Array<number>(17).fill(1) }),
    "a huge fill": sized("ConstantOfShape", ["shape"], huge),
    "a huge expansion": sized("Expand", ["x", "shape"], huge),
    "a huge tiling": sized("Tile", ["x", "shape"], [1, 2 ** 40]),
    "huge padding": sized("Pad", ["x", "shape"], [0, 2 ** 31]),
    "a huge fill by a constant node": {
      nodes: [
        { op: "Constant", inputs: [], outputs: ["s"], attributes: { value: int64("", huge) } },
        { op: "ConstantOfShape", inputs: ["s"], outputs: ["y"] },
      ],
    },
    "a huge fill by a list": {
      nodes: [
        { op: "Constant", inputs: [], outputs: ["s"], attributes: { value_ints: huge } },
        { op: "ConstantOfShape", inputs: ["s"], outputs: ["y"] },
      ],
    },
    "too many nodes": { nodes: Array<NodeSpec>(GRAPH_LIMITS.nodes + 1).fill(identity) },
    "no operator": node({ op: "" }),
  };
}
