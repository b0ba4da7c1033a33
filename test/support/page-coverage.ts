// Counts what runs in a page, its workers and its worklets, for `npm run coverage`: V8's own counts, by
// DevTools, of scripts that have a source map. A page is counted as it is when it is closed, and a
// worker when it is terminated; what a page ran before it was left for another address, and workers
// that end by themselves, are not. Runs in Node.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { DevToolsTarget } from "./devtools.ts";

/** What ran of a script in one thread, as V8 counts it. */
interface ScriptCounts {
  scriptId: string;
  url: string;
  functions: { ranges: { startOffset: number; count: number }[] }[];
}

/** What ran of a script, and the script. */
export interface ScriptCoverage extends Omit<ScriptCounts, "scriptId"> {
  source: string;
  sourceMap: unknown;
}

const COUNTS = ".counts.json";
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

async function start(target: DevToolsTarget): Promise<void> {
  // Sent at once, so that the target does not run on between them.
  await Promise.all([
    target.send("Profiler.enable"),
    target.send("Profiler.startPreciseCoverage", { callCount: false, detailed: true }),
  ]);
}

/** Writes a script with its source map to a file of its own, and what ran of it to another. */
async function saveScript(
  target: DevToolsTarget,
  { scriptId, url, functions }: ScriptCounts,
  folder: string,
): Promise<void> {
  // A worker may have begun before the counting; V8 then leaves functions out that did not run.
  const whole = functions.some(({ ranges: [{ startOffset, count }] }) => !startOffset && count);
  if (!url.startsWith("http") || !whole) return;
  const { scriptSource: source } = await target.send<{ scriptSource: string }>(
    "Debugger.getScriptSource",
    { scriptId },
  );
  const map = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(source)?.[1];
  if (map === undefined) return;
  const script = `${hash(source)}.json`;
  if (!existsSync(path.join(folder, script))) {
    const sourceMap: unknown = await (await fetch(new URL(map, url))).json();
    writeFileSync(path.join(folder, script), JSON.stringify({ source, sourceMap }));
  }
  // The port differs from server to server.
  const counts = JSON.stringify({ script, url: new URL(url).pathname, functions });
  writeFileSync(path.join(folder, `${hash(counts)}${COUNTS}`), counts);
}

async function save(target: DevToolsTarget, folder: string): Promise<void> {
  const { result } = await target.send<{ result: ScriptCounts[] }>("Profiler.takePreciseCoverage");
  // Knows the scripts from here on.
  await target.send("Debugger.enable");
  for (const script of result) await saveScript(target, script, folder);
}

/**
 * Counts what runs in a page that has not been opened at its address yet; the function that is returned
 * writes the counts. Where there is no folder, as in `npm test`, nothing is counted.
 */
export async function countPage(
  page: Page,
  folder = process.env.COVERAGE_FOLDER,
): Promise<() => Promise<void>> {
  if (!folder) return () => Promise.resolve();
  const begun = new WeakMap<DevToolsTarget, Promise<void>>();
  const root = await DevToolsTarget.of(page, (target) => {
    // Any thread may end before it is counted.
    begun.set(
      target,
      start(target).catch(() => undefined),
    );
  });
  // Resolves when what the page's latest worker or worklet runs from then on is counted.
  await page.exposeFunction("counting", async (type: "worker" | "worklet") => {
    await begun.get(await root.latest(type));
  });
  const saveAll = async (targets: DevToolsTarget[]) => {
    await Promise.allSettled(targets.map((target) => save(target, folder)));
  };
  await page.exposeFunction("saveWorkerCoverage", () =>
    saveAll(root.all.filter(({ type }) => type === "worker")),
  );
  await page.addInitScript(() => {
    const { saveWorkerCoverage } = globalThis as unknown as Record<string, () => Promise<void>>;
    const { terminate } = Worker.prototype;
    Worker.prototype.terminate = function () {
      void saveWorkerCoverage().finally(() => terminate.call(this));
    };
  });
  await start(root);
  return () => saveAll(root.all);
}

/** What the pages that were counted into a folder ran. */
export function pageCoverage(folder: string): ScriptCoverage[] {
  const read = (file: string) =>
    JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Record<string, never>;
  return readdirSync(folder)
    .filter((file) => file.endsWith(COUNTS))
    .map((file) => {
      const { script, url, functions } = read(file);
      const { source, sourceMap } = read(script);
      return { url: `http://page${url}`, functions, source, sourceMap };
    });
}
