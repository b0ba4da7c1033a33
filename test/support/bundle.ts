// Bundles a test's own browser script with the settings of the real build. Runs in Node.
import { build } from "esbuild";
import { bundleOptions } from "../../esbuild.options.mjs";

/** One ES module with everything `file` imports, to be served as a page's script or worker. */
export async function bundleScript(file: string): Promise<string> {
  const result = await build({
    ...bundleOptions,
    entryPoints: [file],
    format: "esm",
    write: false,
    sourcemap: process.env.COVERAGE_FOLDER ? "inline" : false,
  });
  return result.outputFiles[0].text;
}
