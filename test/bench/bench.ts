// `npm run bench`: times the built library in a real Chromium. Runs in Node.
//
//   npm run bench -- [--json FILE] [--model MANIFEST] [--seconds 20] [--visits 3]
//
// Prints a Markdown table; --json writes the same figures to FILE. Without --model it takes
// models/live.json, or the small fixture where there is none.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import type { ModelManifest } from "../../src/index.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import type * as BenchPage from "./bench-page.ts";
import { markdown, percentiles, type Figures } from "./figures.ts";
import { scriptSize } from "./script-size.ts";

/** At most; a shorter run warms up for as long as it measures. */
const WARM_UP_SECONDS = 5;
const FIXTURE = "test/models/recurrent.json";
const TRAINED = "models/live.json";

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    model: { type: "string", default: existsSync(TRAINED) ? TRAINED : FIXTURE },
    seconds: { type: "string", default: "20" },
    visits: { type: "string", default: "3" },
  },
});
const seconds = positive("seconds", values.seconds);
const warmUpSeconds = Math.min(WARM_UP_SECONDS, seconds);
const visits = Math.ceil(positive("visits", values.visits));
const manifest = JSON.parse(await readFile(values.model, "utf8")) as ModelManifest;

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not "${text}"`);
  return number;
}

const server = await startServer({
  mounts: { "/dist/": "dist", "/models/": path.dirname(values.model) },
  isolated: true,
  pages: Object.fromEntries(
    await Promise.all(
      ["bench-page", "hops-worker"].map(async (name) => {
        const script = await bundleScript(path.resolve(import.meta.dirname, `${name}.ts`));
        return [`/${name}.js`, script] as const;
      }),
    ),
  ),
});
const model = `/models/${path.basename(values.model)}`;
const ortUrl = `${server.url}/dist/ort/`;
const [loadBefore] = os.loadavg();
const browser = await launchChromium();
try {
  const figures: Figures = {
    machine: await describeMachine(browser, loadBefore),
    model: {
      name: manifest.name,
      sha256: manifest.sha256,
      multiplyAccumulatesPerHop: manifest.multiplyAccumulatesPerHop,
    },
    ...(await timeHops()),
    live: await playLive(),
    ...(await inPage((page) => page.evaluate(latencies, model))),
    firstSample: await timeVisits(),
    scriptSize: await scriptSize(),
  };
  console.log(markdown(figures));
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
} finally {
  await browser.close();
  await server.close();
}

/** Runs `body` on a fresh page, in a profile of its own. */
async function inPage<T>(body: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext();
  try {
    return await withPage(context, `${server.url}/blank`, body);
  } finally {
    await context.close();
  }
}

async function latencies(model: string) {
  const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
  return bench.latencies(model);
}

async function timeHops(): Promise<Pick<Figures, "hopDuration" | "modelTime" | "transformTime">> {
  const options = {
    manifestUrl: server.url + model,
    ortUrl,
    warmUpSeconds,
    seconds,
  };
  const times = await inPage((page) =>
    page.evaluate(async (options) => {
      const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
      return bench.timeHops(options);
    }, options),
  );
  return {
    hopDuration: times.hopDuration,
    modelTime: percentiles(times.model),
    transformTime: percentiles(times.transforms),
  };
}

async function playLive(): Promise<Figures["live"]> {
  return inPage(async (page) => {
    await page.evaluate(async (model) => {
      const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
      await bench.play(model);
    }, model);
    await page.waitForTimeout(1000 * warmUpSeconds);
    const before = await rendererTime();
    const started = performance.now();
    await page.waitForTimeout(1000 * seconds);
    const processLoad = (1000 * ((await rendererTime()) - before)) / (performance.now() - started);
    const live = await page.evaluate(async () => {
      const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
      return bench.stop();
    });
    return { ...live, processLoad };
  });
}

/** Seconds of processor time of all the browser's pages so far; one page is open. */
async function rendererTime(): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo
    .filter(({ type }) => type === "renderer")
    .reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** Cold: a new profile; warm: the page's next visit in it. Medians. */
async function timeVisits(): Promise<Figures["firstSample"]> {
  const visit = async (page: Page) => {
    await page.reload();
    return page.evaluate(async (model) => {
      const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
      return bench.firstSample(model);
    }, model);
  };
  const cold: (number | undefined)[] = [];
  const warm: (number | undefined)[] = [];
  for (let i = 0; i < visits; i++) {
    await inPage(async (page) => {
      cold.push(await visit(page));
      warm.push(await visit(page));
    });
  }
  const median = (times: (number | undefined)[]) => {
    const inTime = times.filter((time) => time !== undefined);
    return inTime.length > 0 ? percentiles(inTime).p50 : null;
  };
  return { cold: median(cold), warm: median(warm) };
}

async function describeMachine(browser: Browser, loadBefore: number): Promise<Figures["machine"]> {
  const cpus = os.cpus();
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return {
    processor: cpus[0]?.model.trim() ?? "unknown processor",
    cores: cpus.length,
    memory: Math.round(os.totalmem() / 2 ** 30),
    system: /^PRETTY_NAME="(.*)"$/m.exec(release)?.[1] ?? `${os.type()} ${os.release()}`,
    browser: `Chromium ${browser.version()}`,
    loadBefore,
  };
}
