// URLs of the files that a separator loads while it runs. Page.
//
// Each is written as `new URL("./NAME", import.meta.url)`, which bundlers (Vite, webpack, Rollup,
// Parcel) recognise: they copy the file into their output and put its new URL here.
import type { Backend, OrtFiles } from "./backend.ts";

/** Absolute URLs. */
export interface BuiltFiles {
  readonly worklet: string;
  readonly worker: string;
  readonly ort: Readonly<Record<Backend, OrtFiles>>;
  readonly manifest: string;
  /** The default model's ONNX file, which a bundler may move away from its manifest. */
  readonly model: string;
}

/**
 * Files in the folder `baseUrl` (with or without a slash at the end), laid out as in dist/; without
 * it the files beside this script, or where a bundler has put them.
 */
export function builtFiles(baseUrl?: string | URL): BuiltFiles {
  if (baseUrl === undefined) return ownFiles();
  const base = folderUrl(baseUrl);
  const at = (file: string) => new URL(file, base).href;
  return {
    worklet: at("worklet.js"),
    worker: at("worker.js"),
    ort: {
      wasm: {
        mjs: at("ort/ort-wasm-simd-threaded.mjs"),
        wasm: at("ort/ort-wasm-simd-threaded.wasm"),
      },
      webgpu: {
        mjs: at("ort/ort-wasm-simd-threaded.asyncify.mjs"),
        wasm: at("ort/ort-wasm-simd-threaded.asyncify.wasm"),
      },
    },
    manifest: at("models/live.json"),
    model: at("models/live.onnx"),
  };
}

function ownFiles(): BuiltFiles {
  return {
    worklet: new URL("./worklet.js", import.meta.url).href,
    worker: new URL("./worker.js", import.meta.url).href,
    ort: ownRuntime(),
    manifest: new URL("./models/live.json", import.meta.url).href,
    model: new URL("./models/live.onnx", import.meta.url).href,
  };
}

/** ONNX Runtime's files beside this script, or where a bundler has put them. */
export function ownRuntime(): BuiltFiles["ort"] {
  return {
    wasm: {
      mjs: new URL("./ort/ort-wasm-simd-threaded.mjs", import.meta.url).href,
      wasm: new URL("./ort/ort-wasm-simd-threaded.wasm", import.meta.url).href,
    },
    webgpu: {
      mjs: new URL("./ort/ort-wasm-simd-threaded.asyncify.mjs", import.meta.url).href,
      wasm: new URL("./ort/ort-wasm-simd-threaded.asyncify.wasm", import.meta.url).href,
    },
  };
}

/** Absolute URL of a folder, with the slash at its end that relative URLs need. */
export function folderUrl(folder: string | URL): URL {
  const url = new URL(folder, document.baseURI);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
