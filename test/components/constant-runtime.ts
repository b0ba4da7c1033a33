// In the place of ONNX Runtime in the workers of mixers' tests: runs those fixtures whose masks are the same in every
// frame, by a copy of them, and starts in no time. Any other graph goes to ONNX Runtime. Runs in workers.
import type * as Ort from "onnxruntime-web";
import { floats, readGraph, type OnnxGraph } from "../../src/model/read-onnx.ts";

const [FLOAT, INT64] = [1, 7];
/** What the graphs of such fixtures consist of: the masks are expanded, a state is handed through. */
const OPERATORS = ["Shape", "Slice", "Concat", "Expand", "Identity"];

type Shape = readonly (number | string)[];

export class Tensor {
  readonly type: string;
  readonly data: Float32Array;
  readonly dims: readonly number[];

  constructor(type: string, data: Float32Array, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

type Tensors = Record<string, Tensor>;

export const env: { logLevel?: "error"; wasm: object } = { wasm: {} };

/** One frame's masks and their shape. Axes of the constant that have one value repeat it. */
function masksOf({ tensors }: OnnxGraph): { masks: Float32Array; sizes: number[] } {
  const all = [...tensors.values()];
  const constant = all.find(({ type }) => type === FLOAT)!;
  const { raw } = all.find(({ type, shape: [length] }) => type === INT64 && length === 4)!;
  const sizes = [...new BigInt64Array(raw.slice().buffer)].map(Number);
  const values = floats(constant);
  const shape = constant.shape.slice(1);
  const masks = new Float32Array(sizes.reduce((product, size) => product * size));
  for (let at = 0; at < masks.length; at++) {
    let [rest, from, step] = [at, 0, 1];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      if (shape[axis] > 1) from += (rest % sizes[axis]) * step;
      step *= shape[axis];
      rest = Math.floor(rest / sizes[axis]);
    }
    masks[at] = values[from];
  }
  return { masks, sizes };
}

const described = (name: string, shape: Shape) => ({
  name,
  isTensor: true,
  type: "float32",
  shape,
});

function constantSession(graph: OnnxGraph) {
  const { masks, sizes } = masksOf(graph);
  const hasState = graph.nodes.some(({ operator }) => operator === "Identity");
  const states = (name: string) => (hasState ? [described(name, [1])] : []);
  return {
    inputMetadata: [described("spectrum", ["frames", 2, 1025, 2]), ...states("state")],
    outputMetadata: [described("masks", ["frames", ...sizes]), ...states("next_state")],
    async run({ spectrum, state }: Tensors): Promise<Tensors> {
      const [frames] = spectrum.dims;
      const data = new Float32Array(frames * masks.length);
      for (let at = 0; at < data.length; at += masks.length) data.set(masks, at);
      return { masks: new Tensor("float32", data, [frames, ...sizes]), next_state: state };
    },
    release: () => Promise.resolve(),
  };
}

/** ONNX Runtime itself, whose tensors are a class of its own. */
async function onnxSession(bytes: Uint8Array, options: object) {
  const ort = (await import("/dist/ort/ort.wasm.min.mjs" as string)) as typeof Ort;
  ort.env.logLevel = env.logLevel!;
  Object.assign(ort.env.wasm, env.wasm);
  const session = await ort.InferenceSession.create(bytes, options);
  return {
    inputMetadata: session.inputMetadata,
    outputMetadata: session.outputMetadata,
    run: (feeds: Tensors, wanted: string[]) =>
      session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([name, { data, dims }]) => [
            name,
            new ort.Tensor("float32", data, dims),
          ]),
        ),
        wanted,
      ),
    release: () => session.release(),
  };
}

export const InferenceSession = {
  async create(bytes: Uint8Array, options: object) {
    const graph = readGraph(bytes);
    const isKnown = graph.nodes.every(({ operator }) => OPERATORS.includes(operator));
    if (!isKnown) return onnxSession(bytes, options);
    // Without constants it is the one that only asks whether the runtime starts.
    return graph.tensors.size > 0 ? constantSession(graph) : { release: () => Promise.resolve() };
  },
};
