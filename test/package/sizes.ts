// What files weigh, which are the same, and what a package installs. Runs in Node.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** From which two equal files are one too many. */
const LARGE = 100_000;

export interface FileSize {
  readonly file: string;
  readonly bytes: number;
}

export async function sizesIn(folder: string, skip?: string): Promise<FileSize[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = entries.map(async (entry): Promise<FileSize[]> => {
    const file = path.join(folder, entry.name);
    if (entry.name === skip) return [];
    return entry.isDirectory() ? sizesIn(file, skip) : [{ file, bytes: (await stat(file)).size }];
  });
  return (await Promise.all(sizes)).flat();
}

export const total = (sizes: readonly FileSize[]) =>
  sizes.reduce((sum, { bytes }) => sum + bytes, 0);

/** Large files of one content, as lists of their paths. */
export async function twins(sizes: readonly FileSize[]): Promise<string[][]> {
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
export async function dependencies(
  folder: string,
  found = new Set<string>(),
): Promise<Set<string>> {
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
