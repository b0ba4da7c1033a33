// The two workers that run models, as they are published but for ONNX Runtime: see constant-runtime.ts. They are bundled
// once for a build, and kept in the system's temporary folder. Runs in Node.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const RUNTIME = path.join(import.meta.dirname, "constant-runtime.ts");
const WORKERS = {
  "worker.js": "src/live/worker/index.ts",
  "split-worker.js": "src/split/workers/browser-worker.ts",
};

async function bundle(file: string): Promise<string> {
  const [{ build }, { bundleOptions }] = await Promise.all([
    import("esbuild"),
    import("../../esbuild.config.mjs"),
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
  const folder = path.join(tmpdir(), "danna-quick-workers");
  mkdirSync(folder, { recursive: true });
  const texts = Object.entries(WORKERS).map(async ([name, source]) => {
    const hash = createHash("sha256");
    for (const file of [path.join("dist", name), RUNTIME]) hash.update(readFileSync(file));
    const kept = path.join(folder, `${hash.digest("hex")}.js`);
    if (!existsSync(kept)) {
      // Another test's file may be at it, too.
      const own = `${kept}.${process.pid}`;
      writeFileSync(own, await bundle(source));
      renameSync(own, kept);
    }
    return [`/dist/${name}`, readFileSync(kept, "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}
