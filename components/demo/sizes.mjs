// Writes into the embed page what a first play fetches, measured from the built files. Runs in Node.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const PAGE = "demo/embed.html";
/** Sizes by content: what has not changed is not compressed anew by the next build. */
const KNOWN = "demo/sizes.json";
/** The page's table; `source` in place of a file is the chunk that a module is in. */
const ROWS = [
  { what: "The element, before the first play", files: ["embed.js", "stem-mixer.js"] },
  {
    what: "Scripts, worklets and workers, with the first play",
    files: ["worklet.js", "mixer-worklet.js", "worker.js", "split-worker.js"],
    sources: [
      "src/player/sound.ts",
      "src/player/open-song.ts",
      "src/live/supervision.ts",
      "components/drawings.ts",
      "components/media-keys.ts",
      "components/core/texts-more.ts",
    ],
  },
  { what: "Weights: live", files: ["models/live.json", "models/live.onnx.planes.gz"] },
];

/** A script with all that it imports at once; paths in dist/. */
async function closure(folder, file, found) {
  if (found.has(file)) return;
  found.add(file);
  if (!file.endsWith(".js")) return;
  const text = await readFile(path.join(folder, file), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"(\.\/[^"]+)"/g)) {
    await closure(folder, path.posix.join(path.posix.dirname(file), name), found);
  }
}

/** Bytes as they are, by gzip and by brotli at the levels that compress files once. */
async function measure(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(bytes, { level: 9 }),
    promisify(brotliCompress)(bytes, { params }),
  ]);
  return [bytes.length, zipped.length, brotli.length];
}

const asText = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
const asCells = (sizes) => sizes.map((bytes) => `<td>${asText(bytes)}</td>`).join("");
const sum = (all) => all.reduce((total, sizes) => total.map((size, i) => size + sizes[i]));

/**
 * Puts the table in the place of the page's comment. `chunkOf`: by module, the file that holds it.
 * Returns the files that were written beside the page.
 */
export async function writeSizes(folder, chunkOf) {
  const before = await readFile(path.join(folder, KNOWN), "utf8").then(JSON.parse, () => ({}));
  const known = {};
  const sizeOf = async (file) => {
    const bytes = await readFile(path.join(folder, file));
    const hash = createHash("sha256").update(bytes).digest("hex");
    known[hash] = before[hash] ?? (await measure(bytes));
    return known[hash];
  };
  const counted = new Set();
  const rows = [];
  for (const { what, files, sources = [] } of ROWS) {
    const all = new Set();
    const chunks = sources.map((source) => chunkOf.get(path.resolve(source)));
    for (const file of [...files, ...chunks]) await closure(folder, file, all);
    const own = [...all].filter((file) => !counted.has(file));
    own.forEach((file) => counted.add(file));
    rows.push({ what, sizes: sum(await Promise.all(own.map(sizeOf))) });
  }
  const table = `<table>
  <thead><tr><td></td><th scope="col">As it is</th><th scope="col">gzip</th><th scope="col">brotli</th></tr></thead>
  <tbody>
    ${rows.map(({ what, sizes }) => `<tr><th scope="row">${what}</th>${asCells(sizes)}</tr>`).join("\n    ")}
    <tr class="sum"><th scope="row">In all, with a first play</th>${asCells(sum(rows.map(({ sizes }) => sizes)))}</tr>
  </tbody>
</table>`;
  const page = path.join(folder, PAGE);
  const text = await readFile(page, "utf8");
  await writeFile(page, text.replace("<!-- sizes -->", table));
  await writeFile(path.join(folder, KNOWN), JSON.stringify(known));
  return [path.join(folder, KNOWN)];
}
