// Builds what is published into dist/: `npm run build`. esbuild makes the files that are one bundle each,
// Rolldown those that share chunks: it cuts them by what is loaded when, so that pages load fewer and less.
import path from "node:path";
import { minifyTemplateLiterals } from "rollup-plugin-minify-template-literals";
import { writePages } from "./components/demo/pages.mjs";
import { writeSizes } from "./components/demo/sizes.mjs";
import { writeLicences } from "./docs/licences.mjs";
import {
  bundleOptions,
  folderOf,
  isDev,
  minify,
  out,
  PFFFT,
  target,
  unused,
} from "./esbuild.options.mjs";
import {
  bundleChunks,
  bundleOne,
  copy,
  pack,
  packModel,
  packagesOf,
  sweep,
  writeList,
} from "./esbuild.steps.mjs";

const ORT = folderOf("onnxruntime-web/ort-wasm-simd-threaded.wasm");
const STRETCH = folderOf("signalsmith-stretch");
const INTER = path.join(folderOf("@fontsource-variable/inter/package.json"), "files");

/** Bundles by the name of their file in dist/: one file each, to be placed anywhere. */
const SINGLE = {
  worker: ["src/live/worker/index.ts", { format: "esm" }],
  "split-worker": ["src/split/workers/browser-worker.ts", { format: "esm" }],
  worklet: ["worklets/separator/index.ts", { format: "esm" }],
  "mixer-worklet": ["worklets/player/index.ts", { format: "esm" }],
  "element-worklet": ["worklets/element/index.ts", { format: "esm" }],
  offline: ["components/demo/offline.ts", { format: "iife" }],
  // A classic script, for one <script> tag.
  embed: ["src/embed/index.ts", { format: "iife" }],
  // It must have run before the page is drawn.
  "demo/words": ["components/demo/words.ts", { format: "iife" }],
  "extension/popup": ["components/extension/popup.ts", { format: "esm" }],
  // It makes contexts of its own, so that it never asks for that package.
  "extension/offscreen": [
    "components/extension/offscreen.ts",
    { format: "esm", external: ["standardized-audio-context"] },
  ],
  // Importable on a server: Lit takes globals of the DOM while it is imported.
  lit: ["components/lit.ts", { format: "esm", inject: ["components/server-safe.mjs"] }],
  "lit-shared": ["components/lit.ts", { format: "esm", external: ["lit", "lit/*"] }],
};

/** Three quarters of them are saved by packing them, which few servers do. */
const RUNTIME_WASM = ["ort-wasm-simd-threaded.wasm", "ort-wasm-simd-threaded.asyncify.wasm"];
const RUNTIME = /^ort(-wasm-simd-threaded(\.asyncify\.mjs|\.mjs)|\.(wasm|webgpu)\.min\.mjs)$/;
/** Those with a file of weights. */
const MODELS = ["live", "karaoke", "studio-net"];
/** What the browser extension has of the built files: it may load nothing from elsewhere. */
const IN_EXTENSION =
  /^(work(er|let)\.js|models\/karaoke\.(json|onnx\.planes\.gz)|ort\/ort-wasm-simd-threaded\.(mjs|wasm\.gz))$/;

const ORT_BESIDE = {
  // It tells bundlers what to leave alone by comments, which do not outlive a bundle.
  "onnxruntime-web/wasm": "./ort/ort.wasm.min.mjs",
  "onnxruntime-web/webgpu": "./ort/ort.webgpu.min.mjs",
};

// SVG's shapes have no end tags: without the slash each would lie within the one before it.
const TEMPLATES = {
  exclude: "**/node_modules/**",
  options: { minifyOptions: { keepClosingSlash: true } },
};

/** @type {import("rolldown").InputOptions} */
const page = {
  platform: "browser",
  plugins: minify ? [minifyTemplateLiterals(TEMPLATES)] : [],
  resolve: { alias: { ...unused(false), "@eshaz/web-worker": "@eshaz/web-worker/browser.js" } },
  // Nothing here is CommonJS, so that what its modules would need is in no chunk.
  transform: { target, define: { require: "undefined" } },
};

