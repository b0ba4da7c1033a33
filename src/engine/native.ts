// ONNX Runtime's native build, several times as fast as WebAssembly: an optional peer. Node.
import { DannaError } from "../errors.ts";
import type { Runtime, SplitBackend } from "./runtime.ts";

/** What adds it. Its install script fetches CUDA's libraries, which nothing here uses. */
export const ADD_NATIVE = "npm install --ignore-scripts onnxruntime-node";

let importing: Promise<Runtime | undefined> | undefined;

/** Undefined where the package is not installed, or does not run on this system. */
export function findNative(): Promise<Runtime | undefined> {
  importing ??= importSilent();
  return importing;
}

async function importSilent(): Promise<Runtime | undefined> {
  // The build reports to its maker and keeps an identifier of the device, unless this is set before it is
  // loaded. It reads the process's environment, of which worker threads only have a copy: the thread that
  // leads a split loads it first.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    return (await import("onnxruntime-node")) as unknown as Runtime;
  } catch {
    return undefined;
  }
}

/** @throws DannaError "platform" that says how to add it */
export async function importNative(): Promise<Runtime> {
  const ort = await findNative();
  if (ort) return ort;
  throw new DannaError(
    "platform",
    `The native ONNX Runtime is not installed, or does not run here. \`${ADD_NATIVE}\` adds it ` +
      '(288 MB); the backend "wasm" does without.',
  );
}

/**
 * What runs the graphs here.
 * @throws DannaError "platform" when "native" is wanted and not installed
 */
export async function backendHere(wanted: SplitBackend | "auto" = "auto"): Promise<SplitBackend> {
  if (wanted === "native") await importNative();
  if (wanted !== "auto") return wanted;
  return (await findNative()) ? "native" : "wasm";
}
