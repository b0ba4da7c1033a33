// The benchmark's report, measured in short.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

test("measures and writes the report", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "danna-report-"));
  try {
    const file = path.join(folder, "report.html");
    const script = path.join(import.meta.dirname, "bench.ts");
    const options = ["--html", file, "--seconds", "1", "--visits", "1"];
    const model = ["--model", "test/models/recurrent.json"];
    const run = ["--import", "tsx", script, ...options, ...model];
    await promisify(execFile)(process.execPath, run);
    const page = await readFile(file, "utf8");
    assert.equal(page.match(/<svg /g)?.length, 7);
    assert.doesNotMatch(page, /NaN|undefined/);
    for (const latencyMode of ["monitor", "balanced", "safe"]) {
      const time = (what: string) =>
        Number(
          new RegExp(`ms: ([\\d.]+); latencyMode: ${latencyMode}; what: ${what}`).exec(page)![1],
        );
      const [stated, measured] = [time("stated"), time("impulse in to impulse out")];
      assert.ok(
        Math.abs(stated - measured) < 1,
        `${latencyMode}: ${stated} ms stated, ${measured} ms`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
