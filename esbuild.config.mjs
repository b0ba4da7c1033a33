// Builds everything that is served or published into dist/. Run by `npm run build`.
//
//   index.js, split.js, output.js,
//   stem-mixer.js, pictures.js              page code, sharing chunks
//   wam/index.js                            Web Audio Modules 2 plugin
//   demo/*.js                               scripts of the demo pages, which use the library's
//   embed.js                                classic script for one tag
//   cli.js, node.js, node-worker.js         the command, and splitting in Node
//   worker.js, split-worker.js              module workers: engine and ONNX Runtime
//   worklet.js, mixer-worklet.js            audio thread; scripts without exports
//   ort/, models/, demo/                    copied as they are
//   THIRD-PARTY-LICENCES.txt                of the packages inside the bundles
import { build, transform } from "esbuild";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const out = "dist";
const require = createRequire(import.meta.url);
const packageFile = (specifier) => require.resolve(specifier);

const pffftWasm = path.join(path.dirname(packageFile("@echogarden/pffft-wasm/simd")), "pffft.wasm");

const NOTHING = "data:text/javascript,export{}";

/**
 * The settings every bundle shares; tests bundle their own browser scripts with them.
 * @type {import("esbuild").BuildOptions}
 */
export const bundleOptions = {
  bundle: true,
  minify: !process.env.COVERAGE_FOLDER,
  sourcemap: true,
  target: "es2022",
  outdir: out,
  logLevel: "warning",
  legalComments: "none",
  conditions: ["onnxruntime-web-use-extern-wasm"],
  // pffft's loader imports "module" only under Node. Opus's speech enhancement is an option that is
  // not used here, of 4 MB. Nothing of them is left for the bundlers of others to look for.
  alias: { module: NOTHING, "@wasm-audio-decoders/opus-ml": NOTHING },
  define: {
    PFFFT_WASM_BASE64: JSON.stringify((await readFile(pffftWasm)).toString("base64")),
  },
};

/**
 * Entry points, by the name of their file in dist/. Only what is loaded together is built together:
 * each further entry splits the code that they share into more and smaller chunks.
 */
const PAGE = {
  index: "src/index.ts",
  split: "src/split/index.ts",
  output: "src/output/index.ts",
  "stem-mixer": "components/index.ts",
  // Also loaded by a mixer, later.
  pictures: "components/pictures.ts",
};
const WAM = { "wam/index": "components/wam/index.ts" };
const DEMO = {
  "demo/main": "components/demo/main.ts",
  "demo/index": "components/demo/index.ts",
  "demo/karaoke": "components/demo/karaoke.ts",
  "demo/monitor": "components/demo/monitor.ts",
};
/** A classic script, for one <script> tag. */
const EMBED = { embed: "src/embed/index.ts" };
const NODE = {
  cli: "src/cli/main.ts",
  node: "src/split/node.ts",
  "node-worker": "src/split/workers/node-worker.ts",
};
const WORKER = {
  worker: "src/live/worker/index.ts",
  "split-worker": "src/split/workers/browser-worker.ts",
};
const WORKLET = {
  worklet: "worklets/separator/index.ts",
  "mixer-worklet": "worklets/player/processors.ts",
};

const STRETCH = "SignalsmithStretch.mjs";

const isModelFile = (file) => /^[^/\\]+\.(onnx|json)$/.test(file);

/**
 * Lit takes globals of the DOM while it is imported; it gets stand-ins on a server. Only Lit: with
 * esbuild's `inject` every module would hold on to them, and bundlers could drop none.
 */
const serverSafeLit = {
  name: "server-safe-lit",
  setup({ onLoad }) {
    const safe = JSON.stringify(path.resolve("components/server-safe.mjs"));
    const filter = /node_modules[\\/](lit-html|@lit[\\/]reactive-element)[\\/].*\.js$/;
    onLoad({ filter }, async ({ path: file }) => ({
      contents: `import { HTMLElement, document } from ${safe};${await readFile(file, "utf8")}`,
    }));
  },
};

/** pffft.wasm is in the code: other bundlers must not look for the file that its loader names. */
const pffftInside = {
  name: "pffft-inside",
  setup({ onLoad }) {
    onLoad(
      { filter: /node_modules[\\/]@echogarden[\\/]pffft-wasm[\\/].*\.js$/ },
      async ({ path: file }) => ({
        contents: (await readFile(file, "utf8")).replace(
          'new URL("pffft.wasm",import.meta.url).href',
          '"pffft.wasm"',
        ),
      }),
    );
  },
};

