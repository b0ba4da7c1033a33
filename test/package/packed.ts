// Packs the built package as `npm publish` would, and unpacks it into consumers' folders outside the
// repository. Runs in Node.
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** A file, or one by condition ("types", "node", "default"), nested. */
export type ExportTarget = string | { readonly [condition: string]: ExportTarget };

export interface PackageJson {
  readonly name: string;
  readonly exports: Readonly<Record<string, ExportTarget>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly sideEffects: readonly string[];
}

export interface Packed {
  /** A consumer's project: `node_modules` holds the package and what it depends on, nothing else. */
  readonly folder: string;
  /** The unpacked package, and what it was unpacked from. */
  readonly package: string;
  readonly tarball: string;
  /** Paths in the tarball, with slashes. */
  readonly files: readonly string[];
  readonly json: PackageJson;
  dispose(): Promise<void>;
}

/** Runs a program of the repository's node_modules; what it printed is in the error if it fails. */
export function runTool(name: string, args: string[], cwd: string): string {
  const script = path.join(ROOT, "node_modules", name);
  return execFileSync(process.execPath, [script, ...args], { cwd, encoding: "utf8" });
}

/** A built file with all that it imports at once, or also what it imports later. Paths in dist/. */
export async function closure(
  packed: Packed,
  entry: string,
  later = false,
  found = new Set<string>(),
): Promise<Set<string>> {
  if (found.has(entry)) return found;
  found.add(entry);
  const text = await readFile(path.join(packed.package, "dist", entry), "utf8");
  const imports = [...text.matchAll(/(?:from|import)\s*"(\.\/[^"]+)"/g)];
  if (later) imports.push(...text.matchAll(/\bimport\(["`](\.\/[^"`]+)["`]\)/g));
  for (const [, file] of imports) {
    await closure(packed, path.posix.normalize(file), later, found);
  }
  return found;
}

/**
 * Packs what `npm run build` left in dist/, with types and the elements' manifest made now, unless
 * `scripts` alone are wanted. `extra` names packages of the repository's own node_modules (frameworks,
 * bundlers) that the consumer has beside it.
 */
export async function packConsumer(
  extra: readonly string[] = [],
  { scripts = false } = {},
): Promise<Packed> {
  const folder = await mkdtemp(path.join(tmpdir(), "danna-consumer-"));
  try {
    if (!scripts) {
      runTool("typescript-7/bin/tsc", ["-p", "src/tsconfig.types.json"], ROOT);
      runTool(
        "@custom-elements-manifest/analyzer/cem.js",
        ["analyze", "--config", "components/custom-elements-manifest.config.mjs"],
        ROOT,
      );
    }
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const [{ filename, files }] = JSON.parse(
      execFileSync("npm", pack, {
        cwd: ROOT,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    ) as [{ filename: string; files: { path: string }[] }];
    const modules = path.join(folder, "node_modules");
    await mkdir(modules);
    execFileSync("tar", ["-xzf", path.join(folder, filename), "-C", modules]);
    const json = JSON.parse(
      await readFile(path.join(modules, "package/package.json"), "utf8"),
    ) as PackageJson;
    const unpacked = path.join(modules, json.name);
    await cp(path.join(modules, "package"), unpacked, { recursive: true });
    await rm(path.join(modules, "package"), { recursive: true });
    for (const name of [...Object.keys(json.dependencies), ...extra]) {
      const link = path.join(modules, name);
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(path.join(ROOT, "node_modules", name), link);
    }
    return {
      folder,
      package: unpacked,
      tarball: path.join(folder, filename),
      files: files.map(({ path }) => path).sort(),
      json,
      dispose: () => rm(folder, { recursive: true }),
    };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}
