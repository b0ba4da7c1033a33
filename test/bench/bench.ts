// `npm run bench`: times the built library in a real Chromium. Runs in Node.
//
//   npm run bench -- [--json FILE] [--html FILE] [--model MANIFEST] [--seconds 20] [--visits 3]
//                    [--against DIR]
//
// Prints a Markdown table; --json writes the same figures to FILE. --html writes a report with plots,
// and measures more for it: several separators at once, impulses, memory, splitting, other networks.
// Without --model it takes models/live.json, or the small fixture where there is none. --against takes a built
// checkout of an older version, whose page is opened in turn with this one's: the medians of the ratios of
// their times to the first separated sample are given.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import type { StreamingManifest } from "../../src/index.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, launchProfile, withPage } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import type * as BenchPage from "./bench-page.ts";
import { markdown, percentiles, type Figures, type FirstSample } from "./figures.ts";
import { graphFolder, measure } from "./measure.ts";
import { html, type Report } from "./report.ts";
import { scriptSize } from "./script-size.ts";

/** At most; a shorter run warms up for as long as it measures. */
const WARM_UP_SECONDS = 5;
const FIXTURE = "test/models/recurrent.json";
const TRAINED = "models/live.json";
/** Served at the root, by their names. */
const SCRIPTS = [
  "bench-page.ts",
  "hops-worker.ts",
  "report-page.ts",
  "graphs-worker.ts",
  "../live/recorder-worklet.ts",
];

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    html: { type: "string" },
    model: { type: "string", default: existsSync(TRAINED) ? TRAINED : FIXTURE },
    seconds: { type: "string", default: "20" },
    visits: { type: "string", default: "3" },
    against: { type: "string" },
  },
});
const seconds = positive("seconds", values.seconds);
const warmUpSeconds = Math.min(WARM_UP_SECONDS, seconds);
const visits = Math.ceil(positive("visits", values.visits));
const manifest = JSON.parse(await readFile(values.model, "utf8")) as StreamingManifest;

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not "${text}"`);
  return number;
}

const graphs = await graphFolder();
const server = await startServer({
  mounts: {
    "/dist/": "dist",
    ...(values.against && { "/against/": path.join(values.against, "dist") }),
    "/models/": path.dirname(values.model),
    "/graphs/": graphs.folder,
  },
  isolated: true,
  // As a page's server would have it: what a browser keeps between visits is a part of a warm start.
  headers: { "Cache-Control": "max-age=3600" },
  pages: Object.fromEntries(
    await Promise.all(
      SCRIPTS.map(async (file) => {
        const script = await bundleScript(path.resolve(import.meta.dirname, file));
        return [`/${path.basename(file, ".ts")}.js`, script] as const;
      }),
    ),
  ),
});
const model = `/models/${path.basename(values.model)}`;
const ortUrl = `${server.url}/dist/ort/`;
const [loadBefore] = os.loadavg();
const browser = await launchChromium();
try {
  const { times, ...hopTimes } = await timeHops();
  const starts = await timeVisits();
  const figures: Figures = {
    machine: await describeMachine(browser, loadBefore),
    model: {
      name: manifest.name,
      sha256: manifest.sha256,
      multiplyAccumulatesPerHop: manifest.multiplyAccumulatesPerHop,
    },
    ...hopTimes,
    live: await playLive(),
    ...(await inPage((page) => page.evaluate(latencies, model))),
    firstSample: { cold: starts.cold?.sample ?? null, warm: starts.warm?.sample ?? null },
    ...(values.against && { firstSampleAgainst: starts.against }),
    scriptSize: await scriptSize(),
  };
  console.log(markdown(figures));
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
  if (values.html !== undefined) {
    const measured = await measure({
      browser,
      inPage,
      model,
      manifestFile: values.model,
      graphs: graphs.folder,
      serverUrl: server.url,
      seconds,
    });
    await writeFile(values.html, await html(reportOf(figures, times, starts, measured)));
  }
} finally {
  await browser.close();
  await server.close();
  await graphs.remove();
}

/** With the model's own place among the networks. */
function reportOf(
  figures: Figures,
  hops: Report["hops"],
  startUp: Report["startUp"],
  measured: Awaited<ReturnType<typeof measure>>,
): Report {
  const hopsPerSecond = 1000 / figures.hopDuration;
  const ours = {
    name: figures.model.name,
    kind: "ours" as const,
    multiplyAccumulates: (figures.model.multiplyAccumulatesPerHop ?? 0) * hopsPerSecond,
    cost: (figures.modelTime.p50 / 1000) * hopsPerSecond,
  };
  const known = ours.multiplyAccumulates > 0 ? [ours] : [];
  return { figures, hops, startUp, ...measured, networks: [...known, ...measured.networks] };
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

async function timeHops(): Promise<
  Pick<Figures, "hopDuration" | "modelTime" | "transformTime"> & { times: Report["hops"] }
> {
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
    times,
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

type Start = BenchPage.StartUp | undefined;

/** Cold: a new profile; warm: the page's next visit in it. The median one by its first sample. */
async function timeVisits(): Promise<Report["startUp"] & { against: FirstSample }> {
  const visit = async (page: Page, folder: string, model?: string): Promise<Start> => {
    await page.reload();
    return page.evaluate(
      async ([folder, model]) => {
        const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
        return bench.startUp(folder, model);
      },
      [folder, model] as const,
    );
  };
  const both = async (folder: string, model?: string) => {
    const profile = await mkdtemp(path.join(os.tmpdir(), "danna-profile-"));
    const context = await launchProfile(profile);
    try {
      return await withPage(context, `${server.url}/blank`, async (page) => ({
        cold: await visit(page, folder, model),
        warm: await visit(page, folder, model),
      }));
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  };
  const own: { cold: Start; warm: Start }[] = [];
  const others: typeof own = [];
  for (let i = 0; i < visits; i++) {
    own.push(await both("/dist/", model));
    if (values.against) others.push(await both("/against/"));
  }
  const middle = <T>(sorted: readonly T[]) => sorted[(sorted.length - 1) >> 1] ?? null;
  const median = (kind: "cold" | "warm") => {
    const inTime = own.map((visit) => visit[kind]).filter((start) => start !== undefined);
    return middle(inTime.sort((a, b) => a.sample - b.sample));
  };
  const share = (kind: "cold" | "warm") => {
    const pairs = others.flatMap((other, i) => {
      const [ours, theirs] = [own[i][kind], other[kind]];
      return ours && theirs ? [ours.sample / theirs.sample] : [];
    });
    return middle(pairs.sort((a, b) => a - b));
  };
  return {
    cold: median("cold"),
    warm: median("warm"),
    against: { cold: share("cold"), warm: share("warm") },
  };
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
