// Writes small ONNX graphs: the resampler of a split, and those of tests and benchmark. Pure; any
// thread. (Field numbers: onnx.proto, IR version 9.)
import { PbfWriter } from "pbf";

export const FLOAT = 1;
export const INT64 = 7;

export interface TensorSpec {
  name: string;
  dims: readonly number[];
  /** FLOAT by default. */
  type?: number;
  /** Little-endian elements. */
  raw?: Uint8Array;
  /** Says that the elements lie in the file of this name. */
  location?: string;
}

/** Sizes; a text is a symbolic one. */
export interface ValueSpec {
  name: string;
  shape: readonly (number | string)[];
  type?: number;
}

export type Attribute = number | string | readonly number[] | TensorSpec | GraphSpec;

export interface NodeSpec {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Whole numbers are written as integers; wrap others in `float`. */
  attributes?: Readonly<Record<string, Attribute | { float: number }>>;
  domain?: string;
}

export interface GraphSpec {
  nodes: readonly NodeSpec[];
  inputs?: readonly ValueSpec[];
  outputs?: readonly ValueSpec[];
  initializers?: readonly TensorSpec[];
}

export interface ModelSpec extends GraphSpec {
  opset?: number;
  /** Model-local functions, by name: each is one Identity. */
  functions?: readonly string[];
}

export function writeTensor(
  { name, dims, type = FLOAT, raw, location }: TensorSpec,
  pbf: PbfWriter,
) {
  for (const size of dims) pbf.writeVarintField(1, size);
  pbf.writeVarintField(2, type);
  pbf.writeStringField(8, name);
  if (raw) pbf.writeBytesField(9, raw);
  if (location === undefined) return;
  const entry = { location };
  pbf.writeMessage(
    13,
    (_, pbf) => {
      pbf.writeStringField(1, "location");
      pbf.writeStringField(2, location);
    },
    entry,
  );
  pbf.writeVarintField(14, 1);
}

function writeAttribute(
  [name, value]: [string, Attribute | { float: number }],
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, name);
  const type = (code: number) => pbf.writeVarintField(20, code);
  if (typeof value === "number") {
    pbf.writeVarintField(3, value);
    type(2);
  } else if (typeof value === "string") {
    pbf.writeBytesField(4, new TextEncoder().encode(value));
    type(3);
  } else if ("float" in value) {
    pbf.writeFloatField(2, value.float);
    type(1);
  } else if ("dims" in value) {
    pbf.writeMessage(5, writeTensor, value);
    type(4);
  } else if ("nodes" in value) {
    pbf.writeMessage(6, writeGraph, value);
    type(5);
  } else {
    for (const item of value) pbf.writeVarintField(8, item);
    type(7);
  }
}

export function writeNode(
  { op, inputs, outputs, attributes = {}, domain }: NodeSpec,
  pbf: PbfWriter,
) {
  for (const name of inputs) pbf.writeStringField(1, name);
  for (const name of outputs) pbf.writeStringField(2, name);
  pbf.writeStringField(4, op);
  for (const entry of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, entry);
  if (domain !== undefined) pbf.writeStringField(7, domain);
}

export function writeValue({ name, shape, type = FLOAT }: ValueSpec, pbf: PbfWriter) {
  const dimension = (size: number | string, pbf: PbfWriter) => {
    if (typeof size === "number") pbf.writeVarintField(1, size);
    else pbf.writeStringField(2, size);
  };
  pbf.writeStringField(1, name);
  pbf.writeMessage(
    2,
    (_, pbf) =>
      pbf.writeMessage(
        1,
        (_, pbf) => {
          pbf.writeVarintField(1, type);
          pbf.writeMessage(
            2,
            (sizes, pbf) => {
              for (const size of sizes) pbf.writeMessage(1, dimension, size);
            },
            shape,
          );
        },
        shape,
      ),
    shape,
  );
}

function writeGraph(graph: GraphSpec, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, "graph");
  for (const tensor of graph.initializers ?? []) pbf.writeMessage(5, writeTensor, tensor);
  for (const value of graph.inputs ?? []) pbf.writeMessage(11, writeValue, value);
  for (const value of graph.outputs ?? []) pbf.writeMessage(12, writeValue, value);
}

/** The bytes of an ONNX file. */
export function onnxModel(model: ModelSpec): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 9);
  pbf.writeMessage(7, writeGraph, model);
  pbf.writeMessage(
    8,
    (opset, pbf) => {
      pbf.writeStringField(1, "");
      pbf.writeVarintField(2, opset);
    },
    model.opset ?? 17,
  );
  for (const name of model.functions ?? []) {
    pbf.writeMessage(
      25,
      (name, pbf) => {
        pbf.writeStringField(1, name);
        pbf.writeStringField(4, "x");
        pbf.writeStringField(5, "y");
        pbf.writeMessage(7, writeNode, { op: "Identity", inputs: ["x"], outputs: ["y"] });
        pbf.writeStringField(10, "local");
      },
      name,
    );
  }
  return pbf.finish() as Uint8Array<ArrayBuffer>;
}

/** An initializer of 64-bit integers. */
export const int64 = (name: string, values: readonly number[], dims = [values.length]) => ({
  name,
  dims,
  type: INT64,
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

/** An initializer of 32-bit floats. */
export const float32 = (name: string, dims: readonly number[], values: Float32Array) => ({
  name,
  dims,
  raw: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});
