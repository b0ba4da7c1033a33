// ONNX Runtime Web, loaded when it is needed and set up for one thread. Page, worker or Node.
import type * as Ort from "onnxruntime-web";
import type { Backend, OrtFiles } from "../model/backend.ts";

export type { Backend, OrtFiles } from "../model/backend.ts";

/**
 * The parts of ONNX Runtime that the engine uses.
 * @internal
 */
export type Runtime = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env">;

/** URL of the folder with the files, with a slash at the end, or of each build's. */
export type WasmPaths = string | Readonly<Record<Backend, OrtFiles>>;

/**
 * Imports the build that holds the backend. One thread: a second helps the median of a hop and ruins
 * its tail.
 * @param wasmPaths where the ort-wasm files are; without it they are looked for beside the script,
 *   which serves Node
 * @internal
 */
export async function importRuntime(backend: Backend, wasmPaths?: WasmPaths): Promise<Runtime> {
  const ort: Runtime =
    backend === "webgpu"
      ? await import("onnxruntime-web/webgpu")
      : await import("onnxruntime-web/wasm");
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1;
  if (wasmPaths !== undefined) {
    ort.env.wasm.wasmPaths = typeof wasmPaths === "string" ? wasmPaths : wasmPaths[backend];
  }
  return ort;
}
