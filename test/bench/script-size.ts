// Gzipped size of what a page loads before the first sound, without ONNX Runtime. Runs in Node.
import { build, type Metafile } from "esbuild";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { bundleOptions } from "../../esbuild.options.mjs";
import type { Figures } from "./figures.ts";

/** Bytes of `entry` and what it imports statically. */
async function gzippedSize(entry: string, format: "esm" | "iife"): Promise<number> {
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    entryPoints: [entry],
    external: ["onnxruntime-web", "onnxruntime-web/*", "standardized-audio-context"],
    format,
    splitting: format === "esm",
    sourcemap: false,
    metafile: true,
    write: false,
  });
  const first = Object.keys(metafile.outputs).find(
    (name) => metafile.outputs[name].entryPoint === entry,
  )!;
  const wanted = new Set([...withImports(metafile, first)].map((name) => path.resolve(name)));
  return outputFiles
    .filter(({ path }) => wanted.has(path))
    .reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).length, 0);
}

function withImports({ outputs }: Metafile, name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const { kind, path, external } of outputs[name].imports) {
    if (kind === "import-statement" && !external) withImports({ outputs, inputs: {} }, path, found);
  }
  return found;
}

export async function scriptSize(): Promise<Figures["scriptSize"]> {
  return {
    page: await gzippedSize("src/index.ts", "esm"),
    worker: await gzippedSize("src/live/worker/index.ts", "esm"),
    worklet: await gzippedSize("worklets/separator/index.ts", "iife"),
  };
}
