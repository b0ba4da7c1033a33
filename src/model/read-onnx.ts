// Reads the nodes and weights of an ONNX file that check-onnx.ts has let through. Pure; any thread.
import { PbfReader } from "pbf";
import { sha256 } from "../util/sha256.ts";

/** A tensor that lies in the file: its type is one of the standard's numbers. */
export interface OnnxTensor {
  readonly type: number;
  readonly shape: readonly number[];
  readonly raw: Uint8Array;
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  /** The messages of nodes, inputs, outputs and versions as they are, then what each tensor is but for its weights. */
  readonly structure: readonly Uint8Array[];
}

const [FLOAT16, INT64] = [10, 7];
/** Field of a model: which versions of the operators it means. */
const OPERATOR_SETS = 8;
/** A tensor of so few values is a setting, and not learned. */
const SETTING = 8;

export function readNode(bytes: Uint8Array): OnnxNode {
  const node = { operator: "", inputs: [] as string[], outputs: [] as string[] };
  const pbf = new PbfReader(bytes);
  pbf.readFields((field) => {
    if (field === 1) node.inputs.push(pbf.readString());
    else if (field === 2) node.outputs.push(pbf.readString());
    else if (field === 4) node.operator = pbf.readString();
  }, undefined);
  return node;
}

export function readTensor(bytes: Uint8Array): OnnxTensor & { name: string } {
  const tensor = { name: "", type: 0, shape: [] as number[], raw: new Uint8Array() as Uint8Array };
  const pbf = new PbfReader(bytes);
  pbf.readFields((field) => {
    if (field === 1) pbf.readPackedVarint(tensor.shape);
    else if (field === 2) tensor.type = pbf.readVarint();
    else if (field === 8) tensor.name = pbf.readString();
    else if (field === 9) tensor.raw = pbf.readBytes();
  }, undefined);
  return tensor;
}

/** @param bytes of a whole ONNX file that is sound */
export function readGraph(bytes: Uint8Array): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const tensors = new Map<string, OnnxTensor>();
  const structure: Uint8Array[] = [];
  const text = new TextEncoder();
  const pbf = new PbfReader(bytes);
  const readField = (field: number) => {
    // Nodes, inputs, outputs; a graph's name says nothing.
    if (field === 1 || field === 11 || field === 12) {
      const message = pbf.readBytes();
      structure.push(message);
      if (field === 1) nodes.push(readNode(message));
    } else if (field === 5) {
      const { name, ...tensor } = readTensor(pbf.readBytes());
      tensors.set(name, tensor);
      structure.push(
        text.encode(JSON.stringify([name, tensor.type, tensor.shape, tensor.raw.length])),
      );
      const values = tensor.shape.reduce((product, size) => product * size, 1);
      if (tensor.type === INT64 || values <= SETTING) structure.push(tensor.raw);
    }
  };
  pbf.readFields((field) => {
    if (field === 7) pbf.readFields(readField, undefined, pbf.readVarint() + pbf.pos);
    else if (field === OPERATOR_SETS) structure.push(pbf.readBytes());
  }, undefined);
  return { nodes, tensors, structure };
}

/** SHA-256 of all that a graph is but for its weights: graphs of one fingerprint compute the same of theirs. */
export function fingerprint({ structure }: OnnxGraph): Promise<string> {
  const all = new Uint8Array(structure.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of structure) {
    all.set(part, at);
    at += part.length;
  }
  return sha256(all);
}

/** Values of a tensor of floats. */
export function floats({ type, raw }: OnnxTensor): Float32Array {
  const { buffer } = raw.slice();
  if (type !== FLOAT16) return new Float32Array(buffer);
  // A float16's bits, moved to those places of a float32, are 2^−112 of it.
  const halves = new Int16Array(buffer);
  const bits = new Int32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (halves[i] << 13) & 0x8fffe000;
  const values = new Float32Array(bits.buffer);
  for (let i = 0; i < values.length; i++) values[i] *= 2 ** 112;
  return values;
}
