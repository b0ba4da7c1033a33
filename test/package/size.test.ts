// What the package weighs on disk: by itself, installed, and in a page's build. Runs in Node.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { buildWithVite, writeProject } from "./bundled.ts";
import { packConsumer, type Packed } from "./packed.ts";

/**
 * Most bytes. Models (34 MB) and ONNX Runtime's two WebAssembly builds (21 MB, of which 7 for WebGPU, packed) are
 * nearly all of a package and of a page's build; a visitor loads one runtime and the models that he uses.
 */
const BUDGETS = { package: 64e6, install: 90e6, page: 60e6 };
/** From which two equal files are one too many. */
const LARGE = 100_000;

let packed: Packed;
before(async () => {
  packed = await packConsumer();
});
after(() => packed.dispose());

interface FileSize {
  readonly file: string;
  readonly bytes: number;
}

async function sizesIn(folder: string, skip?: string): Promise<FileSize[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = entries.map(async (entry): Promise<FileSize[]> => {
    const file = path.join(folder, entry.name);
    if (entry.name === skip) return [];
    return entry.isDirectory() ? sizesIn(file, skip) : [{ file, bytes: (await stat(file)).size }];
  });
  return (await Promise.all(sizes)).flat();
}

const total = (sizes: readonly FileSize[]) => sizes.reduce((sum, { bytes }) => sum + bytes, 0);

/** Large files of one content, as lists of their paths. */
async function twins(sizes: readonly FileSize[]): Promise<string[][]> {
  const byContent = new Map<string, string[]>();
  for (const { file, bytes } of sizes) {
    if (bytes < LARGE) continue;
    const content = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    byContent.set(content, [...(byContent.get(content) ?? []), path.basename(file)]);
  }
  return [...byContent.values()].filter((files) => files.length > 1);
}

/** A package's dependencies, optional ones too, with theirs: folders in the repository's node_modules. */
async function dependencies(folder: string, found = new Set<string>()): Promise<Set<string>> {
  const json = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as Partial<
    Record<"dependencies" | "optionalDependencies", Record<string, string>>
  >;
  for (const name of Object.keys({ ...json.dependencies, ...json.optionalDependencies })) {
    const own = path.resolve("node_modules", name);
    if (found.has(own) || !existsSync(own)) continue;
    found.add(own);
    await dependencies(own, found);
  }
  return found;
}

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
  assert.ok(total(own) <= BUDGETS.package);
  assert.ok(total(installed) <= BUDGETS.install);
});

test("a page with the mixer, built by Vite, stays within its budget, with no large file twice", async (t) => {
  const project = await writeProject(packed.folder, "vite", {
    "index.html": '<script type="module" src="/main.js"></script><stem-mixer></stem-mixer>',
    "main.js": 'import "danna-sep/stem-mixer";',
  });
  const built = await sizesIn(await buildWithVite(project));
  t.diagnostic(`page: ${(total(built) / 1e6).toFixed(1)} MB`);
  assert.ok(built.some(({ file }) => file.endsWith(".wasm")));
  assert.deepEqual(await twins(built), []);
  assert.ok(total(built) <= BUDGETS.page);
});
