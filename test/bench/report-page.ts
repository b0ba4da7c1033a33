// Browser side of the benchmark's report: several separators at once, impulses, peers. Page.
import type * as Library from "../../src/index.ts";
import type { GraphOptions, Peer } from "./graphs-worker.ts";

const built = new URL("/dist/index.js", location.href).href;
const SONG = "/dist/demo/song/song.mp3";

/** What the worker answers. */
export function timeInWorker(job: GraphOptions | Peer): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/graphs-worker.js", { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<number>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
  });
}

export interface InstancesResult {
  count: number;
  /** Of one core, all inference workers together. */
  load: number;
  /** Hops that came too late, and that were heard dry, as shares of all. */
  late: number;
  dry: number;
}

/** The song through `count` separators side by side, for so many seconds after as many of warm-up. */
export async function instances(
  model: string,
  count: number,
  seconds: number,
): Promise<InstancesResult> {
  const library = (await import(built)) as typeof Library;
  const context = new AudioContext();
  const song = await library.fileSource(context, await (await fetch(SONG)).blob());
  const separators: Library.StemSeparator[] = [];
  for (let i = 0; i < count; i++) {
    const options = { model, backend: "wasm" } as const;
    const separator = await library.createStemSeparator(context, options);
    song.node.connect(separator.input);
    separator.connect(context.destination);
    separators.push(separator);
  }
  song.loop = true;
  song.play();
  const wait = () => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  await wait();
  const before = separators.map(({ stats }) => stats);
  await wait();
  const sum = { hops: 0, late: 0, dry: 0, load: 0 };
  separators.forEach(({ stats }, i) => {
    sum.hops += stats.hops - before[i].hops;
    sum.late += stats.lateHops - before[i].lateHops;
    sum.dry += stats.underruns - before[i].underruns;
    sum.load += stats.load;
  });
  song.dispose();
  for (const separator of separators) await separator.dispose();
  await context.close();
  return { count, load: sum.load, late: sum.late / sum.hops, dry: sum.dry / sum.hops };
}

/** Frames after which an impulse that went into a running context comes out, and what is stated. */
export async function impulse(model: string, latencyMode: Library.LatencyMode) {
  const library = (await import(built)) as typeof Library;
  const context = new AudioContext();
  await context.audioWorklet.addModule("/recorder-worklet.js");
  const separator = await library.createStemSeparator(context, {
    model,
    latencyMode,
    backend: "wasm",
  });
  const frames = 2 * context.sampleRate;
  const recorder = new AudioWorkletNode(context, "recorder", {
    numberOfInputs: 2,
    processorOptions: { signals: 2, frames },
  });
  const message = () =>
    new Promise<unknown>((resolve) => {
      recorder.port.onmessage = ({ data }) => resolve(data);
    });
  const runs = message();
  const buffer = new AudioBuffer({
    numberOfChannels: 2,
    length: frames,
    sampleRate: context.sampleRate,
  });
  for (let c = 0; c < 2; c++) buffer.getChannelData(c)[context.sampleRate / 2] = 1;
  const source = new AudioBufferSourceNode(context, { buffer });
  separator.connect(recorder, 0, 1);
  recorder.connect(context.destination);
  await runs;
  const full = message();
  source.connect(recorder, 0, 0);
  source.connect(separator.input);
  source.start();
  await full;
  const recorded = message();
  recorder.port.postMessage("planes");
  const planes = (await recorded) as Float32Array[];
  const peak = (plane: Float32Array) =>
    plane.reduce((at, x, i) => (Math.abs(x) > Math.abs(plane[at]) ? i : at), 0);
  const stated = 1000 * separator.latency;
  const measured = (1000 * (peak(planes[2]) - peak(planes[0]))) / context.sampleRate;
  await separator.dispose();
  await context.close();
  return { latencyMode, stated, measured };
}
