// `npm run bench:split`: speed and memory of the built command. Runs in Node.
//
//   npm run bench:split -- [--json FILE] [--model NAME]... [--workers 1,2] [--minutes 1,5]
//
// Splits a file of noise, whose vocals alone are written, and prints a Markdown table; --json writes
// the same figures to FILE. Without --model it takes every installed model.
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

export interface SplitRun {
  model: string;
  workers: number;
  /** Seconds of sound. */
  seconds: number;
  /** Seconds of sound per second of time, from the opening of the file to the last written byte. */
  speed: number;
  /** Largest resident memory of the process, in MiB. */
  peakMemory: number;
}

const RATE = 44_100;
const CLI = path.resolve("dist/cli.js");
/** Printed by the command's process at its end. */
const PEAK = "peak memory of this process in KiB: ";
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(
  `process.on("exit",()=>process.stderr.write("\\n${PEAK}"+process.resourceUsage().maxRSS+"\\n"))`,
)}`;

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    model: { type: "string", multiple: true },
    workers: { type: "string", default: "1,2" },
    minutes: { type: "string", default: "1" },
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
    await writeNoise(file, Math.round(60 * minutes * RATE));
    for (const model of models) {
      for (const workers of numbers(values.workers)) runs.push(await split(file, model, workers));
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

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["--import", TELL_PEAK, CLI, ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += String(text)));
  child.stderr.on("data", (text) => (stderr += String(text)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0)
    throw new Error(`danna-sep ${args.join(" ")} ended with ${String(code)}: ${stderr}`);
  return { stdout, stderr };
}

async function installed(): Promise<string[]> {
  const { stdout } = await run(["models", "--json"]);
  const models = JSON.parse(stdout) as { name: string; complete: boolean }[];
  return models.filter(({ complete }) => complete).map(({ name }) => name);
}

async function split(file: string, model: string, workers: number): Promise<SplitRun> {
  const out = path.join(folder, "out");
  const options = ["--stems", "vocals", "--json", "--model", model, "--workers", String(workers)];
  const { stdout, stderr } = await run(["split", file, "--out", out, ...options]);
  await rm(out, { recursive: true });
  const last = stdout.trim().split("\n").at(-1) ?? "";
  const { seconds, speed } = JSON.parse(last) as { seconds: number; speed: number };
  const peakMemory = Number(stderr.split(PEAK).at(-1)) / 1024;
  return { model, workers, seconds, speed, peakMemory };
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

function markdown({ machine, runs }: SplitFigures): string {
  const { processor, cores, memory, system, loadBefore } = machine;
  const rows = runs.map(({ model, workers, seconds, speed, peakMemory }) =>
    [
      model,
      workers,
      `${(seconds / 60).toFixed(1)} min`,
      `${speed.toFixed(1)}×`,
      `${peakMemory.toFixed(0)} MiB`,
    ].join(" | "),
  );
  return [
    `${processor}, ${cores} cores, ${memory.toFixed(0)} GiB, ${system}, load before ${loadBefore.toFixed(1)}`,
    "",
    "| Model | Workers | Length | Real time | Peak memory |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}
