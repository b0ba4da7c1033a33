// Cuts a part out of an ONNX file that check-onnx.ts has let through: what makes one tensor of another. Pure; any thread.
import { PbfReader, PbfWriter } from "pbf";
import { readNode, readTensor, type OnnxNode } from "./read-onnx.ts";
import { writeValue, type ValueSpec } from "./write-onnx.ts";

/** Fields of onnx.proto: of a model and of its graph. */
const MODEL = { version: 1, graph: 7, operatorSets: 8 } as const;
const GRAPH = { node: 1, name: 2, tensor: 5, input: 11, output: 12 } as const;

interface Node extends OnnxNode {
  readonly raw: Uint8Array;
}

/**
 * A graph of all the nodes that `outputs` need when `inputs` are given, with their weights. All are float32; of the
 * inputs it has those that are needed. Weights are copied, nothing else of the file is looked at.
 */
export function cutGraph(
  bytes: Uint8Array,
  inputs: readonly ValueSpec[],
  outputs: readonly ValueSpec[],
): Uint8Array<ArrayBuffer> {
  const file = new PbfReader(bytes);
  const part = new PbfWriter();
  file.readFields((field) => {
    if (field === MODEL.version) part.writeVarintField(MODEL.version, file.readVarint());
    else if (field === MODEL.operatorSets) part.writeBytesField(field, file.readBytes());
    else if (field === MODEL.graph) {
      part.writeMessage(MODEL.graph, writePart, { graph: file.readBytes(), inputs, outputs });
    }
  }, undefined);
  return part.finish() as Uint8Array<ArrayBuffer>;
}

interface Cut {
  readonly graph: Uint8Array;
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
}

function writePart({ graph, inputs, outputs }: Cut, part: PbfWriter): void {
  const nodes: Node[] = [];
  const tensors = new Map<string, Uint8Array>();
  const reader = new PbfReader(graph);
  reader.readFields((field) => {
    if (field === GRAPH.node) {
      const raw = reader.readBytes();
      nodes.push({ ...readNode(raw), raw });
    } else if (field === GRAPH.tensor) {
      const raw = reader.readBytes();
      tensors.set(readTensor(raw).name, raw);
    }
  }, undefined);
  const needed = neededFor(nodes, inputs, outputs);
  const names = new Set(needed.flatMap((node) => node.inputs));
  for (const { raw } of needed) part.writeBytesField(GRAPH.node, raw);
  part.writeStringField(GRAPH.name, "part");
  for (const [name, raw] of tensors) if (names.has(name)) part.writeBytesField(GRAPH.tensor, raw);
  for (const input of inputs) {
    if (names.has(input.name)) part.writeMessage(GRAPH.input, writeValue, input);
  }
  for (const output of outputs) part.writeMessage(GRAPH.output, writeValue, output);
}

/** In the graph's order, in which each node comes after those that it needs. */
function neededFor(
  nodes: readonly Node[],
  given: readonly ValueSpec[],
  outputs: readonly ValueSpec[],
): Node[] {
  const known = new Set(given.map(({ name }) => name));
  const wanted = new Set(outputs.map(({ name }) => name));
  const needed = nodes.toReversed().filter((node) => {
    const needs = node.outputs.some((name) => wanted.has(name) && !known.has(name));
    if (needs) for (const name of node.inputs) wanted.add(name);
    return needs;
  });
  return needed.reverse();
}
