// Writes parts of an ONNX graph anew that ONNX Runtime is slow at on a processor, to the same results: attention, gates
// behind convolutions, and group norms between the two. Takes graphs that check-onnx.ts has let through, and leaves as
// it is what it does not know. Pure; any thread.
import { PbfReader, PbfWriter } from "pbf";
import { floats, readNode, readTensor, type OnnxNode, type OnnxTensor } from "./read-onnx.ts";
import {
  FLOAT,
  float32,
  INT64,
  int64,
  writeNode,
  writeTensor,
  type NodeSpec,
  type TensorSpec,
} from "./write-onnx.ts";

/** Fields of onnx.proto: of a model, of its graph, of a node and of its attributes. */
const MODEL = { version: 1, graph: 7, operatorSets: 8 } as const;
const GRAPH = { node: 1, name: 2, tensor: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, operator: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, float: 2, integer: 3, tensor: 5, integers: 8 } as const;
/** ONNX Runtime's own operators. */
const OWN = "com.microsoft";

/** @param bytes of a whole ONNX file that is sound */
export function rewriteGraph(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const file = new PbfReader(bytes);
  const result = new PbfWriter();
  file.readFields((field) => {
    if (field === MODEL.version) result.writeVarintField(field, file.readVarint());
    else if (field === MODEL.operatorSets) result.writeBytesField(field, file.readBytes());
    else if (field === MODEL.graph) result.writeMessage(field, writeGraph, file.readBytes());
  }, undefined);
  const writeOwn = (_: undefined, pbf: PbfWriter) => {
    pbf.writeStringField(1, OWN);
    pbf.writeVarintField(2, 1);
  };
  result.writeMessage(MODEL.operatorSets, writeOwn, undefined);
  return result.finish() as Uint8Array<ArrayBuffer>;
}

function writeGraph(message: Uint8Array, result: PbfWriter): void {
  const graph = new Graph(message);
  for (const node of graph.nodes) {
    const written =
      node.operator === "Softmax"
        ? attention(graph, node)
        : node.operator === "Split"
          ? (gatedConvolution(graph, node) ?? gatedNorm(graph, node))
          : undefined;
    if (written) graph.replaced.set(...written);
  }
  graph.write(result);
}

interface Node extends OnnxNode {
  readonly raw: Uint8Array;
}

/** A node, and what makes its outputs in its place. */
type Rewritten = [node: Node, by: (NodeSpec | Uint8Array)[]];

class Graph {
  readonly nodes: Node[] = [];
  readonly replaced = new Map<Node, (NodeSpec | Uint8Array)[]>();
  /** Messages, by name. */
  readonly #tensors = new Map<string, Uint8Array>();
  readonly #added: TensorSpec[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #makers = new Map<string, Node>();
  readonly #users = new Map<string, Node[]>();

