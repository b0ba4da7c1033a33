// What esbuild.config.mjs builds with, apart from its tables: how bundles are made and cut into chunks, files
// copied and packed, and old ones removed.
import { cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { build } from "esbuild";
import { rolldown } from "rolldown";

/**
 * Names the chunk of a module that one of the `whole` entries imports at once, so that what a page loads first
 * is one piece for each of them: small files compress badly. Other modules go where they are needed.
 * @returns {import("rolldown").OutputOptions["codeSplitting"]}
 */
function wholeChunks(whole, input) {
  const closures = new Map();
  const closureOf = (entry, context) => {
    if (!closures.has(entry)) {
      const found = new Set();
      const add = (id) => {
        if (found.has(id)) return;
        found.add(id);
        context.getModuleInfo(id)?.importedIds.forEach(add);
      };
      add(path.resolve(input[entry]));
      closures.set(entry, found);
    }
    return closures.get(entry);
  };
  return { groups: [{ name: (id, context) => whole.find((e) => closureOf(e, context).has(id)) }] };
}

/**
 * Makes one file with all that its entry needs.
 * @returns the files made; by module the one that it lies in; and all files that were read for them
 */
export async function bundleOne(options) {
  const { metafile } = await build({ ...options, metafile: true });
  const files = Object.keys(metafile.outputs);
  const read = Object.keys(metafile.inputs).map((id) => path.resolve(id));
  return { files, modules: new Map(read.map((id) => [id, files[0]])), read };
}

/**
 * Makes files that share chunks: see CHUNKED.
 * @returns the files made; by module the name of the one that it lies in; and all files that were read for them
 */
export async function bundleChunks(
  { beside, chunkFileNames, whole = [], ...input },
  { out, minify },
) {
  const chunks = await rolldown({
    ...input,
    external: Object.keys(beside),
    checks: { pluginTimings: false },
    // What the minifier of styles and templates cannot make smaller stays as it is.
    onLog: (level, log, handle) => log.plugin === "minify-literals" || handle(level, log),
  });
  const { output } = await chunks.write({
    dir: out,
    format: "esm",
    minify,
    sourcemap: true,
    comments: { legal: false },
    paths: beside,
    entryFileNames: "[name].js",
    chunkFileNames,
    codeSplitting: wholeChunks(whole, input.input),
  });
  const read = await chunks.watchFiles;
  await chunks.close();
  const modules = output.flatMap(({ fileName, moduleIds = [] }) =>
    moduleIds.map((id) => [id, fileName]),
  );
  return {
    files: output.map(({ fileName }) => path.join(out, fileName)),
    modules: new Map(modules),
    read,
  };
}

/** Names of the packages that files belong to. */
export const packagesOf = (files) =>
  files
    .map((file) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1])
    .filter((name) => name !== undefined);

/** Whether two files were written at the same time: what Node copies of that is exact to a millisecond. */
const isAsOld = (one, other) => Math.abs(one.mtimeMs - other.mtimeMs) < 1;

/** Copies the wanted files of a folder, and returns where to. Equal files are left as they are. */
export async function copy(from, to, wanted) {
  const files = (await readdir(from, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(from, path.join(entry.parentPath, entry.name)))
    .filter((file) => wanted.test(file));
  for (const file of files) {
    const [source, copied] = [path.join(from, file), path.join(to, file)];
    const [now, before] = await Promise.all([stat(source), stat(copied).catch(() => undefined)]);
    const equal = before?.size === now.size && isAsOld(before, now);
    if (!equal) await cp(source, copied, { preserveTimestamps: true });
  }
  return files.map((file) => path.join(to, file));
}

/** Packs a file with gzip, and returns where to. One that is there and no older stays as it is. */
export async function pack(from, to, { planes = 1, ...options } = {}) {
  const [source, packed] = await Promise.all([stat(from), stat(to).catch(() => undefined)]);
  if (!packed || !isAsOld(packed, source)) {
    await mkdir(path.dirname(to), { recursive: true });
    const bytes = toPlanes(await readFile(from), planes);
    await writeFile(to, await promisify(gzip)(bytes, { level: 9, ...options }));
    await utimes(to, source.atime, source.mtime);
  }
  return [to];
}

/** Every `count`th byte from the first, then those from the second, and so on. */
function toPlanes(bytes, count) {
  const planes = new Uint8Array(bytes.length);
  let to = 0;
  for (let plane = 0; plane < count; plane++) {
    for (let i = plane; i < bytes.length; i += count) planes[to++] = bytes[i];
  }
  return planes;
}

/** A model's weights hardly repeat: what is saved is what is said of bytes by how often they come. */
const WEIGHTS = { planes: 4, strategy: constants.Z_RLE, memLevel: 8 };

/** Packs a model as src/model/planes.ts unpacks it, and has its manifest say so. Returns both files. */
export async function packModel(name, from, to) {
  const [file, json] = [`${name}.onnx`, `${name}.json`];
  const packed = `${file}.planes.gz`;
  await pack(path.join(from, file), path.join(to, packed), WEIGHTS);
  const manifest = await readFile(path.join(from, json), "utf8");
  await writeFile(path.join(to, json), manifest.replace(`"${file}"`, `"${packed}"`));
  return [path.join(to, packed), path.join(to, json)];
}

/** What demo pages may load, for their service worker, but for models and what only a GPU needs. */
const OFFLINE =
  /^(?!types|wam|extension|cli|node|embed|offline)[^.].*\.(js|mjs|css|html|svg|mp3|woff2|webmanifest|json|wasm\.gz)$|song\/song\.txt$/;

/** Writes the list of them into a file of `folder`. */
export async function writeList(files, folder, name) {
  const list = files
    .map((file) => path.relative(folder, file).replaceAll("\\", "/"))
    .filter((file) => OFFLINE.test(file) && !file.includes("asyncify"));
  await writeFile(path.join(folder, name), JSON.stringify([...new Set(list), "demo/"].sort()));
  return path.join(folder, name);
}

/** Removes what earlier builds left in a folder: last, so that a running page never misses a file. */
export async function sweep(folder, files) {
  const keep = new Set(files.map((file) => path.normalize(file)));
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !keep.has(file)) await rm(file);
  }
}
