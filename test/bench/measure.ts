// What only the benchmark's report measures. Runs in Node.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import type * as Library from "../../src/index.ts";
import type * as Node from "../../src/split/node.ts";
import { noise } from "../support/signals.ts";
import type * as BenchPage from "./bench-page.ts";
import { convTasNet, openUnmix, product, recurrentNetwork, type Network } from "./graphs.ts";
import type { GraphOptions, Peer } from "./graphs-worker.ts";
import type { InstancesResult } from "./report-page.ts";
import type * as ReportPage from "./report-page.ts";
import { TOO_LATE, type Report } from "./report.ts";

const LATENCY_MODES: readonly Library.LatencyMode[] = ["monitor", "balanced", "safe"];
const WIDTHS = [32, 64, 128, 256, 384];
/** Separators at once, until too many hops are late; more of them may adapt or fall behind as one. */
const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16];

/** What the measurements need of the benchmark. */
export interface Bench {
  browser: Browser;
  /** Runs with a fresh page in a profile of its own. */
  inPage<T>(body: (page: Page) => Promise<T>): Promise<T>;
  /** Path of the manifest on the server, and its file. */
  model: string;
  manifestFile: string;
  /** Folder that the server has under /graphs/. */
  graphs: string;
  serverUrl: string;
  seconds: number;
}

/** A new folder for graphs, and what removes it. */
export async function graphFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "danna-graphs-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

type Module = typeof ReportPage;

/** All but what the benchmark measures anyway. */
export async function measure(bench: Bench): Promise<Omit<Report, "figures" | "hops" | "startUp">> {
  const { inPage, model, seconds } = bench;
  /** Calls a function of report-page.ts on a fresh page. */
  const call = <K extends keyof Module>(name: K, ...parameters: Parameters<Module[K]>) =>
    inPage((page) =>
      page.evaluate(
        async ({ name, parameters }) => {
          const module = (await import("/report-page.js" as string)) as Record<string, unknown>;
          return (module[name] as (...all: unknown[]) => unknown)(...parameters);
        },
        { name, parameters },
      ),
    ) as ReturnType<Module[K]>;

  const instances: InstancesResult[] = [];
  for (const count of COUNTS) {
    const result = await call("instances", model, count, Math.max(1, seconds / 4));
    instances.push(result);
    if (result.late + result.dry > TOO_LATE) break;
  }
  const impulses = [];
  for (const latencyMode of LATENCY_MODES) impulses.push(await call("impulse", model, latencyMode));

  const time = (job: GraphOptions | Peer) => call("timeInWorker", job);
  const timeNetwork = async (network: Network, fastest = false) => {
    const file = `${network.name.replace(/\W+/g, "-")}.onnx`;
    await writeFile(path.join(bench.graphs, file), network.bytes);
    const perRun = await time({
      ortUrl: `${bench.serverUrl}/dist/ort/`,
      url: `${bench.serverUrl}/graphs/${file}`,
      inputs: network.inputs,
      seconds: Math.min(2, seconds),
      fastest,
    });
    return perRun / 1000;
  };
  const networks: Report["networks"][number][] = [];
  for (const network of [...WIDTHS.map(recurrentNetwork), openUnmix(), convTasNet()]) {
    const { name, multiplyAccumulates, copies, seconds } = network;
    networks.push({
      name,
      kind: name.startsWith("GRU") ? "size" : "published",
      multiplyAccumulates: (multiplyAccumulates * copies) / seconds,
      cost: ((await timeNetwork(network)) * copies) / seconds,
    });
  }
  const speedOf = async (network: Network) =>
    network.multiplyAccumulates / (await timeNetwork(network, true));
  return {
    instances,
    impulses,
    memory: await memoryOverTime(bench),
    splitting: await splitting(bench),
    networks,
    peers: {
      centre: (await time("centre")) / 1000,
      rnnoise: (await time("rnnoise")) / 1000,
    },
    productSpeed: { matrix: await speedOf(product(256)), row: await speedOf(product(1)) },
  };
}

/** Proportional set size of the page's process, once a second; of Linux only. */
async function memoryOverTime({
  browser,
  inPage,
  model,
  seconds,
}: Bench): Promise<Report["memory"]> {
  if (!existsSync("/proc/self/smaps_rollup")) return [];
  const pids = async () => {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  };
  return inPage(async (page) => {
    await page.evaluate(async (model) => {
      const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
      await bench.play(model);
    }, model);
    const memory: { seconds: number; megabytes: number }[] = [];
    const started = performance.now();
    for (let second = 0; second <= seconds; second++) {
      let kilobytes = 0;
      for (const pid of await pids()) {
        const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
        kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
      }
      const now = (performance.now() - started) / 1000;
      memory.push({ seconds: now, megabytes: kilobytes / 1000 });
      await page.waitForTimeout(1000);
    }
    await page.evaluate(async () => {
      const bench = (await import("/bench-page.js" as string)) as typeof BenchPage;
      await bench.stop();
    });
    return memory;
  });
}

async function splitting({ manifestFile, seconds }: Bench): Promise<Report["splitting"]> {
  const built = pathToFileURL(path.resolve("dist/node.js")).href;
  const { splitFile } = (await import(built)) as typeof Node;
  const results = [];
  for (const audio of [1, 2, 4, 8].map((times) => times * Math.ceil(seconds / 2))) {
    const sound = [1, 2].map((seed) => noise(audio * 44_100, seed).map((x) => 0.1 * x));
    const started = performance.now();
    const split = await splitFile({ sampleRate: 44_100, channels: sound }, { model: manifestFile });
    let frames = 0;
    for await (const { stems } of split) frames += stems.vocals[0].length;
    if (frames !== sound[0].length) throw new Error(`${frames} of ${sound[0].length} frames`);
    results.push({ audio, took: (performance.now() - started) / 1000 });
  }
  return results;
}
