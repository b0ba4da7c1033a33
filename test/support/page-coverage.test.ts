// `npm run coverage` counts what runs only in a page, only in a worker and only in a worklet, and leaves
// out what does not run there.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { launchChromium } from "./chromium.ts";
import { reportCoverage } from "./coverage-report.ts";
import { countPage } from "./page-coverage.ts";
import { startServer } from "./server.ts";

const BRANCHES = `
function branches(ran: boolean) {
  if (ran) {
    return 1;
  } else {
    return 2;
  }
}
`;
const RAN = 4;
const DID_NOT_RUN = 6;

/** What each thread runs after its branches. */
const THREADS = {
  page: "Object.assign(globalThis, { branches });",
  worker: "branches(true);",
  worklet: `
registerProcessor("branches", class extends AudioWorkletProcessor {
  process() {
    return branches(true) === 1;
  }
});`,
};

test("lines of pages, workers and worklets", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-counted-"));
  const browser = await launchChromium();
  const pages: Record<string, string> = {
    "/starter.js": "globalThis.onmessage = ({ data }) => import(data).then(() => postMessage(0));",
  };
  const server = await startServer({ mounts: {}, isolated: true, pages });
  try {
    for (const name of ["src", "pages", "node"]) mkdirSync(path.join(folder, name));
    for (const [name, code] of Object.entries(THREADS)) {
      const file = path.join(folder, "src", `${name}.ts`);
      writeFileSync(file, BRANCHES + code);
      const bundle = { entryPoints: [file], bundle: true, outdir: path.join(folder, "dist") };
      const { outputFiles } = await build({ ...bundle, write: false, sourcemap: "inline" });
      pages[`/${name}.js`] = outputFiles[0].text;
    }
    const page = await browser.newPage();
    const counted = await countPage(page, path.join(folder, "pages"));
    await page.goto(`${server.url}/blank`);
    await page.addScriptTag({ url: "/page.js" });
    await page.evaluate(async () => {
      const { counting } = globalThis as unknown as { counting(type: string): Promise<void> };
      const worker = new Worker("/starter.js");
      await counting("worker");
      const ran = new Promise((resolve) => (worker.onmessage = resolve));
      worker.postMessage("/worker.js");
      await ran;
      // Counted although it ends before its page.
      worker.terminate();
      (globalThis as unknown as { branches(ran: boolean): number }).branches(true);
      const context = new OfflineAudioContext(1, 128, 48000);
      await context.audioWorklet.addModule("/starter.js");
      await counting("worklet");
      await context.audioWorklet.addModule("/worklet.js");
      new AudioWorkletNode(context, "branches").connect(context.destination);
      await context.startRendering();
    });
    await counted();
    const files = await reportCoverage(folder, { reports: [["json", {}]] });
    for (const name of ["page", "worklet", "worker"]) {
      const found = files.find(({ file }) => file === `src/${name}.ts`);
      assert.ok(found, `${name} is not counted: ${files.map(({ file }) => file).join()}`);
      assert.equal(found.counts[RAN], 1, name);
      assert.equal(found.counts[DID_NOT_RUN], 0, name);
      assert.deepEqual([found.branches.covered, found.branches.total], [1, 2], name);
    }
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
