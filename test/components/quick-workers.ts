// The two workers that run models, as they are published but for ONNX Runtime: see constant-runtime.ts. They are bundled
// once for a build. Runs in Node.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findKept, hashOf, keep } from "../support/kept.ts";

const RUNTIME = path.join(import.meta.dirname, "constant-runtime.ts");
const WORKERS = {
  "worker.js": "src/live/worker/index.ts",
  "split-worker.js": "src/split/workers/browser-worker.ts",
};

async function bundle(file: string): Promise<string> {
  const [{ build }, { bundleOptions }] = await Promise.all([
    import("esbuild"),
    import("../../esbuild.options.mjs"),
  ]);
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: [file],
    alias: { ...bundleOptions.alias, "onnxruntime-web/wasm": RUNTIME },
    external: ["/dist/*"],
    format: "esm",
    sourcemap: process.env.COVERAGE_FOLDER ? "inline" : false,
    write: false,
  });
  return outputFiles[0].text;
}

/** Their texts, by their paths in a server. */
export async function quickWorkers(): Promise<Record<string, string>> {
  const texts = Object.entries(WORKERS).map(async ([name, source]) => {
    // Built from the same sources with the same settings.
    const published = readFileSync(path.join("dist", name));
    const kept = `${hashOf(published, readFileSync(RUNTIME))}.js`;
    let file = findKept(kept);
    if (!file) {
      const text = await bundle(source);
      file = keep(kept, (file) => writeFileSync(file, text));
    }
    return [`/dist/${name}`, readFileSync(file, "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}
