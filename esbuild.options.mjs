// The settings of files that are one bundle each; tests bundle their own browser scripts with them, and load nothing
// else of the build for that. `--readable` and a count of what tests reach leave code as it is written.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);

/** Folder of a package's file. */
export const folderOf = (specifier) => path.dirname(require.resolve(specifier));
export const PFFFT = folderOf("@echogarden/pffft-wasm/simd");

export const out = "dist";
export const target = "es2022";
export const isDev = process.argv.includes("--readable");
/** Not where tests are counted, which want branches as they are written, nor while you develop. */
export const minify = !process.env.COVERAGE_FOLDER && !isDev;

// pffft's loader imports "module" only under Node. Opus's speech enhancement is an option that is not
// used here, of 4 MB. Nothing of them is left for the bundlers of others to look for.
const UNUSED = ["module", "@wasm-audio-decoders/opus-ml"];
export const unused = (replacement) =>
  Object.fromEntries(UNUSED.map((name) => [name, replacement]));

/** @type {import("esbuild").BuildOptions} */
export const bundleOptions = {
  bundle: true,
  minify,
  sourcemap: true,
  target,
  outdir: out,
  logLevel: "warning",
  legalComments: "none",
  conditions: ["onnxruntime-web-use-extern-wasm"],
  alias: unused("data:text/javascript,export{}"),
  define: {
    PFFFT_WASM_BASE64: JSON.stringify(readFileSync(path.join(PFFFT, "pffft.wasm"), "base64")),
  },
};
