// What tests in Node and in pages reached of src, worklets and components. Runs in Node.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CoverageReport, type CoverageReportOptions } from "monocart-coverage-reports";
import { pageCoverage, type ScriptCoverage } from "./page-coverage.ts";
import { compile } from "./typescript-loader.mjs";

/** The folders whose code is counted. */
export const FOLDERS = ["src", "worklets", "components"] as const;

/** A file's numbers of lines or branches. */
interface Count {
  readonly total: number;
  readonly covered: number;
}

export interface FileCoverage {
  /** From the repository's root. */
  readonly file: string;
  readonly lines: Count;
  readonly branches: Count;
  /** How often a line ran, by number; "1/2" where only part of it did. */
  readonly counts: Readonly<Record<number, number | string>>;
}

/** As Node writes it to NODE_V8_COVERAGE. */
interface NodeCoverage {
  result: { url: string; functions: ScriptCoverage["functions"] }[];
  "source-map-cache"?: Record<string, { lineLengths: number[] }>;
}

const ROOT = path.resolve(import.meta.dirname, "../..");
const CODE = new RegExp(`^(${FOLDERS.join("|")})/.*\\.ts$`);

/** A file that Node ran, and its source map; nothing if it ran in another form, or is not counted. */
function nodeScript(file: string, lineLengths: number[] | undefined) {
  if (CODE.test(file)) {
    const script = compile(path.join(ROOT, file));
    const lines = script.source.split("\n").map(({ length }) => length);
    return String(lines) === String(lineLengths) ? script : undefined;
  }
  if (!/^dist\/[^/]*\.js$/.test(file) || !existsSync(`${file}.map`)) return undefined;
  const sourceMap = JSON.parse(readFileSync(`${file}.map`, "utf8")) as unknown;
  return { source: readFileSync(file, "utf8"), sourceMap };
}

/** What the processes ran that wrote into a folder. */
function nodeCoverage(folder: string): ScriptCoverage[] {
  return readdirSync(folder).flatMap((name) => {
    const text = readFileSync(path.join(folder, name), "utf8");
    const { result, "source-map-cache": maps = {} } = JSON.parse(text) as NodeCoverage;
    return result.flatMap(({ url, functions }) => {
      if (!url.startsWith("file:")) return [];
      const file = path.relative(ROOT, fileURLToPath(url)).replaceAll(path.sep, "/");
      const script = nodeScript(file, maps[url]?.lineLengths);
      return script ? [{ url: `http://node/${file}`, functions, ...script }] : [];
    });
  });
}

/** Merges what ran: in pages, from `folder/pages`, and in Node, from `folder/node`. */
export async function reportCoverage(
  folder: string,
  options: CoverageReportOptions,
): Promise<FileCoverage[]> {
  const report = new CoverageReport({
    outputDir: path.join(folder, "report"),
    // Built files name their sources from where they lie.
    sourcePath: (file) =>
      file.replace(/^(?!.*node_modules\/)(?:.*?\/)?(src|worklets|components)\//, "$1/"),
    sourceFilter: (file) => CODE.test(file),
    logging: "error",
    ...options,
  });
  await report.add([
    ...pageCoverage(path.join(folder, "pages")),
    ...nodeCoverage(path.join(folder, "node")),
  ]);
  const results = await report.generate();
  return (results?.files ?? []).map(({ sourcePath, summary, data }) => ({
    file: sourcePath,
    lines: summary.lines as Count,
    branches: summary.branches as Count,
    counts: data?.lines ?? {},
  }));
}
