// Times graphs in the live engine's runtime, and what is no graph beside them. Runs in a module worker.
import { Rnnoise } from "@shiguredo/rnnoise-wasm";
import { importRuntime } from "../../src/engine/runtime.ts";
import { runtimeIn } from "../../src/model/built-files.ts";
import { noise } from "../support/signals.ts";
import type { Network } from "./graphs.ts";

export interface GraphOptions {
  ortUrl: string;
  /** URL of the ONNX file. */
  url: string;
  inputs: Network["inputs"];
  seconds: number;
  /** The fastest run in place of the median: what the machine can do. */
  fastest?: boolean;
}

/** Names of what is no graph. */
export type Peer = "centre" | "rnnoise";

self.onmessage = async ({ data }: MessageEvent<GraphOptions | Peer>) => {
  self.postMessage(await (typeof data === "string" ? PEERS[data]() : timeGraph(data)));
};

/** Milliseconds per call over `seconds`, whose first half is warm-up: sorted. */
async function timeCalls(seconds: number, call: () => unknown): Promise<number[]> {
  const times: number[] = [];
  const start = performance.now();
  for (let now = start; now < start + 1000 * seconds || times.length < 3;) {
    const started = now;
    await call();
    now = performance.now();
    if (started > start + 500 * seconds || now > start + 1000 * seconds) times.push(now - started);
  }
  return times.sort((a, b) => a - b);
}

async function median(seconds: number, call: () => unknown): Promise<number> {
  const times = await timeCalls(seconds, call);
  return times[times.length >> 1];
}

async function timeGraph(options: GraphOptions): Promise<number> {
  const { ortUrl, url, inputs, seconds, fastest } = options;
  const ort = await importRuntime("wasm", { wasmPaths: runtimeIn(ortUrl) });
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => {
      const size = shape.reduce((product, each) => product * each, 1);
      return [name, new ort.Tensor("float32", noise(size), shape)];
    }),
  );
  const times = await timeCalls(seconds, () => session.run(feeds));
  await session.release();
  return times[fastest ? 0 : times.length >> 1];
}

/** Milliseconds of one core per second of stereo audio. */
const PEERS: Record<Peer, () => Promise<number>> = {
  async centre() {
    const [left, right] = [noise(44_100, 1), noise(44_100, 2)];
    const out = new Float32Array(44_100);
    return median(1, () => {
      for (let i = 0; i < out.length; i++) out[i] = (left[i] - right[i]) / 2;
    });
  },
  async rnnoise() {
    const states = await Rnnoise.load().then((model) =>
      [0, 1].map(() => ({ state: model.createDenoiseState(), size: model.frameSize })),
    );
    const sound = noise(states[0].size).map((x) => 8000 * x);
    const time = await median(2, () => {
      for (const { state } of states) state.processFrame(sound.slice());
    });
    return (time * 48_000) / states[0].size;
  },
};
