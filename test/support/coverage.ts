// `npm run coverage`: lines and branches of src, worklets and components that tests reach, in Node and
// in Chromium's pages, workers and worklets. Runs in Node.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { FOLDERS, reportCoverage } from "./coverage-report.ts";

/** Tests that open a browser or run built files. */
const ELSEWHERE =
  /chromium|[Hh]arness|packed|withPage|\bdist\b|\/run\.ts|\/fuzz\.ts|matrix-tests|install-programs/;

/** Those of them that are counted: what needs no real time, and reaches most in a minute or two. */
const COUNTED = [
  "cli/command",
  "demo/demo-pages",
  "components/elements",
  "engine/browser",
  "live/same-as-engine",
  "split/same-everywhere",
  "output/stem-files",
].map((name) => path.normalize(`${name}.test.ts`));

const tests =
  process.argv.length > 2
    ? process.argv.slice(2)
    : readdirSync("test", { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".test.ts"))
        .filter(
          (file) =>
            COUNTED.includes(file) ||
            !ELSEWHERE.test(readFileSync(path.join("test", file), "utf8")),
        )
        .map((file) => path.join("test", file));

const LOADER = `data:text/javascript,import { register } from "node:module";
register(${JSON.stringify(new URL("typescript-loader.mjs", import.meta.url))});`;

const folder = mkdtempSync(path.join(tmpdir(), "danna-coverage-"));
const pages = path.join(folder, "pages");
mkdirSync(pages);
mkdirSync(path.join(folder, "node"));
const run = (args: string[], env = {}) =>
  spawnSync(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...env } }).status;
try {
  // Built as it was written, not minified: branches of both are the same.
  const counting = { COVERAGE_FOLDER: pages };
  process.exitCode = run(["esbuild.config.mjs"], counting) ?? 1;
  if (process.exitCode === 0) {
    const status = run(
      [
        ...["--import", LOADER, "--test", `--test-concurrency=${availableParallelism()}`],
        ...["--test-timeout=900000", "--test-reporter", "dot", ...tests],
      ],
      { ...counting, NODE_V8_COVERAGE: path.join(folder, "node") },
    );
    process.exitCode = status ?? 1;
  }
  const files = await reportCoverage(folder, {
    name: `${tests.length} test files`,
    reports: [["console-details", { metrics: ["lines", "branches"] }]],
    all: { dir: [...FOLDERS], filter: { "**/*.d.ts": false, "**/*.ts": true } },
  });
  const percent = (metric: "lines" | "branches", inside: typeof files) => {
    const sum = (key: "covered" | "total") =>
      inside.reduce((sum, file) => sum + file[metric][key], 0);
    return `${((100 * sum("covered")) / sum("total")).toFixed(2)} % of ${sum("total")} ${metric}`;
  };
  for (const name of [...FOLDERS, ""]) {
    const inside = files.filter(({ file }) => file.startsWith(name));
    console.log(
      `${(name || "in all").padEnd(10)}  ${percent("lines", inside)}, ${percent("branches", inside)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  run(["esbuild.config.mjs"]);
}