/** What pages import, in chunks that it shares. `beside`: imported from a file in dist/, or from a package. */
const PAGES = {
  ...page,
  input: {
    index: "src/index.ts",
    player: "src/player/index.ts",
    split: "src/split/index.ts",
    output: "src/output/index.ts",
    "stem-mixer": "components/index.ts",
    pictures: "components/pictures.ts",
    karaoke: "components/karaoke.ts",
    "demo/main": "components/demo/main.ts",
    "demo/index": "components/demo/index.ts",
    "demo/karaoke": "components/demo/karaoke.ts",
    "demo/monitor": "components/demo/monitor.ts",
    "demo/embed": "components/demo/embed.ts",
  },
  whole: ["index", "player", "stem-mixer"],
  chunkFileNames: "chunk-[hash].js",
  beside: {
    ...ORT_BESIDE,
    lit: "./lit.js",
    "lit/decorators.js": "./lit.js",
    // Page module and worklet in one file, which it loads by itself.
    "signalsmith-stretch": "./SignalsmithStretch.mjs",
    // Its contexts are known only to the user's own copy of it.
    "standardized-audio-context": "standardized-audio-context",
  },
};

/** Other bundles with chunks of their own. */
const CHUNKED = [
  {
    ...page,
    // A host loads the plugin by its URL, beside the library.
    input: { "wam/index": "components/wam/index.ts" },
    chunkFileNames: "wam/chunk-[hash].js",
    beside: {
      [path.resolve("src/index.ts")]: "./index.js",
      lit: "../lit.js",
      "lit/decorators.js": "../lit.js",
    },
  },
  {
    platform: "node",
    input: {
      cli: "src/cli/main.ts",
      node: "src/split/node.ts",
      "node-worker": "src/split/workers/node-worker.ts",
    },
    chunkFileNames: "node-[hash].js",
    beside: {
      ...ORT_BESIDE,
      "@audio/decode-aac": "@audio/decode-aac",
      "onnxruntime-node": "onnxruntime-node",
    },
    resolve: { alias: { "@wasm-audio-decoders/opus-ml": false } },
    transform: { target, define: bundleOptions.define },
  },
];

/** Packages whose code is in dist/ because files of theirs are copied. */
const COPIED = ["signalsmith-stretch", "onnxruntime-web", "@fontsource-variable/inter"];

// The command would take a third of each save's build while you develop pages.
const CHUNKS = [PAGES, ...CHUNKED.filter(({ platform }) => !isDev || platform === "browser")];
const BUNDLES = [
  ...CHUNKS.map((chunks) => () => bundleChunks(chunks, { out, minify })),
  ...Object.entries(SINGLE).map(([name, [file, options]]) => () => {
    return bundleOne({ ...bundleOptions, ...options, entryPoints: { [name]: file } });
  }),
];

/** What was made of each of them, in their order. */
let made = [];

/** Builds dist/; the second time on, only bundles for which one of the `changed` files (absolute paths) was read. */
export async function buildAll(changed) {
  const isFresh = (bundle) =>
    changed && bundle && !changed.some((file) => bundle.read.includes(file));
  made = await Promise.all(BUNDLES.map((make, i) => (isFresh(made[i]) ? made[i] : make())));
  const packages = new Set([
    ...COPIED,
    ...packagesOf(made.flatMap(({ modules }) => [...modules.keys()])),
  ]);
  const files = await Promise.all([
    ...made.map(({ files }) => files),
    copy(ORT, `${out}/ort`, RUNTIME),
    ...RUNTIME_WASM.map((name) => pack(path.join(ORT, name), `${out}/ort/${name}.gz`)),
    copy(PFFFT, out, /^pffft\.wasm$/),
    copy(STRETCH, out, /^SignalsmithStretch\.mjs$/),
    copy("components/wam", `${out}/wam`, /^descriptor\.json$/),
    copy("models", `${out}/models`, /^studio\.json$/),
    ...MODELS.map((name) => packModel(name, "models", `${out}/models`)),
    copy(INTER, `${out}/demo/fonts`, /^inter-latin-wght-normal\.woff2$/),
    copy("components/demo", `${out}/demo`, /(?<!\.(ts|mjs|py|sh|html))$/),
    copy("components/extension", `${out}/extension`, /\.(json|html|css|png)$/),
    writePages("components/demo", `${out}/demo`),
    writeLicences(packages, path.join(out, "THIRD-PARTY-LICENCES.txt")),
  ]);
  files.push(await copy(out, `${out}/extension`, IN_EXTENSION));
  files.push(await writeList(files.flat(), out, "offline.json"));
  files.push(await writeSizes(out, made[0].modules));
  await sweep(out, files.flat());
}

if (process.argv[1] === import.meta.filename) await buildAll();