  constructor(message: Uint8Array) {
    const pbf = new PbfReader(message);
    pbf.readFields((field) => {
      if (field === GRAPH.node) {
        const raw = pbf.readBytes();
        this.nodes.push({ ...readNode(raw), raw });
      } else if (field === GRAPH.tensor) {
        const raw = pbf.readBytes();
        this.#tensors.set(readTensor(raw).name, raw);
      } else if (field === GRAPH.input) this.#inputs.push(pbf.readBytes());
      else if (field === GRAPH.output) this.#outputs.push(pbf.readBytes());
    }, undefined);
    for (const node of this.nodes) {
      for (const name of node.outputs) this.#makers.set(name, node);
      for (const name of node.inputs) {
        const users = this.#users.get(name);
        if (users) users.push(node);
        else this.#users.set(name, [node]);
      }
    }
    // What the graph gives is used beyond it.
    for (const name of this.#results()) this.#users.delete(name);
  }

  #results(): string[] {
    return this.#outputs.map((message) => {
      let name = "";
      const pbf = new PbfReader(message);
      pbf.readFields((field) => field === 1 && (name = pbf.readString()), undefined);
      return name;
    });
  }

  /** The node that makes a tensor, if it is of this operator. */
  maker(name: string, operator: string): Node | undefined {
    const node = this.#makers.get(name);
    return node?.operator === operator ? node : undefined;
  }

  /** The one node that uses a tensor, if it is of this operator. */
  user(name: string, operator: string): Node | undefined {
    const users = this.#users.get(name);
    return users?.length === 1 && users[0].operator === operator ? users[0] : undefined;
  }

  /** A tensor that lies in the file. */
  tensor(name: string): OnnxTensor | undefined {
    const tensor = this.#tensors.get(name);
    if (tensor) return readTensor(tensor);
    const value = this.maker(name, "Constant")?.raw;
    const raw = value && attribute(value, "value", ATTRIBUTE.tensor, (pbf) => pbf.readBytes());
    return raw && readTensor(raw);
  }

  /** Float32 values that lie in the file. */
  floats(name: string): Float32Array | undefined {
    const tensor = this.tensor(name);
    return tensor?.type === FLOAT && tensor.raw.length > 0 ? floats(tensor) : undefined;
  }

  /** A shape that lies in the file. */
  shape(name: string): readonly number[] | undefined {
    const tensor = this.tensor(name);
    if (tensor?.type !== INT64) return undefined;
    return [...new BigInt64Array(tensor.raw.slice().buffer)].map(Number);
  }

  /** The name of a tensor that is added. */
  add(tensor: TensorSpec): string {
    this.#added.push(tensor);
    return tensor.name;
  }

  /** All but nodes and tensors that nothing needs any more. */
  write(result: PbfWriter): void {
    const needed = new Set(this.#results());
    const kept: (NodeSpec | Uint8Array)[] = [];
    for (const node of this.nodes
      .flatMap((node) => this.replaced.get(node) ?? [node.raw])
      .reverse()) {
      const { inputs, outputs } = node instanceof Uint8Array ? readNode(node) : node;
      if (!outputs.some((name) => needed.has(name))) continue;
      for (const name of inputs) needed.add(name);
      kept.push(node);
    }
    for (const node of kept.reverse()) {
      if (node instanceof Uint8Array) result.writeBytesField(GRAPH.node, node);
      else result.writeMessage(GRAPH.node, writeNode, node);
    }
    result.writeStringField(GRAPH.name, "graph");
    for (const [name, raw] of this.#tensors) {
      if (needed.has(name)) result.writeBytesField(GRAPH.tensor, raw);
    }
    for (const tensor of this.#added) result.writeMessage(GRAPH.tensor, writeTensor, tensor);
    for (const raw of this.#inputs) result.writeBytesField(GRAPH.input, raw);
    for (const raw of this.#outputs) result.writeBytesField(GRAPH.output, raw);
  }
}

/** What `read` makes of a field of a node's attribute of this name, and of what it made before where that comes again. */
function attribute<T>(
  node: Uint8Array,
  wanted: string,
  field: number,
  read: (pbf: PbfReader, before?: T) => T,
): T | undefined {
  let found: T | undefined;
  const pbf = new PbfReader(node);
  const readAttribute = (end: number) => {
    let name = "";
    let value: T | undefined;
    pbf.readFields(
      (at) => {
        if (at === ATTRIBUTE.name) name = pbf.readString();
        else if (at === field) value = read(pbf, value);
      },
      undefined,
      end,
    );
    if (name === wanted) found = value;
  };
  pbf.readFields((at) => {
    if (at === NODE.attribute) readAttribute(pbf.readVarint() + pbf.pos);
  }, undefined);
  return found;
}

/** The numbers of a node's attribute; none where it has no such attribute. */
function integers({ raw }: Node, name: string): readonly number[] {
  const read = (pbf: PbfReader, numbers: number[] = []) => {
    pbf.readPackedVarint(numbers, true);
    return numbers;
  };
  return attribute(raw, name, ATTRIBUTE.integers, read) ?? [];
}

const integer = ({ raw }: Node, name: string): number | undefined =>
  attribute(raw, name, ATTRIBUTE.integer, (pbf) => pbf.readVarint(true));

/** Whether a node is a transposition by these axes. */
const turns = (node: Node | undefined, ...axes: number[]): node is Node =>
  node !== undefined && integers(node, "perm").join() === axes.join();

/**
 * Softmax of scaled products of queries and keys, times values, as PyTorch exports it for one song at a time: one
 * operator that never holds all the products (Dao et al., "FlashAttention", 2022), of which HTDemucs has 58 million.
 */
function attention(graph: Graph, softmax: Node): Rewritten | undefined {
  if (![-1, 3].includes(integer(softmax, "axis") ?? -1)) return undefined;
  const products = graph.maker(softmax.inputs[0], "MatMul");
  const weighted = graph.user(softmax.outputs[0], "MatMul");
  if (!products || weighted?.inputs[0] !== softmax.outputs[0]) return undefined;
  const joined = graph.user(weighted.outputs[0], "Transpose");
  const result = turns(joined, 2, 0, 1, 3) && graph.user(joined.outputs[0], "Reshape");
  const [queries, turnedKeys] = products.inputs.map((name) => scaled(graph, name));
  const keys = turnedKeys === undefined ? undefined : graph.maker(turnedKeys, "Transpose");
  if (!result || queries === undefined || !turns(keys, 0, 1, 3, 2)) return undefined;
  const parts = [queries, keys.inputs[0], weighted.inputs[1]].map((name) => heads(graph, name));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [{ count }] = parts;
  const prefix = softmax.outputs[0];
  const names = ["queries", "keys", "values"].map((name) => `${prefix}/${name}`);
  // Songs first, as the operator wants them.
  const turned = (from: string, to: string): NodeSpec => ({
    op: "Transpose",
    inputs: [from],
    outputs: [to],
    attributes: { perm: [1, 0, 2] },
  });
  return [
    result,
    [
      ...names.map((name, i) => turned(parts[i].rows, name)),
      {
        op: "MultiHeadAttention",
        domain: OWN,
        inputs: names,
        outputs: [`${prefix}/attended`],
        attributes: { num_heads: count },
      },
      turned(`${prefix}/attended`, `${prefix}/rows`),
      { op: "Reshape", inputs: [`${prefix}/rows`, result.inputs[1]], outputs: result.outputs },
    ],
  ];
}

/** What is multiplied with a fourth root of the heads' width, reckoned from shapes. */
function scaled(graph: Graph, name: string): string | undefined {
  const product = graph.maker(name, "Mul");
  return product && graph.maker(product.inputs[1], "Sqrt") ? product.inputs[0] : undefined;
}

/** Rows of all heads beside each other, [length, songs, heads · width], that are given as [songs, heads, length, width]. */
function heads(graph: Graph, name: string): { rows: string; count: number } | undefined {
  const split = graph.maker(name, "Reshape");
  const turned = split && graph.maker(split.inputs[0], "Transpose");
  const rows = turns(turned, 1, 0, 2) && graph.maker(turned.inputs[0], "Reshape");
  if (!split || !rows) return undefined;
  const [, shape] = split.inputs;
  const sizes = graph.maker(shape, "Concat")?.inputs ?? [];
  const count =
    graph.shape(shape)?.[1] ?? (sizes.length === 4 ? graph.shape(sizes[1])?.[0] : undefined);
  return count === undefined ? undefined : { rows: rows.inputs[0], count };
}

/** The product of a split's first half and its second half's sigmoid: a gated linear unit. */
function gated(graph: Graph, split: Node): Node | undefined {
  const [value, gate] = split.outputs;
  const alongChannels =
    split.inputs.length === 1 &&
    split.outputs.length === 2 &&
    integers(split, "split").length === 0 &&
    integer(split, "axis") === 1;
  const opened = alongChannels ? graph.user(gate, "Sigmoid") : undefined;
  const product = opened && graph.user(opened.outputs[0], "Mul");
  return product && graph.user(value, "Mul") === product ? product : undefined;
}

/** Two convolutions in place of one that is split: no copy, and the gate's sigmoid becomes a part of its own. */
function gatedConvolution(graph: Graph, split: Node): Rewritten | undefined {
  const convolution = graph.maker(split.inputs[0], "Conv");
  if (!convolution || !graph.user(split.inputs[0], "Split") || !gated(graph, split))
    return undefined;
  if ((integer(convolution, "group") ?? 1) !== 1) return undefined;
  const [input, weights, bias] = convolution.inputs;
  const shape = graph.tensor(weights)?.shape;
  const parameters = [weights, bias].map((name) => graph.floats(name));
  if (!shape || shape[0] % 2 === 1) return undefined;
  if (!parameters.every((values) => values !== undefined)) return undefined;
  return [
    split,
    split.outputs.map((output, half) => {
      const [w, b] = parameters.map((values, i) => {
        const size = values.length / 2;
        const dims = i === 0 ? [shape[0] / 2, ...shape.slice(1)] : [size];
        const part = values.subarray(half * size, (half + 1) * size);
        return graph.add(float32(`${output}/${i === 0 ? "weights" : "bias"}`, dims, part));
      });
      return withOther(convolution, [input, w, b], [output]);
    }),
  ];
}

/** A node with its operator and attributes, and other inputs and outputs. */
function withOther(
  { raw }: Node,
  inputs: readonly string[],
  outputs: readonly string[],
): Uint8Array {
  const result = new PbfWriter();
  for (const name of inputs) result.writeStringField(NODE.input, name);
  for (const name of outputs) result.writeStringField(NODE.output, name);
  const pbf = new PbfReader(raw);
  pbf.readFields((field) => {
    if (field === NODE.operator || field === NODE.attribute) {
      result.writeBytesField(field, pbf.readBytes());
    }
  }, undefined);
  return result.finish();
}

/**
 * A convolution over single frames, x = W h + b, from few channels to many, their norm over all channels and frames
 * (one group), a gate and a scale per channel. Mean and variance of x follow from the sums of h and of h hᵀ, so that the
 * norm is reckoned into the weights, batch by batch, and x is written once, in place of nine passes over it.
 */
function gatedNorm(graph: Graph, split: Node): Rewritten | undefined {
  const product = gated(graph, split);
  const scaledProduct = product && graph.user(product.outputs[0], "Mul");
  const shifted = graph.maker(split.inputs[0], "Add");
  const multiplied = shifted && graph.maker(shifted.inputs[0], "Mul");
  const shaped = multiplied && graph.maker(multiplied.inputs[0], "Reshape");
  const norm = shaped && graph.maker(shaped.inputs[0], "InstanceNormalization");
  const flattened = norm && graph.maker(norm.inputs[0], "Reshape");
  const convolution = flattened && graph.maker(flattened.inputs[0], "Conv");
  if (!convolution || !scaledProduct || (integer(convolution, "group") ?? 1) !== 1)
    return undefined;
  const single =
    integers(convolution, "strides").every((step) => step === 1) &&
    integers(convolution, "pads").every((frames) => frames === 0);
  const [hidden, weights, bias] = convolution.inputs;
  const [, width, length] = graph.tensor(weights)?.shape ?? [];
  const epsilon = attribute(norm.raw, "epsilon", ATTRIBUTE.float, (pbf) => pbf.readFloat());
  const other = scaledProduct.inputs.find((name) => name !== product.outputs[0])!;
  const group = graph.shape(flattened.inputs[1])?.join();
  const parameters = [weights, bias, multiplied.inputs[1], shifted.inputs[1], other].map((name) =>
    graph.floats(name),
  );
  if (!single || length !== 1 || group !== "0,1,-1" || epsilon === undefined) return undefined;
  if (!parameters.every((values) => values !== undefined)) return undefined;
  const [w, b, gamma, beta, scale] = parameters;
  const channels = b.length;
  if (gamma.length !== channels || scale.length !== channels / 2) return undefined;

  const prefix = split.outputs[0];
  const nodes: NodeSpec[] = [];
  const named = (name: string) => `${prefix}/${name}`;
  const make = (
    op: string,
    inputs: string[],
    name: string,
    attributes?: NodeSpec["attributes"],
  ) => {
    nodes.push({ op, inputs, outputs: [named(name)], attributes });
    return named(name);
  };
  const constant = (name: string, dims: number[], values: ArrayLike<number>) =>
    graph.add(float32(named(name), dims, Float32Array.from(values)));
  const numbers = (name: string, values: number[]) => graph.add(int64(named(name), values));

  // [h; 1], so that b is a column of the weights.
  const columns = width + 1;
  const affine = Float64Array.from({ length: channels * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return column < width ? w[row * width + column] : b[row];
  });
  const one = constant("one", [], [1]);
  const extended = make("Pad", [hidden, numbers("pads", [0, 0, 0, 0, 1, 0]), one], "extended");
  const turned = make("Transpose", [extended], "turned", { perm: [0, 2, 1] });
  const sums = make("MatMul", [extended, turned], "sums");
  const flat = make("Reshape", [sums, numbers("flat", [0, columns ** 2])], "flatSums");
  // Mean of x and of x², from the sums.
  const moments = new Float64Array(2 * columns ** 2);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) {
      const at = 2 * (i * columns + j);
      for (let c = 0; c < channels; c++) {
        const weight = affine[c * columns + i] / channels;
        if (j === width) moments[at] += weight;
        moments[at + 1] += weight * affine[c * columns + j];
      }
    }
  }
  const axis = numbers("axis", [1]);
  const part = (of: string, from: number, name: string) =>
    make(
      "Slice",
      [of, numbers(`${name}From`, [from]), numbers(`${name}To`, [from + 1]), axis],
      name,
    );
  const total = make("MatMul", [flat, constant("moments", [columns ** 2, 2], moments)], "totals");
  const means = make("Div", [total, part(flat, columns ** 2 - 1, "frames")], "means");
  const mean = part(means, 0, "mean");
  const squared = make("Mul", [mean, mean], "squaredMean");
  const variance = make("Sub", [part(means, 1, "meanSquare"), squared], "variance");
  const above = make("Add", [variance, constant("epsilon", [], [epsilon])], "aboveZero");
  const deviation = make("Sqrt", [above], "deviation");
  const inverse = make("Reciprocal", [deviation], "inverse");
  const offset = make("Mul", [inverse, mean], "offset");
  const perBatch = make("Concat", [inverse, offset], "perBatch", { axis: 1 });
  // γ/σ · W, with γ/σ · (b − μ) + β as the last column; those of the values times the scale as well.
  const [values, gate] = ["values", "gate"].map((name, half) => {
    const rows = channels / 2;
    const size = rows * columns;
    const factors = new Float64Array(2 * size);
    const constants = new Float64Array(size);
    for (let at = 0; at < size; at++) {
      const c = half * rows + Math.floor(at / columns);
      const by = half === 0 ? scale[c] : 1;
      factors[at] = by * gamma[c] * affine[half * size + at];
      if (at % columns === width)
        [factors[size + at], constants[at]] = [-by * gamma[c], by * beta[c]];
    }
    const flat = make(
      "Gemm",
      [
        perBatch,
        constant(`${name}Factors`, [2, size], factors),
        constant(`${name}Shift`, [size], constants),
      ],
      `${name}FlatWeights`,
    );
    const shape = numbers(`${name}Shape`, [-1, rows, columns]);
    const normed = make("Reshape", [flat, shape], `${name}Weights`);
    return make("MatMul", [normed, extended], name);
  });
  const opened = make("Sigmoid", [gate], "opened");
  nodes.push({ op: "Mul", inputs: [values, opened], outputs: scaledProduct.outputs });
  return [scaledProduct, nodes];
}
