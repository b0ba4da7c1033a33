// ONNX Runtime Web, loaded when it is needed and set up for one thread. Page, worker or Node.
import type * as Ort from "onnxruntime-web";
import { DannaError } from "../errors.ts";
import type { Backend, OrtFiles } from "../model/backend.ts";
import { fetchUnpacked } from "../model/unpack.ts";
import { release } from "../util/release.ts";

export type { Backend, OrtFiles } from "../model/backend.ts";

/** What runs the graphs of a split: in Node also ONNX Runtime's native build. */
export type SplitBackend = Backend | "native";

/**
 * The parts of ONNX Runtime that the engine uses.
 * @internal
 */
export type Runtime = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env">;

/** URLs of each build's files. */
export type WasmPaths = Readonly<Record<Backend, OrtFiles>>;

/**
 * One Identity, as write-onnx.ts writes it: no page needs that file for its first sound.
 * @internal
 */
export const SMALLEST_GRAPH =
  "CAk6OwoQCgF4EgF5IghJZGVudGl0eRIFZ3JhcGhaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAR";

/** Where ONNX Runtime comes from. */
export interface RuntimeSources {
  /** Where the ort-wasm files are; without it they are looked for beside the script, which serves Node. */
  wasmPaths?: WasmPaths;
  /**
   * How the native build is imported, in Node. Nothing in a browser's bundle knows of it.
   * @internal
   */
  importNative?: () => Promise<Runtime>;
  /**
   * How Node reads the WebAssembly of the build for "wasm"; undefined where its script finds it.
   * @internal
   */
  readWasm?: () => Promise<ArrayBuffer | undefined>;
}

/**
 * Imports the build that holds the backend. One thread: a second helps the median of a hop and ruins
 * its tail.
 * @throws DannaError "platform" when there is no native build, "fetch" when a packed one does not come
 * @internal
 */
export async function importRuntime(
  backend: SplitBackend,
  { wasmPaths, importNative, readWasm }: RuntimeSources = {},
): Promise<Runtime> {
  if (backend === "native") {
    if (importNative) return importNative();
    throw new DannaError("platform", 'The backend "native" is for Node; here it is "wasm".');
  }
  const ort: Runtime =
    backend === "webgpu"
      ? await import("onnxruntime-web/webgpu")
      : await import("onnxruntime-web/wasm");
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1;
  const files = wasmPaths?.[backend];
  const packed = files?.wasm.endsWith(".gz");
  if (files) ort.env.wasm.wasmPaths = packed ? { mjs: files.mjs } : files;
  if (ort.env.wasm.wasmBinary) return ort;
  const binary = packed ? await fetchUnpacked(files!.wasm) : files ? undefined : await readWasm?.();
  if (binary) {
    ort.env.wasm.wasmBinary = binary;
    await runSmallest(ort);
    // Compiled now, and else kept for as long as this thread is.
    await release(new Uint8Array(binary));
  }
  return ort;
}

/**
 * Imports the build and has its WebAssembly fetched and compiled, which it would begin only with a model's bytes:
 * so both can come at once. Its GPU is left alone until there is a graph for it.
 * @throws DannaError as `importRuntime`; "fetch" when its files do not come, or are not what they should be
 * @internal
 */
export async function startRuntime(
  backend: Backend,
  sources: RuntimeSources = {},
): Promise<Runtime> {
  const ort = await importRuntime(backend, sources);
  await runSmallest(ort);
  return ort;
}

/** Has the WebAssembly compiled: its first graph does. */
async function runSmallest(ort: Runtime): Promise<void> {
  const graph = Uint8Array.from(atob(SMALLEST_GRAPH), (char) => char.charCodeAt(0));
  try {
    const session = await ort.InferenceSession.create(graph, sessionOptions("wasm"));
    await session.release();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DannaError(
      "fetch",
      `ONNX Runtime does not start (${reason}); is "baseUrl" the folder of the built files, with all of ort/ in it?`,
      { cause },
    );
  }
}

/**
 * How a graph is loaded. The native build would take a thread for each core; the split has its own.
 *
 * An arena keeps what runs have given back. For the small tensors of a hop that saves time; of whole segments
 * it keeps the sum of all peaks, a quarter of a split's memory for a tenth of its processor time, and
 * WebAssembly has 4 GB.
 * @param tensors "large" where a run takes a whole segment
 * @internal
 */
export function sessionOptions(
  backend: SplitBackend,
  tensors: "small" | "large" = "small",
): Ort.InferenceSession.SessionOptions {
  const common = {
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    ...(tensors === "large" && { enableCpuMemArena: false, enableMemPattern: false }),
  } as const;
  return backend === "native"
    ? {
        ...common,
        executionProviders: ["cpu"],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        // A plan of the memory takes more of it than tensor by tensor, for no time that could be measured.
        enableMemPattern: false,
        // Numbers below 1e-38 take a processor a hundred times as long as others, and no one hears them.
        extra: { session: { set_denormal_as_zero: "1" } },
      }
    : { ...common, executionProviders: [backend] };
}
