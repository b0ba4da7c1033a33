// `npm run coverage`: lines and branches of src, worklets and components that the tests in Node reach.
// What only runs in a browser (page shells, elements, worklet classes) is tested there and not counted
// here. Runs in Node.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { CoverageReport } from "monocart-coverage-reports";

/** Tests that open a browser or run built files give no figures here. */
const ELSEWHERE =
  /chromium|[Hh]arness|packed|withPage|\bdist\b|\/run\.ts|\/fuzz\.ts|install-programs/;

const tests = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((file) => path.join("test", file))
  .filter((file) => file.endsWith(".test.ts") && !ELSEWHERE.test(readFileSync(file, "utf8")));
const folder = mkdtempSync(path.join(tmpdir(), "danna-coverage-"));
try {
  const { status } = spawnSync(
    process.execPath,
    [
      ...["--import", "tsx", "--test", `--test-concurrency=${availableParallelism()}`],
      ...["--test-reporter", "dot", ...tests],
    ],
    { stdio: "inherit", env: { ...process.env, NODE_V8_COVERAGE: folder } },
  );
  process.exitCode = status ?? 1;
  const report = new CoverageReport({
    name: `Tests in Node, ${tests.length} files`,
    reports: [["console-details", { metrics: ["lines", "branches"] }]],
    outputDir: path.join(folder, "report"),
    entryFilter: {
      "**/node_modules/**": false,
      "**/test/**": false,
      "**/{src,worklets,components}/**": true,
    },
    sourceFilter: { "**/{src,worklets,components}/**/*.ts": true },
    all: {
      dir: ["src", "worklets", "components"],
      filter: { "**/*.d.ts": false, "**/*.ts": true },
    },
    logging: "error",
  });
  await report.addFromDir(folder);
  await report.generate();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
