// The package as it is published: what ships, that every export is there and typed, that importing
// does no harm on a server, that bundlers drop what is not used, and what it weighs: to load, and on disk.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildWithVite, writeProject } from "./bundled.ts";
import { closure, packConsumer, runTool, type ExportTarget, type Packed } from "./packed.ts";
import { dependencies, sizesIn, total, twins } from "./sizes.ts";

/**
 * Most bytes, each file gzipped by itself: of the scripts that a page loads which imports the
 * separator, or the separator and the elements, with all that they import at once; and of the two
 * audio worklets. That is all the JavaScript until the first sound of a song but for the worker's,
 * most of which is ONNX Runtime. What is over budget belongs into a part of its own: src/util/lazy.ts.
 */
const BUDGETS = { separator: 8_100, together: 47_550, worklets: 7_900 };

/**
 * Most bytes on disk: of the package by itself, installed, and of a page's build. Models (10.3 MB, of which 4.6 are the
 * studio's network) and ONNX Runtime's two WebAssembly builds (10.3 MB, of which 6.6 for WebGPU), all of them packed, are
 * nearly all of a page's build; a package has the encoders of MP3, FLAC and AAC (1.6 MB) for pages and for Node.
 */
const DISK = { package: 30e6, install: 37e6, page: 25e6 };

let packed: Packed;
before(async () => {
  packed = await packConsumer();
});
after(() => packed.dispose());

/** Files that an export's target names; a `*` in it stands for any name. */
function targets(target: string): string[] {
  const [start, end] = target.replace("./", "").split("*");
  return end === undefined
    ? packed.files.filter((file) => file === start)
    : packed.files.filter((file) => file.startsWith(start) && file.endsWith(end));
}

/** The files that an export leads to under one condition or another. */
const allTargets = (target: ExportTarget): string[] =>
  typeof target === "string" ? [target] : Object.values(target).flatMap(allTargets);

test("every export leads to files that are in the tarball", () => {
  const missing = Object.entries(packed.json.exports).flatMap(([name, target]) =>
    allTargets(target)
      .filter((file) => targets(file).length === 0)
      .map((file) => `${name} -> ${file}`),
  );
  assert.deepEqual(missing, []);
  const effects = packed.json.sideEffects.filter((file) => file.startsWith("./dist/"));
  assert.ok(effects.length > 0);
  for (const file of effects) assert.ok(targets(file).length > 0, file);
});

test("nothing ships but built files, types and the package's own papers", () => {
  const papers = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
  const unexpected = packed.files.filter(
    (file) =>
      !papers.includes(file) &&
      !/^dist\/([\w.-]+\.(m?js|txt)|pffft\.wasm)$/.test(file) &&
      file !== "dist/custom-elements.json" &&
      !/^dist\/wam\/((index|chunk-[\w-]+)\.js|descriptor\.json)$/.test(file) &&
      !/^dist\/models\/[\w.-]+\.(onnx\.planes\.gz|json)$/.test(file) &&
      !/^dist\/ort\/ort-wasm-simd-threaded(\.asyncify)?\.(mjs|wasm\.gz)$/.test(file) &&
      !/^dist\/ort\/ort\.(wasm|webgpu)\.min\.mjs$/.test(file) &&
      !/^dist\/types\/(src|components|worklets)\/[\w./-]+\.d\.ts$/.test(file),
  );
  assert.deepEqual(unexpected, []);
  for (const paper of ["CHANGELOG.md", "LICENSE", "package.json"]) {
    assert.ok(packed.files.includes(paper), paper);
  }
});

test("built files hold no path of the machine that built them", async () => {
  const named = [];
  for (const file of packed.files.filter((file) => /\.(m?js|map|json|ts)$/.test(file))) {
    const text = await readFile(path.join(packed.package, file), "utf8");
    if (text.includes(path.resolve("."))) named.push(file);
  }
  assert.deepEqual(named, []);
});

