// Looks through an ONNX file before ONNX Runtime gets it: a model is untrusted input. Pure; any thread.
//
// What is let through is plain arithmetic on tensors that lie in the file: operators of the standard
// from a list, no control flow, no functions, no custom operators, no data elsewhere, and no constant
// that makes a graph ask for more memory than any model here needs. The reader is stricter than
// protobuf asks, so that nothing can hide between two readings of one file.
import { PbfReader } from "pbf";
import { DannaError } from "../errors.ts";

/** Graphs beyond these are refused. */
export const GRAPH_LIMITS = {
  nodes: 20_000,
  /** Elements of a tensor that a constant shape asks for. */
  elements: 2 ** 26,
} as const;

/** Names of ai.onnx operators without control flow, text, images, sequences or chance. */
export const OPERATORS: ReadonlySet<string> = new Set(
  `Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization BitShift
  BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu Clip Compress Concat
  Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace
  DequantizeLinear Det DFT Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike
  Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool
  GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HammingWindow HannWindow
  HardSigmoid HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN LSTM LayerNormalization
  LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool LRN MatMul MatMulInteger Max
  MaxPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg NonZero Not OneHot Or PRelu Pad Pow
  QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN Range Reciprocal ReduceL1 ReduceL2
  ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare
  Relu Reshape Resize Round STFT ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh
  Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh
  ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Where Xor`.split(/\s+/),
);

/** Operators whose result is as large as a tensor of integers says, and which input that is. */
const SIZED_BY: ReadonlyMap<string, number> = new Map([
  ["ConstantOfShape", 0],
  ["Expand", 1],
  ["Tile", 1],
  ["Pad", 1],
]);

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const INT64 = 7;
/** Of a tensor. */
const MOST_DIMENSIONS = 16;
const DAMAGED = "its file is not ONNX, or damaged";
const DATA_ELSEWHERE = "it keeps data in other files";

class Refusal extends Error {}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

const short = (name: string) => `"${name.slice(0, 60)}"`;

/** Refuses what has another wire type than the standard's: runtimes would pass over it. */
function expectType(pbf: PbfReader, type: number): void {
  if (pbf.type !== type) refuse(DAMAGED);
}

function readFields(pbf: PbfReader, end: number, read: (field: number) => void): void {
  if (!(end <= pbf.length)) refuse(DAMAGED);
  pbf.readFields(read, undefined, end);
  if (pbf.pos !== end) refuse(DAMAGED);
}

/** Reads a message, and returns how many bytes it takes. */
function readMessage(pbf: PbfReader, read: (field: number) => void): number {
  expectType(pbf, LENGTH_DELIMITED);
  const length = pbf.readVarint();
  readFields(pbf, pbf.pos + length, read);
  return length;
}

function readText(pbf: PbfReader): string {
  expectType(pbf, LENGTH_DELIMITED);
  return pbf.readString();
}

function readNumber(pbf: PbfReader): number {
  expectType(pbf, VARINT);
  return pbf.readVarint(true);
}

/** Appends a repeated field, packed or not; what is beyond `MOST_DIMENSIONS` is passed over. */
function readNumbers(pbf: PbfReader, numbers: number[]): void {
  const packed = pbf.type === LENGTH_DELIMITED;
  if (!packed) expectType(pbf, VARINT);
  const end = packed ? pbf.readVarint() + pbf.pos : pbf.pos + 1;
  while (pbf.pos < end) {
    const value = pbf.readVarint(true);
    if (numbers.length <= MOST_DIMENSIONS) numbers.push(value);
  }
}

/** Elements of a tensor of this shape; 0 where the numbers are too many for a shape. */
const elementsOf = (shape: readonly number[]) =>
  shape.length > MOST_DIMENSIONS
    ? 0
    : shape.reduce((product, size) => product * Math.max(1, Math.abs(size)), 1);

/** A tensor that lies in the file, and how many elements a tensor has that takes it as its shape. */
interface Constant {
  name: string;
  asShape: number;
}

function readTensor(pbf: PbfReader): Constant {
  const shape: number[] = [];
  const numbers: number[] = [];
  let name = "";
  let type = 0;
  let raw: Uint8Array = new Uint8Array();
  const bytes = readMessage(pbf, (field) => {
    if (field === 1) readNumbers(pbf, shape);
    else if (field === 2) type = readNumber(pbf);
    else if (field === 7) readNumbers(pbf, numbers);
    else if (field === 8) name = readText(pbf);
    else if (field === 9) raw = readRaw(pbf);
    else if (field === 13 || (field === 14 && readNumber(pbf) !== 0)) refuse(DATA_ELSEWHERE);
  });
  const elements = shape.reduce((product, size) => product * size, 1);
  const fits = shape.length <= MOST_DIMENSIONS && shape.every((size) => size >= 0);
  if (!fits || elements > bytes) {
    refuse(`tensor ${short(name)} of shape [${shape}] has too little data for it`);
  }
  if (type !== INT64) return { name, asShape: 0 };
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = Math.min(raw.byteLength >> 3, MOST_DIMENSIONS + 1);
  for (let i = 0; i < count; i++) numbers.push(Number(view.getBigInt64(8 * i, true)));
  return { name, asShape: elementsOf(numbers) };
}

