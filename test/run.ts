// Runs the tests: `npm test` those of the code, `npm run test:package` those of what is delivered. First, one more at
// a time than there are cores, the files that compute or wait for conditions; then, one at a time, those that play
// in real time and would disturb each other. Runs in Node.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { run } from "node:test";
import { spec, tap } from "node:test/reporters";

/** Folders whose tests are about the package as it is delivered: its command, documents, pages and figures. */
const DELIVERED = ["bench", "browsers", "cli", "demo", "docs", "package"];

/** Tests that play in real time, for most of their time. */
const REAL_TIME = [
  "components/mixer-audio",
  "components/mixer-inputs",
  "components/mixer",
  "player/song-stems",
  "demo/demo-page",
  "live/realtime",
  "live/recovery",
  "live/separator",
  "sources/sources",
].map((name) => path.normalize(`${name}.test.ts`));

const delivered = process.argv.includes("delivered");
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => DELIVERED.includes(file.split(path.sep)[0]) === delivered)
  .sort();
const inRealTime = (file: string) => REAL_TIME.includes(file);

async function runAll(some: readonly string[], concurrency: number): Promise<void> {
  const events = run({
    files: some.map((file) => path.join(import.meta.dirname, file)),
    concurrency,
    // A file's; a test's is --test-timeout.
    timeout: 900_000,
  });
  events.on("test:fail", () => {
    process.exitCode = 1;
  });
  const report = process.stdout.isTTY ? events.compose(new spec()) : events.compose(tap);
  for await (const text of report) process.stdout.write(text as string);
}

await runAll(
  files.filter((file) => !inRealTime(file)),
  availableParallelism() + 1,
);
await runAll(files.filter(inRealTime), 1);
