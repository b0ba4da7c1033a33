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
  readonly models: Readonly<Record<LiveModel, ModelFiles>>;
}

/** A model's two files, which a bundler may move away from each other. */
export interface ModelFiles {
  readonly manifest: string;
  /** Left out where it lies beside the manifest. */
  readonly graph?: string;
}

/** The models that ship for live separation: "live" without look-ahead, "karaoke" with. */
export const LIVE_MODELS = ["live", "karaoke"] as const;
export type LiveModel = (typeof LIVE_MODELS)[number];

/**
 * Files in the folder `baseUrl` (with or without a slash at the end), laid out as in dist/; without
 * it the files beside this script, or where a bundler has put them.
 */
export function builtFiles(baseUrl?: string | URL): BuiltFiles {
  if (baseUrl === undefined) return ownFiles();
  const base = folderUrl(baseUrl);
  const at = (file: string) => new URL(file, base).href;
  const model = (name: string) => ({ manifest: at(`models/${name}.json`) });
  return {
    worklet: at("worklet.js"),
    worker: at("worker.js"),
    ort: runtimeIn(at("ort/")),
    models: { live: model("live"), karaoke: model("karaoke") },
  };
}

function ownFiles(): BuiltFiles {
  return {
    worklet: new URL("./worklet.js", import.meta.url).href,
    worker: new URL("./worker.js", import.meta.url).href,
    ort: ownRuntime(),
    models: {
      live: {
        manifest: new URL("./models/live.json", import.meta.url).href,
        graph: new URL("./models/live.onnx.planes.gz", import.meta.url).href,
      },
      karaoke: {
        manifest: new URL("./models/karaoke.json", import.meta.url).href,
        graph: new URL("./models/karaoke.onnx.planes.gz", import.meta.url).href,
      },
    },
  };
}

/** ONNX Runtime's files in a folder, whose URL ends with a slash. */
export function runtimeIn(folder: string): BuiltFiles["ort"] {
  const build = (name: string) => ({
    mjs: `${folder}ort-wasm-simd-threaded${name}.mjs`,
    wasm: `${folder}ort-wasm-simd-threaded${name}.wasm.gz`,
  });
  return { wasm: build(""), webgpu: build(".asyncify") };
}

/** ONNX Runtime's files beside this script, or where a bundler has put them. */
export function ownRuntime(): BuiltFiles["ort"] {
  return {
    wasm: {
      mjs: new URL("./ort/ort-wasm-simd-threaded.mjs", import.meta.url).href,
      wasm: new URL("./ort/ort-wasm-simd-threaded.wasm.gz", import.meta.url).href,
    },
    webgpu: {
      mjs: new URL("./ort/ort-wasm-simd-threaded.asyncify.mjs", import.meta.url).href,
      wasm: new URL("./ort/ort-wasm-simd-threaded.asyncify.wasm.gz", import.meta.url).href,
    },
  };
}

/** Absolute URL of a folder, with the slash at its end that relative URLs need. */
export function folderUrl(folder: string | URL): URL {
  const url = new URL(folder, document.baseURI);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
