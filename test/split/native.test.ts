// Splits on the native ONNX Runtime, with the built library and command: the stems of WebAssembly, and
// what is said where the package is missing. Runs in Node.
import assert from "node:assert/strict";
import { build, type PluginBuild } from "esbuild";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { checkOptions } from "../../src/split/check-options.ts";
import type * as Native from "../../src/engine/native.ts";
import { importRuntime } from "../../src/engine/runtime.ts";
import { run } from "../cli/run.ts";
import { runtimesAgree } from "./runtimes.ts";

const MODELS = { DANNA_SEP_MODELS: path.resolve("test/models") };

for (const model of ["live", path.resolve("test/models/blended.json")]) {
  const { name } = path.parse(model);
  // The soak has "studio".
  test(`${name}: stems of the native runtime and of WebAssembly agree to 80 dB`, () =>
    runtimesAgree(model));
}

test("doctor: says which runtime is at work", async () => {
  const { stdout } = await run(["doctor", "identity", "--json"], { env: MODELS });
  assert.equal((JSON.parse(stdout) as { backend: string }).backend, "native");
});

test("native runtime: leaves no identifier of the device", async () => {
  const home = await mkdtemp(path.join(tmpdir(), "danna-native-"));
  const env = { ...MODELS, HOME: home, XDG_CACHE_HOME: path.join(home, "cache") };
  const { code } = await run(["doctor", "identity", "--json"], { env });
  assert.equal(code, 0);
  assert.deepEqual(await readdir(home), []);
  await rm(home, { recursive: true });
});

test("native runtime: outside of Node, and unknown backends, are typed errors", async () => {
  await assert.rejects(importRuntime("native"), { code: "platform", message: /for Node/ });
  assert.throws(() => checkOptions({ backend: "cuda" as "native" }), {
    code: "input",
    message: /"backend" is one of/,
  });
});

test("native runtime: where it is missing, the error names the command that adds it", async () => {
  const missing = {
    name: "missing",
    setup: ({ onResolve }: PluginBuild) =>
      onResolve({ filter: /^onnxruntime-node$/ }, () => ({
        path: "no-such-package",
        external: true,
      })),
  };
  const { outputFiles } = await build({
    entryPoints: ["src/engine/native.ts"],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [missing],
  });
  const url = `data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`;
  const { backendHere } = (await import(url)) as typeof Native;
  assert.equal(await backendHere(), "wasm");
  assert.equal(await backendHere("wasm"), "wasm");
  await assert.rejects(backendHere("native"), {
    code: "platform",
    message: /npm install --ignore-scripts onnxruntime-node/,
  });
});

test("native runtime: nothing of it is in what browsers load", async () => {
  for (const file of await readdir("dist")) {
    if (!file.endsWith(".js") || /^(cli|node)\b/.test(file)) continue;
    const text = await readFile(path.join("dist", file), "utf8");
    assert.doesNotMatch(text, /import\("onnxruntime-node"\)/, file);
  }
});
