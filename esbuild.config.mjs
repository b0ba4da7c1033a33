// Builds everything that is served or published into dist/. Run by `npm run build`.
//
//   index.js, stem-mixer.js, demo/main.js   page code, sharing chunks
//   worker.js                               module worker: engine and ONNX Runtime
//   worklet.js                              audio thread; a script without exports
//   ort/, models/, demo/                    copied as they are
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const out = "dist";
const require = createRequire(import.meta.url);
const packageFile = (specifier) => require.resolve(specifier);

const pffftWasm = path.join(path.dirname(packageFile("@echogarden/pffft-wasm/simd")), "pffft.wasm");

/**
 * The settings every bundle shares; tests bundle their own browser scripts with them.
 * @type {import("esbuild").BuildOptions}
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  sourcemap: true,
  target: "es2022",
  outdir: out,
  logLevel: "warning",
  legalComments: "none",
  conditions: ["onnxruntime-web-use-extern-wasm"],
  // pffft's loader imports "module" only under Node.
  external: ["module"],
  define: { PFFFT_WASM_BASE64: JSON.stringify((await readFile(pffftWasm)).toString("base64")) },
};

async function buildAll() {
  const present = (entries) =>
    Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file)));

  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });

  await Promise.all([
    build({
      ...bundleOptions,
      entryPoints: present({
        index: "src/index.ts",
        "stem-mixer": "components/index.ts",
        "demo/main": "components/demo/main.ts",
      }),
      // The contexts of standardized-audio-context are known only to the user's own copy of it.
      external: [...bundleOptions.external, "standardized-audio-context"],
      format: "esm",
      splitting: true,
      chunkNames: "chunk-[hash]",
    }),
    build({
      ...bundleOptions,
      entryPoints: present({ worker: "src/worker/index.ts" }),
      format: "esm",
      splitting: true,
      chunkNames: "worker-[hash]",
    }),
    build({
      ...bundleOptions,
      entryPoints: present({ worklet: "worklets/index.ts" }),
      format: "iife",
    }),
  ]);

  const ort = path.dirname(packageFile("onnxruntime-web/ort-wasm-simd-threaded.wasm"));
  for (const name of ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.asyncify"]) {
    for (const extension of ["mjs", "wasm"]) {
      await cp(
        path.join(ort, `${name}.${extension}`),
        path.join(out, "ort", `${name}.${extension}`),
      );
    }
  }

  const copy = async (from, to, wanted) => {
    if (!existsSync(from)) return;
    for (const entry of await readdir(from, { withFileTypes: true, recursive: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile() && wanted(path.relative(from, file))) {
        await cp(file, path.join(to, path.relative(from, file)));
      }
    }
  };
  await copy("models", `${out}/models`, (file) => /^[^/\\]+\.(onnx|json)$/.test(file));
  await copy("components/demo", `${out}/demo`, (file) => !/\.(ts|mjs|py|sh)$/.test(file));
}

if (process.argv[1] === import.meta.filename) await buildAll();
