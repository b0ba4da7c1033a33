// Opens the engine on a backend: forced, or chosen by trying it at the pace of live audio.
// Runs on the inference worker.
import { CHANNELS } from "../../dsp/planar-queue.ts";
import { findAdapter, isSoftware } from "../../engine/adapter.ts";
import { Engine } from "../../engine/engine.ts";
import { loadFft } from "../../dsp/fft.ts";
import { looksKnown } from "../../engine/band-split.ts";
import { startRuntime, type Backend } from "../../engine/runtime.ts";
import { loadModel } from "../../engine/session.ts";
import { DannaError } from "../../errors.ts";
import type { BuiltFiles } from "../../model/built-files.ts";
import type { SpectralManifest } from "../../model/manifest.ts";
import type { KeptModel } from "../protocol.ts";
import { HopTimes } from "./hop-times.ts";
import { pause } from "../../util/async.ts";

/** Hops of the paced probe: enough for a 99th percentile. */
const PROBE_HOPS = 100;
/** Hops run at least, and milliseconds at most, until hops are fast enough. A GPU's are probed right after. */
const WARM_UP_HOPS = { wasm: 10, webgpu: 100 } as const;
const WARM_UP_TIME = 2000;
/** Fast enough: this many in a row take less than this share of their time. They get faster while sound plays. */
const WARM_UP_BLOCK = 5;
const FAST_LOAD = 0.5;

export interface OpenOptions {
  /** Comes before its file. */
  manifest: Promise<SpectralManifest>;
  /** Comes while ONNX Runtime starts, where that is needed. */
  model: Promise<KeptModel>;
  backend: Backend | "auto";
  ort: BuiltFiles["ort"];
}

/**
 * An engine, warmed up and reset, and the backend it runs on. "auto" takes WebGPU when there is a
 * real adapter on which 99 of 100 paced hops take less than half a hop, else WASM.
 * @throws DannaError "platform" when WebGPU is forced and there is no adapter; the model's own
 *   failure, and those of `startRuntime` and `loadModel`
 */
export async function openEngine(options: OpenOptions): Promise<[Engine, Backend]> {
  if (options.backend === "webgpu") {
    if ((await findAdapter()) === null) {
      throw new DannaError(
        "platform",
        'This browser offers no WebGPU adapter to workers; use the backend "wasm" or "auto".',
      );
    }
    return [await open(options, "webgpu"), "webgpu"];
  }
  if (options.backend === "auto") {
    const engine = await openFastGpu(options);
    if (engine) return [engine, "webgpu"];
  }
  return [await open(options, "wasm"), "wasm"];
}

async function openFastGpu(options: OpenOptions): Promise<Engine | undefined> {
  const adapter = await findAdapter();
  if (adapter === null || isSoftware(adapter)) return undefined;
  let engine: Engine;
  try {
    engine = await open(options, "webgpu");
  } catch {
    // A driver that cannot run the graph; WASM can, or gives the reason why the model is at fault.
    return undefined;
  }
  const hopTime = (1000 * engine.hop) / engine.sampleRate;
  if ((await pacedP99(engine, hopTime)) < hopTime / 2) return engine;
  await engine.dispose();
  return undefined;
}

async function open(options: OpenOptions, backend: Backend): Promise<Engine> {
  const wasmPaths = options.ort;
  const unneeded = backend === "wasm" && looksKnown(await options.manifest);
  const ort = unneeded ? undefined : startRuntime(backend, { wasmPaths });
  // Whatever fails first is what is told.
  ort?.catch(() => undefined);
  const [{ manifest, bytes }] = await Promise.all([options.model, loadFft()]);
  const engine = new Engine(await loadModel({ manifest, bytes, backend, wasmPaths, ort }));
  await warmUp(engine, WARM_UP_HOPS[backend]);
  return engine;
}

/** Noise, because silence can be faster than music. */
function noise(hop: number): Float32Array[] {
  let seed = 1;
  const next = () => (seed = (seed * 16807) % 2147483647) / 2 ** 32 - 0.25;
  return Array.from({ length: CHANNELS }, () => Float32Array.from({ length: hop }, next));
}

function buffersFor(engine: Engine) {
  const input = noise(engine.hop);
  const output = engine.stems.map(() => input.map(({ length }) => new Float32Array(length)));
  return { input, output };
}

/** Runs hops until they are fast enough for live audio: the browser compiles hot code again while it runs. */
async function warmUp(engine: Engine, least: number): Promise<void> {
  const { input, output } = buffersFor(engine);
  const fast = (FAST_LOAD * WARM_UP_BLOCK * 1000 * engine.hop) / engine.sampleRate;
  const started = performance.now();
  let time = Infinity;
  for (
    let hops = 0;
    (hops < least || time > fast) && performance.now() - started < WARM_UP_TIME;
    hops += WARM_UP_BLOCK
  ) {
    const blockStarted = performance.now();
    for (let i = 0; i < WARM_UP_BLOCK; i++) await engine.process(input, output);
    time = performance.now() - blockStarted;
  }
  await engine.process(input, output, { reuseMasks: true });
  engine.reset();
}

/** 99th percentile of the time of one hop, in ms, at one hop per `hopTime` ms. */
async function pacedP99(engine: Engine, hopTime: number): Promise<number> {
  const { input, output } = buffersFor(engine);
  const times = new HopTimes();
  let due = performance.now();
  for (let i = 0; i < PROBE_HOPS; i++) {
    due += hopTime;
    await pause(due - performance.now());
    const started = performance.now();
    await engine.process(input, output);
    times.add(performance.now() - started);
  }
  engine.reset();
  return times.summary().p99;
}