/** Runs a module in the consumer's project; returns what it printed. */
async function runInNode(source: string): Promise<string> {
  const file = path.join(packed.folder, "consumer.mjs");
  await writeFile(file, source);
  return execFileSync(process.execPath, [file], { cwd: packed.folder, encoding: "utf8" });
}

test("importing separator and elements in Node does no harm", async () => {
  const printed = await runInNode(`
    import * as separator from "danna-sep";
    import * as elements from "danna-sep/stem-mixer";
    console.log(JSON.stringify([separator.DEFAULT_STEMS, typeof separator.createStemSeparator,
      typeof elements.StemMixer, typeof globalThis.window]));
  `);
  assert.deepEqual(JSON.parse(printed), [
    ["vocals", "drums", "bass", "other"],
    "function",
    "function",
    "undefined",
  ]);
});

test("files that a bundler looks up by name are found", async () => {
  const worklets = ["worklet.js", "mixer-worklet.js", "element-worklet.js"];
  const names = [...worklets, "worker.js", "models/live.json"];
  const printed = await runInNode(`
    import { existsSync } from "node:fs";
    const files = ${JSON.stringify(names)}.map((name) => import.meta.resolve("danna-sep/" + name));
    console.log(JSON.stringify(files.map((file) => existsSync(new URL(file)))));
  `);
  assert.deepEqual(
    JSON.parse(printed),
    names.map(() => true),
  );
});

const TYPED = `
import {
  createStemSeparator, DannaError, DEFAULT_STEMS, fileSource, mediaElementSource,
  type StemSeparator, type StreamingManifest, type SeparatorStats, type Stem,
} from "danna-sep";
import { StemMixer, Events, type EventDetails } from "danna-sep/stem-mixer";
import StemSeparatorWam from "danna-sep/wam";

export async function open(context: AudioContext, element: HTMLAudioElement): Promise<number> {
  const separator: StemSeparator = await createStemSeparator(context, { latencyMode: "monitor" });
  const source = await mediaElementSource(context, element);
  source.node.connect(separator.input);
  separator.connect(context.destination);
  for (const stem of DEFAULT_STEMS) separator.gains[stem satisfies Stem].value = 0.5;
  const stop: () => void = separator.on("dry", ({ underruns }) => underruns.toFixed());
  stop();
  const stats: SeparatorStats = separator.stats;
  const manifest: StreamingManifest = separator.manifest;
  return stats.hops + manifest.bytes;
}
export const code = (error: DannaError): string => error.code;
export const song = (context: AudioContext, file: File) => fileSource(context, file);

const mixer: StemMixer = document.createElement("stem-mixer");
mixer.setGain("vocals", -60);
mixer.addEventListener(Events.latency, ({ detail }) => {
  const { latency }: EventDetails["stem-latency-change"] = detail;
  latency.toFixed();
});
export const plugin = (context: AudioContext) => StemSeparatorWam.createInstance("group", context);
// @ts-expect-error no such type: types that have come apart to "any" would let it pass
mixer.setGain("vocals", "loud");
// @ts-expect-error no such latency mode
void createStemSeparator(new AudioContext(), { latencyMode: "fastest" });
`;

// The compiler of today, and the last one before it, which many still have.
for (const [resolution, module, compiler] of [
  ["bundler", "esnext", "typescript-7"],
  ["nodenext", "nodenext", "typescript"],
]) {
  test(`types hold in a strict project with moduleResolution ${resolution}`, async () => {
    await writeFile(path.join(packed.folder, "package.json"), '{"type":"module"}');
    await writeFile(path.join(packed.folder, "consumer.ts"), TYPED);
    const options = { module, moduleResolution: resolution, strict: true, noEmit: true };
    const lib = ["es2023", "dom", "dom.iterable"];
    const config = {
      compilerOptions: { ...options, lib, types: [], skipLibCheck: false, target: "es2022" },
      files: ["consumer.ts"],
    };
    await writeFile(path.join(packed.folder, "tsconfig.json"), JSON.stringify(config));
    try {
      runTool(`${compiler}/bin/tsc`, ["-p", "."], packed.folder);
    } catch (error) {
      assert.fail((error as { stdout: string }).stdout);
    }
  });
}

