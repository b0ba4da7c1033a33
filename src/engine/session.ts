// A checked model, ready to run: bytes against the manifest, graph against the manifest, inference
// with explicit state. Page, worker or Node.
import type { InferenceSession, Tensor } from "onnxruntime-web";
import { loadFft } from "../dsp/fft.ts";
import { DannaError } from "../errors.ts";
import { checkGraphFile } from "../model/check-onnx.ts";
import type { ModelFile, SpectralManifest } from "../model/manifest.ts";
import {
  importRuntime,
  sessionOptions,
  type Runtime,
  type RuntimeSources,
  type SplitBackend,
} from "./runtime.ts";
import type { ValueSpec } from "../model/write-onnx.ts";
import { sha256 } from "../util/sha256.ts";
import { openBandSplit } from "./band-split.ts";
import type { Features } from "./features.ts";
import type { ModelResult, ModelSession, ModelState } from "./model-session.ts";

export type { ModelSession, ModelState } from "./model-session.ts";

export interface LoadModelOptions extends RuntimeSources {
  manifest: SpectralManifest;
  /** The whole ONNX file. */
  bytes: Uint8Array<ArrayBuffer>;
  backend: SplitBackend;
  /** ONNX Runtime, where the caller has it already or has begun to start it; else it is imported if it is needed. */
  ort?: Runtime | Promise<Runtime>;
  /** What does the graph's first steps in its place, on any backend but the network kernels. */
  features?: Features | undefined;
}

/**
 * Checks length, SHA-256 and what the file may hold, then the graph's names, types and shapes, then
 * what one frame of silence gives.
 * @throws DannaError "model" that says what differs from the manifest
 */
export async function loadModel(options: LoadModelOptions): Promise<ModelSession> {
  const { manifest, bytes, backend, features } = options;
  await Promise.all([checkBytes(manifest, bytes), loadFft()]);
  const own = backend === "wasm" ? await openBandSplit(manifest, bytes) : undefined;
  if (own) return own;
  const ort = await (options.ort ?? importRuntime(backend, options));
  const session = await guarded(manifest, "ONNX Runtime does not load it", () =>
    ort.InferenceSession.create(
      features?.rest(manifest, bytes) ?? bytes,
      sessionOptions(backend, manifest.kind === "segment" ? "large" : "small"),
    ),
  );
  try {
    checkGraph(manifest, session, features?.tensor);
    const model = new OnnxSession(manifest, backend, session, ort, features);
    await model.run(new Float32Array(model.inputFloats), 1, model.createState());
    return model;
  } catch (error) {
    await session.release();
    throw error;
  }
}

const failure = (manifest: ModelFile, problem: string, cause?: unknown): DannaError =>
  new DannaError("model", `Model "${manifest.name}": ${problem}.`, { cause });

/** @throws DannaError "model" for whatever `action` throws */
export async function guarded<T>(
  manifest: SpectralManifest,
  problem: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failure(manifest, `${problem} (${reason})`, cause);
  }
}

/**
 * @throws DannaError "model" when length or SHA-256 are not the manifest's, or when the file holds
 *   what no model may: see check-onnx.ts
 */
export async function checkBytes(
  manifest: ModelFile,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (bytes.byteLength !== manifest.bytes) {
    throw failure(
      manifest,
      `${manifest.file} has ${bytes.byteLength} bytes where its manifest says ${manifest.bytes}; ` +
        "file and manifest are of different versions, or the download was cut off",
    );
  }
  const actual = await sha256(bytes);
  if (actual !== manifest.sha256) {
    throw failure(
      manifest,
      `${manifest.file} has SHA-256 ${actual} where its manifest says ${manifest.sha256}; ` +
        "file and manifest are of different versions, or the file was altered",
    );
  }
  checkGraphFile(manifest.name, bytes);
}

type Dimension = number | string;
type Declared = Pick<InferenceSession, "inputMetadata" | "outputMetadata">;

/**
 * Compares the graph's declared tensors with the manifest's; symbolic sizes are left to the run.
 * @param features that the graph takes, and the manifest's input only if it needs that, too
 */
