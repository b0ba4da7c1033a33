// Browser side of the benchmark: the demo song through the built library. Page.
import type * as Library from "../../src/index.ts";
import type { Figures } from "./figures.ts";
import type { HopsOptions, HopTimes } from "./hops-worker.ts";

const built = new URL("/dist/index.js", location.href).href;
const SONG = "/dist/demo/song/song.mp3";

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function timeHops(options: HopsOptions): Promise<HopTimes> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/hops-worker.js", { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<HopTimes>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(options);
  });
}

let playing: { separator: Library.StemSeparator; song: Library.FileSource } | undefined;

/** Starts the demo song, looped; what follows is measured on it. */
export async function play(model: string): Promise<void> {
  const library = (await import(built)) as typeof Library;
  const context = new AudioContext();
  const separator = await library.createStemSeparator(context, { model, backend: "wasm" });
  const song = await library.fileSource(context, await (await fetch(SONG)).blob());
  song.node.connect(separator.input);
  separator.connect(context.destination);
  song.loop = true;
  song.play();
  playing = { separator, song };
}

/** Ends the song. */
export async function stop(): Promise<Omit<Figures["live"], "processLoad">> {
  const { separator, song } = playing!;
  const { load, hopTimeP50, hopTimeP99, hops, lateHops, underruns } = separator.stats;
  song.dispose();
  await separator.dispose();
  await (separator.context as AudioContext).close();
  return { load, hopTimeP50, hopTimeP99, hops, lateHops, underruns };
}

/** Added latency in ms by latency mode, and the rate of the device. */
export async function latencies(
  model: string,
): Promise<{ latency: Record<string, number>; sampleRate: number }> {
  const library = (await import(built)) as typeof Library;
  const context = new AudioContext();
  const latency: Record<string, number> = {};
  for (const latencyMode of library.LATENCY_MODES) {
    const options = { model, latencyMode, backend: "wasm" } as const;
    const separator = await library.createStemSeparator(context, options);
    latency[latencyMode] = 1000 * separator.latency;
    await separator.dispose();
  }
  const { sampleRate } = context;
  await context.close();
  return { latency, sampleRate };
}

/** Milliseconds from the start of the navigation to each step of a start. */
export interface StartUp {
  page: number;
  library: number;
  model: number;
  ready: number;
  /** The first sample of a stem. */
  sample: number;
}

/** Milliseconds of sound after a start: the browser keeps compiled code a while after it was compiled. */
const PLAYED = 4000;

/**
 * A start of the built files in a folder; undefined where the first sample was not separated in time.
 * @param model by default the folder's own
 */
export async function startUp(folder: string, model?: string): Promise<StartUp | undefined> {
  const page = performance.now();
  const script = new URL(`${folder}index.js`, location.href).href;
  const library = (await import(script)) as typeof Library;
  const imported = performance.now();
  const context = new AudioContext();
  let arrived = 0;
  const separator = await library.createStemSeparator(context, {
    ...(model !== undefined && { model }),
    backend: "wasm",
    onProgress: ({ loaded, total }) => {
      if (loaded === total) arrived = performance.now();
    },
  });
  const ready = performance.now();
  const tone = new OscillatorNode(context, { type: "sawtooth" });
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  tone.connect(separator.input);
  separator.connect(context.destination);
  for (const stem of Object.values(separator.stems)) stem.connect(analyser);
  tone.start();
  const samples = new Float32Array(2048);
  do {
    await wait(1);
    analyser.getFloatTimeDomainData(samples);
  } while (!samples.some((x) => Math.abs(x) > 1e-6));
  const sample = performance.now();
  const inTime = separator.stats.dryFrames === 0;
  await wait(PLAYED);
  await separator.dispose();
  await context.close();
  return inTime ? { page, library: imported, model: arrived, ready, sample } : undefined;
}
