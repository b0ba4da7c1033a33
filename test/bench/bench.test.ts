// The benchmark runs and its figures are whole; what they are is the machine's business.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { percentiles, type Figures } from "./figures.ts";

test("percentiles are of the sorted times", () => {
  const times = Array.from({ length: 200 }, (_, i) => (i * 7) % 200);
  assert.deepEqual(percentiles(times), { p50: 99, p95: 189, p99: 197 });
});

test("prints a table and writes the same figures", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "danna-bench-"));
  try {
    const json = path.join(folder, "figures.json");
    const script = path.join(import.meta.dirname, "bench.ts");
    const model = ["--model", "test/models/recurrent.json"];
    const options = ["--json", json, "--seconds", "1", "--visits", "1", ...model];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--import", "tsx", script],
      ...options,
    ]);
    const figures = JSON.parse(await readFile(json, "utf8")) as Figures;

    assert.equal(figures.model.name, "recurrent");
    assert.ok(figures.live.hops > 50, `${figures.live.hops} hops`);
    const { monitor, balanced, safe } = figures.latency;
    assert.ok(monitor < balanced && balanced < safe);
    const positive = {
      ...figures.modelTime,
      ...figures.transformTime,
      ...figures.scriptSize,
      monitor,
      load: figures.live.load,
      processLoad: figures.live.processLoad,
    };
    for (const [name, value] of Object.entries(positive)) assert.ok(value > 0, name);
    for (const time of Object.values(figures.firstSample)) assert.ok(time === null || time > 0);
    assert.ok(stdout.includes(`| Added latency, \`monitor\` | ${monitor.toFixed(1)} ms |`), stdout);
    assert.ok(stdout.includes(figures.machine.processor), stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