export function checkGraph(
  manifest: SpectralManifest,
  session: Declared,
  features?: ValueSpec,
): void {
  const declared = (side: "input" | "output") =>
    new Map(session[`${side}Metadata`].map((tensor) => [tensor.name, tensor]));
  const fed = features
    ? [manifest.input, features].filter((tensor) => takes(session, tensor))
    : [manifest.input];
  const expected = {
    input: new Map<string, readonly Dimension[]>([
      ...fed.map(({ name, shape }) => [name, shape] as const),
      ...manifest.state.map(({ input, shape }) => [input, shape] as const),
    ]),
    output: new Map<string, readonly Dimension[]>([
      [manifest.output.name, manifest.output.shape],
      ...manifest.state.map(({ output, shape }) => [output, shape] as const),
    ]),
  };
  for (const side of ["input", "output"] as const) {
    const tensors = declared(side);
    for (const [name, shape] of expected[side]) {
      const tensor = tensors.get(name);
      if (!tensor) throw failure(manifest, `the graph has no ${side} "${name}"`);
      if (!tensor.isTensor || tensor.type !== "float32") {
        throw failure(manifest, `${side} "${name}" is not a float32 tensor`);
      }
      const fits =
        tensor.shape.length === shape.length &&
        tensor.shape.every((size, axis) =>
          shape[axis] === "frames"
            ? typeof size === "string"
            : typeof size === "string" || size === shape[axis],
        );
      if (!fits) {
        throw failure(
          manifest,
          `${side} "${name}" has shape [${tensor.shape}] where the manifest says [${shape}]`,
        );
      }
    }
    for (const name of side === "input" ? tensors.keys() : []) {
      if (!expected.input.has(name)) {
        throw failure(manifest, `the manifest does not say what to feed input "${name}"`);
      }
    }
  }
}

const takes = ({ inputMetadata }: Declared, tensor: ValueSpec): boolean =>
  inputMetadata.some(({ name }) => name === tensor.name);

/** A graph in ONNX Runtime. */
class OnnxSession implements ModelSession {
  readonly manifest: SpectralManifest;
  readonly backend: SplitBackend;
  readonly inputFloats: number;
  readonly outputFloats: number;
  readonly #session: InferenceSession;
  readonly #ort: Runtime;
  readonly #features: Features | undefined;
  readonly #takesSpectra: boolean;
  readonly #wanted: string[];

  constructor(
    manifest: SpectralManifest,
    backend: SplitBackend,
    session: InferenceSession,
    ort: Runtime,
    features: Features | undefined,
  ) {
    const product = (shape: readonly Dimension[]) =>
      shape.slice(1).reduce<number>((floats, size) => floats * Number(size), 1);
    this.manifest = manifest;
    this.backend = backend;
    this.inputFloats = product(manifest.input.shape);
    this.outputFloats = product(manifest.output.shape);
    this.#session = session;
    this.#ort = ort;
    this.#features = features;
    this.#takesSpectra = !features || takes(session, manifest.input);
    this.#wanted = [manifest.output.name, ...manifest.state.map(({ output }) => output)];
  }

  createState(): ModelState {
    return this.manifest.state.map(({ shape }) => {
      const floats = shape.reduce((product, size) => product * size, 1);
      return new this.#ort.Tensor("float32", new Float32Array(floats), shape);
    });
  }

  async run(spectrum: Float32Array, frames: number, state: ModelState): Promise<ModelResult> {
    const { manifest } = this;
    const data = spectrum.subarray(0, frames * this.inputFloats);
    const feeds: Record<string, Tensor> = {};
    const feed = ({ name, shape }: ValueSpec, values: Float32Array) => {
      const dims = [frames, ...shape.slice(1).map(Number)];
      feeds[name] = new this.#ort.Tensor("float32", values, dims);
    };
    if (this.#features) feed(this.#features.tensor, this.#features.process(data, frames));
    if (this.#takesSpectra) feed(manifest.input, data);
    manifest.state.forEach(({ input }, i) => (feeds[input] = state[i] as Tensor));
    const results = await guarded(manifest, "inference failed", () =>
      this.#session.run(feeds, this.#wanted),
    );
    const [, ...frameShape] = manifest.output.shape;
    const { name } = manifest.output;
    const output = this.#checkShape(results[name], name, [frames, ...frameShape]);
    const next = manifest.state.map(({ output, shape }) =>
      this.#checkShape(results[output], output, shape),
    );
    return { output: output.data as Float32Array, state: next };
  }

  #checkShape(tensor: Tensor, name: string, shape: readonly number[]): Tensor {
    const { dims } = tensor;
    if (dims.length !== shape.length || dims.some((size, axis) => size !== shape[axis])) {
      throw failure(
        this.manifest,
        `output "${name}" came out as [${dims}] where the manifest says [${shape}]`,
      );
    }
    return tensor;
  }

  dispose(): Promise<void> {
    return this.#session.release();
  }
}