/** Page module and worklet in one file, which lies whole beside the built files. */
const stretchBeside = {
  name: "stretch-beside",
  setup({ onResolve }) {
    const path = `./${STRETCH}`;
    onResolve({ filter: /^signalsmith-stretch$/ }, () => ({ path, external: true }));
  },
};

/**
 * ONNX Runtime in a page's own thread lies whole beside its WebAssembly: it tells bundlers what to leave
 * alone by comments, which do not outlive a bundle. The workers' is in their bundles, where none looks.
 */
const runtimeBeside = {
  name: "runtime-beside",
  setup({ onResolve }) {
    onResolve({ filter: /^onnxruntime-web\/\w+$/ }, ({ path: name }) => {
      return { path: `./ort/${name.replace("onnxruntime-web/", "ort.")}.min.mjs`, external: true };
    });
  },
};

/** Plugin and demo pages load the library that lies in the folder above them, as others do. */
const libraryAbove = {
  name: "library-above",
  setup({ onResolve }) {
    const filter = /^\.\.\/(\.\.\/src\/)?index\.ts$/;
    onResolve({ filter }, () => ({ path: "../index.js", external: true }));
  },
};

/** The files of models/, as src/model/shipped.ts says. */
const shippedModels = {
  name: "shipped-models",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]shipped\.ts$/ }, async () => {
      const files = (await readdir("models")).filter(isModelFile);
      const urls = files.map(
        (file) => `"${file}": new URL("./models/${file}", import.meta.url).href`,
      );
      return { contents: `export const shippedModels = () => ({${urls}})` };
    });
  },
};

/** Style sheets in css`…` without their spaces and comments. */
async function minifyStyles(source) {
  const sheets = [...source.matchAll(/\bcss`([^`$]*)`/g)];
  const minified = sheets.map(([, css]) => transform(css, { loader: "css", minify: true }));
  let i = 0;
  const codes = (await Promise.all(minified)).map(({ code }) =>
    code.trim().replaceAll("\\", "\\\\"),
  );
  return source.replace(/\bcss`[^`$]*`/g, () => `css\`${codes[i++]}\``);
}

/**
 * What the library loads later imports all of what was loaded before. It is there anyway, and so the
 * code that both share stays in one piece: esbuild makes a chunk of each set of modules that
 * different parts share, and many small ones compress badly.
 */
const inOnePiece = {
  name: "in-one-piece",
  setup({ onResolve, onLoad, resolve }) {
    const parts = new Set();
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, async ({ path: file, kind, pluginData, ...from }) => {
      if (kind !== "dynamic-import" || pluginData === parts) return undefined;
      const found = await resolve(file, { kind, ...from, pluginData: parts });
      parts.add(found.path);
      return found;
    });
    onLoad({ filter: /[\\/](components|src)[\\/].*\.ts$/ }, async ({ path: file }) => {
      const contents = await minifyStyles(await readFile(file, "utf8"));
      if (!parts.has(file)) return { contents, loader: "ts" };
      const ofMixer = /[\\/](components|player)[\\/]/.test(file);
      const entry = PAGE[ofMixer ? "stem-mixer" : "index"];
      const before = path.relative(path.dirname(file), entry).replaceAll(path.sep, "/");
      return { contents: `import "./${before}";${contents}`, loader: "ts" };
    });
  },
};

/** @type {import("esbuild").BuildOptions} */
const pageOptions = {
  plugins: [stretchBeside, runtimeBeside, serverSafeLit, pffftInside, shippedModels],
  // The contexts of standardized-audio-context are known only to the user's own copy of it.
  external: ["standardized-audio-context"],
  // Nothing here is CommonJS, so that what its modules would need is in no part.
  alias: { ...bundleOptions.alias, "@eshaz/web-worker": "@eshaz/web-worker/browser.js" },
  define: { ...bundleOptions.define, require: "undefined" },
  format: "esm",
  splitting: true,
  chunkNames: "chunk-[hash]",
};

/** Packages whose code is in dist/: those that are copied, and those that bundles turn out to hold. */
const bundledPackages = new Set([
  "signalsmith-stretch",
  "onnxruntime-web",
  "@fontsource-variable/inter",
]);

async function bundle(entries, options) {
  const entryPoints = {};
  for (const [name, file] of Object.entries(entries)) {
    if (existsSync(file)) entryPoints[name] = file;
    else console.warn(`dist/${name}.js is not built: there is no ${file}`);
  }
  const { metafile } = await build({ ...bundleOptions, entryPoints, metafile: true, ...options });
  for (const input of Object.keys(metafile.inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) bundledPackages.add(name);
  }
  return Object.keys(metafile.outputs);
}

