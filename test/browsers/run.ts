// `npm run test:browsers [-- chromium firefox webKit]`: runs the checks in each browser, writes
// results.json and the README's table. A check that fails fails the command. Runs in Node.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { format } from "oxfmt";
import { bundleScript } from "../support/bundle.ts";
import { startServer } from "../support/server.ts";
import type { Outcome } from "./checks-page.ts";
import { BROWSERS } from "./drivers.ts";
import { supportTable, withTable, type Results } from "./support-table.ts";

const RESULTS = path.join(import.meta.dirname, "results.json");
const README = "README.md";
/** Longest time of a check. */
const PATIENCE = 240_000;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Checks</title>
  <script type="module" src="/dist/stem-mixer.js"></script>
  <script type="module" src="/checks.js"></script><body></body></html>`;

const wanted = process.argv.slice(2);
const script = await bundleScript(path.join(import.meta.dirname, "checks-page.ts"));
const recorder = await bundleScript(path.resolve("test/live/recorder-worklet.ts"));
const serve = (isolated: boolean) =>
  startServer({
    mounts: { "/dist/": "dist", "/song/": "components/demo/song" },
    pages: { "/": PAGE, "/checks.js": script, "/recorder.js": recorder },
    isolated,
  });
const servers = { shared: await serve(true), ports: await serve(false) };

const results: Record<string, Record<string, Outcome>> = {};
for (const [key, open] of Object.entries(BROWSERS)) {
  if (wanted.length > 0 && !wanted.includes(key)) continue;
  const browser = await open();
  const outcomes: Record<string, Outcome> = (results[browser.name] = {});
  try {
    const { ports, shared } = servers;
    // Modules that wait for others run after the page's load event.
    const whenThere = (expression: string) => `(async () => {
      while (!globalThis.checks) await new Promise((resolve) => setTimeout(resolve, 50));
      return ${expression};
    })()`;
    const names = (await browser.evaluate(`${ports.url}/`, whenThere("checks.names"))) as string[];
    for (const name of names) {
      const { url } = name.includes("shared memory") ? shared : ports;
      const late: Outcome = { outcome: "fails", note: `no end within ${PATIENCE / 1000} s` };
      const run = `Promise.race([${whenThere(`checks.run(${JSON.stringify(name)})`)},
        new Promise((resolve) => setTimeout(resolve, ${PATIENCE}, ${JSON.stringify(late)}))])`;
      outcomes[name] = (await browser.evaluate(`${url}/`, run)) as Outcome;
      const { outcome, note } = outcomes[name];
      console.log(`${browser.name}: ${name}: ${outcome}${note && ` (${note})`}`);
    }
  } finally {
    await browser.close();
  }
}
for (const server of Object.values(servers)) await server.close();

// Browsers that were not asked for keep what they did before.
const before = JSON.parse(await readFile(RESULTS, "utf8").catch(() => "{}")) as Results;
const all: Record<string, Results[string]> = {};
for (const key of Object.keys(BROWSERS)) {
  const isIt = (name: string) => name.toLowerCase().startsWith(key.toLowerCase());
  const now = Object.keys(results).find(isIt);
  const known = Object.keys(before).find(isIt);
  if (now !== undefined) all[now] = results[now];
  else if (known !== undefined) all[known] = before[known];
}
const writeFormatted = async (file: string, text: string) =>
  writeFile(file, (await format(path.basename(file), text)).code);
await writeFormatted(RESULTS, JSON.stringify(all));
await writeFormatted(README, withTable(await readFile(README, "utf8"), supportTable(all)));
if (Object.values(results).some((all) => Object.values(all).some((o) => o.outcome === "fails"))) {
  process.exitCode = 1;
}