/** What a bundler makes of a module that uses the package. */
async function bundleConsumer(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: packed.folder },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    legalComments: "none",
    external: ["standardized-audio-context"],
    logLevel: "error",
  });
  return outputFiles[0].text;
}

test("a bundler drops what is not used", async () => {
  const constants = await bundleConsumer(
    'import { DEFAULT_STEMS } from "danna-sep"; console.log(DEFAULT_STEMS);',
  );
  assert.ok(constants.length < 2000, `a constant takes: ${constants}`);
  const bare = await bundleConsumer('import "danna-sep";');
  assert.equal(bare.trim(), "");
  const separator = await bundleConsumer(
    'import { createStemSeparator } from "danna-sep"; console.log(createStemSeparator);',
  );
  assert.doesNotMatch(separator, /customElements|getUserMedia|getDisplayMedia/);
  const elements = await bundleConsumer('import "danna-sep/stem-mixer";');
  assert.match(elements, /"stem-mixer"/);
});

async function gzipped(files: Iterable<string>): Promise<number> {
  let bytes = 0;
  for (const file of files) {
    bytes += gzipSync(await readFile(path.join(packed.package, "dist", file)), { level: 9 }).length;
  }
  return bytes;
}

test("separator and element stay within their budget", async (t) => {
  const separator = await closure(packed, "index.js");
  const both = new Set([...separator, ...(await closure(packed, "stem-mixer.js"))]);
  const later = new Set([
    ...(await closure(packed, "index.js", true)),
    ...(await closure(packed, "stem-mixer.js", true)),
  ]);
  const sizes = {
    separator: await gzipped(separator),
    "separator and element": await gzipped(both),
    worklets: await gzipped(["worklet.js", "mixer-worklet.js"]),
    "worker, with ONNX Runtime's scripts and the FFT": await gzipped(["worker.js"]),
    "loaded when used": await gzipped([...later].filter((file) => !both.has(file))),
  };
  for (const [what, bytes] of Object.entries(sizes)) {
    t.diagnostic(`${what}: ${(bytes / 1000).toFixed(1)} kB gzip`);
  }
  assert.ok(sizes.separator <= BUDGETS.separator, `separator: ${sizes.separator} bytes`);
  const together = sizes["separator and element"];
  assert.ok(together <= BUDGETS.together, `separator and element: ${together} bytes`);
  assert.ok(sizes.worklets <= BUDGETS.worklets, `worklets: ${sizes.worklets} bytes`);
});

test("package and install stay within their budgets, with no large file twice", async (t) => {
  const own = await sizesIn(packed.package);
  const others = await dependencies(packed.package);
  const installed = [...own];
  for (const folder of others) installed.push(...(await sizesIn(folder, "node_modules")));
  t.diagnostic(`package: ${(total(own) / 1e6).toFixed(1)} MB unpacked`);
  t.diagnostic(`install: ${(total(installed) / 1e6).toFixed(1)} MB, ${others.size} other packages`);
  assert.ok(others.size > 0);
  assert.deepEqual(await twins(installed), []);
  assert.deepEqual(
    own.filter(({ file }) => file.endsWith(".map")),
    [],
  );
  assert.ok(total(own) <= DISK.package);
  assert.ok(total(installed) <= DISK.install);
});

test("a page with the mixer, built by Vite, stays within its budget, with no large file twice", async (t) => {
  const project = await writeProject(packed.folder, "vite", {
    "index.html": '<script type="module" src="/main.js"></script><stem-mixer></stem-mixer>',
    "main.js": 'import "danna-sep/stem-mixer";',
  });
  const built = await sizesIn(await buildWithVite(project));
  t.diagnostic(`page: ${(total(built) / 1e6).toFixed(1)} MB`);
  const shipped = built.filter(({ file }) => file.endsWith(".gz"));
  assert.equal(shipped.length, 5, "three models and two builds of ONNX Runtime, packed");
  assert.deepEqual(await twins(built), []);
  assert.ok(total(built) <= DISK.page);
});
