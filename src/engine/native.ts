// Where ONNX Runtime comes from in Node. Its native build, several times as fast as WebAssembly, is an optional peer.
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DannaError } from "../errors.ts";
import type { Runtime, RuntimeSources, SplitBackend } from "./runtime.ts";

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

/** By its own small chunks it takes four times as long. */
const IN_ONE_GO = { chunkSize: 2 ** 24 };

/** What lies packed beside the built files; run from its source, ONNX Runtime has a file of its own. */
async function readWasm(): Promise<ArrayBuffer | undefined> {
  const file = new URL("./ort/ort-wasm-simd-threaded.wasm.gz", import.meta.url);
  const packed = await readFile(file).catch(() => undefined);
  return packed && new Uint8Array(await promisify(gunzip)(packed, IN_ONE_GO)).buffer;
}

export const nodeSources: RuntimeSources = { importNative, readWasm };
