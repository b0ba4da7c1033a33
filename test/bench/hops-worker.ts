// Times the engine hop by hop, at the pace of live audio. Runs in a module worker.
import { Engine } from "../../src/engine/engine.ts";
import { runtimeIn } from "../../src/model/built-files.ts";
import { fetchModel } from "../../src/model/fetch.ts";
import { loadModel } from "../../src/engine/session.ts";
import { noise } from "../support/signals.ts";

export interface HopsOptions {
  manifestUrl: string;
  ortUrl: string;
  warmUpSeconds: number;
  seconds: number;
}

/** Times in ms, one of each kind a hop. */
export interface HopTimes {
  model: number[];
  transforms: number[];
  hopDuration: number;
}

self.onmessage = async ({ data }: MessageEvent<HopsOptions>) => {
  self.postMessage(await timeHops(data));
};

async function timeHops(options: HopsOptions): Promise<HopTimes> {
  const model = await fetchModel(options.manifestUrl);
  const session = await loadModel({
    ...model,
    backend: "wasm",
    wasmPaths: runtimeIn(options.ortUrl),
  });
  let inModel = 0;
  const run = session.run.bind(session);
  session.run = async (...parameters) => {
    const started = performance.now();
    const result = await run(...parameters);
    inModel += performance.now() - started;
    return result;
  };
  const engine = new Engine(session);
  const { hop, sampleRate } = engine;
  const hopDuration = (1000 * hop) / sampleRate;
  // Noise at the level of music, and ever new: a model's time can depend on its input.
  const signal = noise(2 * sampleRate).map((x) => 0.1 * x);
  const output = Array.from({ length: 4 }, () => [new Float32Array(hop), new Float32Array(hop)]);
  const times: HopTimes = { model: [], transforms: [], hopDuration };

  const start = performance.now();
  const measured = start + 1000 * options.warmUpSeconds;
  const end = measured + 1000 * options.seconds;
  for (let due = start, at = 0; due < end; due += hopDuration, at = (at + hop) % sampleRate) {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const input = [signal.subarray(at, at + hop), signal.subarray(at + hop, at + 2 * hop)];
    inModel = 0;
    const started = performance.now();
    await engine.process(input, output);
    const whole = performance.now() - started;
    if (due < measured) continue;
    times.model.push(inModel);
    times.transforms.push(whole - inModel);
  }
  await engine.dispose();
  return times;
}