/** What a package holds of others' work without saying so in its own licence file. */
const NOTICES = {
  "@mediabunny/aac-encoder":
    "Its WebAssembly holds FFmpeg's AAC encoder (libavcodec and libavutil, https://ffmpeg.org), which is\n" +
    "free software under the GNU Lesser General Public License, version 2.1 or later\n" +
    "(https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html). The package's README tells how it is\n" +
    "built from FFmpeg's sources, so that it can be replaced.",
};

/** One text with the licences of all packages that ended up in a bundle. */
async function writeLicences(file) {
  const texts = [...bundledPackages].sort().map(async (name) => {
    const folder = path.join("node_modules", name);
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json")));
    const text = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const body = text ? await readFile(path.join(folder, text), "utf8") : "";
    const notice = NOTICES[name] ? `\n${NOTICES[name]}\n` : "";
    return `${name} ${version}: ${license}\n\n${body.trim()}\n${notice}`;
  });
  await writeFile(file, (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`));
  return [file];
}

/** Copies the wanted files of a folder, and returns where to. Equal files are left as they are. */
async function copy(from, to, wanted) {
  if (!existsSync(from)) return [];
  const files = (await readdir(from, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(from, path.join(entry.parentPath, entry.name)))
    .filter(wanted);
  for (const file of files) {
    const source = path.join(from, file);
    const target = path.join(to, file);
    const [now, before] = await Promise.all([stat(source), stat(target).catch(() => undefined)]);
    const equal = before?.size === now.size && before.mtimeMs === now.mtimeMs;
    if (!equal) await cp(source, target, { preserveTimestamps: true });
  }
  return files.map((file) => path.join(to, file));
}

/** Writes the demo pages with the masthead that they share, in which each is marked as the current. */
async function writePages(from, to) {
  const shared = "masthead.html";
  const masthead = await readFile(path.join(from, shared), "utf8");
  const pages = (await readdir(from)).filter((file) => file.endsWith(".html") && file !== shared);
  await mkdir(to, { recursive: true });
  return Promise.all(
    pages.map(async (file) => {
      const link = `<li><a href="${file === "index.html" ? "./" : file}"`;
      const marked = masthead.replace(link, `${link} aria-current="page"`);
      const page = await readFile(path.join(from, file), "utf8");
      await writeFile(path.join(to, file), page.replace("<!-- masthead -->", marked));
      return path.join(to, file);
    }),
  );
}

async function buildAll() {
  const ort = path.dirname(packageFile("onnxruntime-web/ort-wasm-simd-threaded.wasm"));
  const made = await Promise.all([
    bundle(PAGE, { ...pageOptions, plugins: [...pageOptions.plugins, inOnePiece] }),
    bundle(WAM, {
      ...pageOptions,
      plugins: [...pageOptions.plugins, libraryAbove],
      chunkNames: "wam/chunk-[hash]",
    }),
    bundle(DEMO, { format: "esm", plugins: [libraryAbove] }),
    // Node finds the packages by itself.
    bundle(NODE, {
      format: "esm",
      platform: "node",
      packages: "external",
      splitting: true,
      chunkNames: "node-[hash]",
    }),
    // One file each, so that bundlers and pages of other origins have one file to place.
    bundle(WORKER, { format: "esm" }),
    bundle(WORKLET, { format: "iife" }),
    bundle(EMBED, { format: "iife" }),
    copy(ort, `${out}/ort`, (file) =>
      /^(ort-wasm-simd-threaded(\.asyncify)?\.(mjs|wasm)|ort\.(wasm|webgpu)\.min\.mjs(\.map)?)$/.test(
        file,
      ),
    ),
    // Page module and worklet in one file, which it loads by itself.
    copy(path.dirname(packageFile("signalsmith-stretch")), out, (file) => file === STRETCH),
    copy("components/wam", `${out}/wam`, (file) => file === "descriptor.json"),
    copy("models", `${out}/models`, isModelFile),
    copy(
      path.join(path.dirname(packageFile("@fontsource-variable/inter/package.json")), "files"),
      `${out}/demo/fonts`,
      (file) => file === "inter-latin-wght-normal.woff2",
    ),
    copy("components/demo", `${out}/demo`, (file) => !/\.(ts|mjs|py|sh|html)$/.test(file)),
    writePages("components/demo", `${out}/demo`),
  ]);

  made.push(await writeLicences(path.join(out, "THIRD-PARTY-LICENCES.txt")));

  // What earlier builds left goes last, so that a running page never misses a file.
  const keep = new Set(made.flat().map((file) => path.normalize(file)));
  for (const entry of await readdir(out, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !keep.has(file)) await rm(file);
  }
}

if (process.argv[1] === import.meta.filename) await buildAll();