function readRaw(pbf: PbfReader): Uint8Array {
  expectType(pbf, LENGTH_DELIMITED);
  return pbf.readBytes();
}

interface Node extends Constant {
  operator: string;
  inputs: string[];
}

/** `name` is the first output's; `asShape` counts where the node is a Constant. */
function readNode(pbf: PbfReader): Node {
  const node: Node = { operator: "", inputs: [], name: "", asShape: 0 };
  readMessage(pbf, (field) => {
    if (field === 1) node.inputs.push(readText(pbf));
    else if (field === 2) node.name ||= readText(pbf);
    else if (field === 4) node.operator = readOperator(pbf);
    else if (field === 5) node.asShape = Math.max(node.asShape, readAttribute(pbf));
    else if (field === 7) checkDomain(pbf);
  });
  if (node.operator === "") refuse("a node has no operator");
  return node;
}

function readOperator(pbf: PbfReader): string {
  const name = readText(pbf);
  if (!OPERATORS.has(name)) refuse(`operator ${short(name)} is not allowed`);
  return name;
}

function checkDomain(pbf: PbfReader): void {
  const name = readText(pbf);
  const standard = name === "" || name === "ai.onnx";
  if (!standard) refuse(`operators of ${short(name)} are not allowed, only the standard's own`);
}

function readAttribute(pbf: PbfReader): number {
  const numbers: number[] = [];
  let asShape = 0;
  readMessage(pbf, (field) => {
    if (field === 5 || field === 10) asShape = Math.max(asShape, readTensor(pbf).asShape);
    else if (field === 8) readNumbers(pbf, numbers);
    else if (field === 6 || field === 11) refuse("graphs within the graph are not allowed");
    else if (field === 21) refuse("references to attributes are not allowed");
    else if (field === 22 || field === 23) refuse("sparse tensors are not allowed");
  });
  return Math.max(asShape, elementsOf(numbers));
}

function readGraph(pbf: PbfReader): void {
  /** By name, the elements that a tensor has whose shape this is. */
  const shapes = new Map<string, number>();
  const keep = ({ name, asShape }: Constant) =>
    shapes.set(name, Math.max(asShape, shapes.get(name) ?? 0));
  const sized: Node[] = [];
  let nodes = 0;
  readMessage(pbf, (field) => {
    if (field === 1) {
      if (++nodes > GRAPH_LIMITS.nodes) refuse(`it has over ${GRAPH_LIMITS.nodes} nodes`);
      const node = readNode(pbf);
      if (node.operator === "Constant") keep(node);
      if (SIZED_BY.has(node.operator)) sized.push(node);
    } else if (field === 5) {
      keep(readTensor(pbf));
    } else if (field === 15) {
      refuse("sparse tensors are not allowed");
    }
  });
  for (const { operator, inputs } of sized) {
    const elements = shapes.get(inputs[SIZED_BY.get(operator)!]) ?? 0;
    if (elements > GRAPH_LIMITS.elements) {
      refuse(`"${operator}" asks for a tensor of ${elements} elements`);
    }
  }
}

/** ONNX Runtime's own format, which it takes a file for that has these bytes at 4. */
const RUNTIME_FORMAT = [..."ORTM"].map((letter) => letter.charCodeAt(0));

/**
 * @param name of the model, for the error
 * @param bytes of a whole ONNX file
 * @throws DannaError "model" that says what in it is not allowed, or that it is damaged
 */
export function checkGraphFile(name: string, bytes: Uint8Array): void {
  try {
    if (RUNTIME_FORMAT.every((byte, i) => bytes[4 + i] === byte)) refuse(DAMAGED);
    const pbf = new PbfReader(bytes);
    let graphs = 0;
    readFields(pbf, bytes.length, (field) => {
      if (field === 7 && ++graphs === 1) readGraph(pbf);
      else if (field === 7) refuse("it holds more than one graph");
      else if (field === 8) readMessage(pbf, (field) => field === 1 && checkDomain(pbf));
      else if (field === 20) refuse("training steps are not allowed");
      else if (field === 25) refuse("functions are not allowed");
    });
    if (graphs === 0) refuse("it holds no graph");
  } catch (cause) {
    const reason = cause instanceof Refusal ? cause.message : DAMAGED;
    throw new DannaError("model", `Model "${name}" is refused: ${reason}.`, { cause });
  }
}
