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
 * A graph of all the nodes that `output` needs when `input` is given, with their weights. Both are float32.
 * Weights are copied, nothing else of the file is looked at.
 */
export function cutGraph(
  bytes: Uint8Array,
  input: ValueSpec,
  output: ValueSpec,
): Uint8Array<ArrayBuffer> {
  const file = new PbfReader(bytes);
  const part = new PbfWriter();
  file.readFields((field) => {
    if (field === MODEL.version) part.writeVarintField(MODEL.version, file.readVarint());
    else if (field === MODEL.operatorSets) part.writeBytesField(field, file.readBytes());
    else if (field === MODEL.graph) {
      part.writeMessage(MODEL.graph, writePart, { graph: file.readBytes(), input, output });
    }
  }, undefined);
  return part.finish() as Uint8Array<ArrayBuffer>;
}

interface Cut {
  readonly graph: Uint8Array;
  readonly input: ValueSpec;
  readonly output: ValueSpec;
}

function writePart({ graph, input, output }: Cut, part: PbfWriter): void {
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
  const needed = neededFor(nodes, input.name, output.name);
  const names = new Set(needed.flatMap(({ inputs }) => inputs));
  for (const { raw } of needed) part.writeBytesField(GRAPH.node, raw);
  part.writeStringField(GRAPH.name, "part");
  for (const [name, raw] of tensors) if (names.has(name)) part.writeBytesField(GRAPH.tensor, raw);
  part.writeMessage(GRAPH.input, writeValue, input);
  part.writeMessage(GRAPH.output, writeValue, output);
}

/** In the graph's order, in which each node comes after those that it needs. */
function neededFor(nodes: readonly Node[], input: string, output: string): Node[] {
  const wanted = new Set([output]);
  const needed = nodes.toReversed().filter(({ inputs, outputs }) => {
    const needs = outputs.some((name) => wanted.has(name) && name !== input);
    if (needs) for (const name of inputs) wanted.add(name);
    return needs;
  });
  return needed.reverse();
}
