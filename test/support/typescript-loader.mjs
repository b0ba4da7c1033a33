// Loads TypeScript in Node with the settings of the bundles, for `npm run coverage`: what runs in Node
// and in pages then has the same branches. Runs in Node, also in its thread for loaders.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { bundleOptions } from "../../esbuild.options.mjs";

/**
 * What Node runs in place of a file, and its source map.
 * @param {string} file
 */
export function compile(file) {
  const { target, define } = bundleOptions;
  const { code, map } = transformSync(readFileSync(file, "utf8"), {
    ...{ loader: "ts", format: "esm", target, define },
    ...{ sourcefile: file, sourcemap: "external" },
  });
  const inline = Buffer.from(map).toString("base64");
  const comment = `//# sourceMappingURL=data:application/json;base64,${inline}\n`;
  return { source: code + comment, sourceMap: JSON.parse(map) };
}

/** @type {import("node:module").LoadHook} */
export function load(url, context, next) {
  const module = (source) => ({ format: "module", shortCircuit: true, source });
  const { protocol, pathname } = new URL(url);
  if (protocol !== "file:") return next(url, context);
  if (pathname.endsWith(".ts")) return module(compile(fileURLToPath(url)).source);
  // As bundles, without an attribute.
  if (pathname.endsWith(".json"))
    return module(`export default ${readFileSync(new URL(url), "utf8")}`);
  return next(url, context);
}
