// A model of one graph, ready to separate: what takes the time of a split, and so what workers do.
// Page, worker or Node.
import { findAdapter, isSoftware } from "../../engine/adapter.ts";
import { Engine } from "../../engine/engine.ts";
import { Features } from "../../engine/features.ts";
import {
  importRuntime,
  type Runtime,
  type RuntimeSources,
  type SplitBackend,
} from "../../engine/runtime.ts";
import { SegmentSession } from "../../engine/segment-session.ts";
import { checkBytes, loadModel } from "../../engine/session.ts";
import { EngineStage } from "../stages/engine-stage.ts";
import { graphOf, type GraphManifest } from "../../model/families/index.ts";
import type {
  FileManifest,
  SegmentManifest,
  SpectralManifest,
  StreamingManifest,
} from "../../model/manifest.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";
import { SegmentEngine } from "../stages/segment-engine.ts";
import { GraphRunner } from "../stages/segment-graph.ts";
import { SpeedAverage } from "../stages/speed-average.ts";
import type { Stage } from "../stages/stage.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface RunnerOptions extends RuntimeSources {
  /** "auto" tries WebGPU on a real adapter where a model takes whole segments; "wasm" by default. */
  backend?: SplitBackend | "auto";
  /**
   * ONNX Runtime, where the caller has it already.
   * @internal
   */
  ort?: Runtime;
}

/** Of a model that takes whole segments. */
interface SegmentRunner {
  readonly manifest: SegmentManifest;
  /** Stems (2 planes each, in the manifest's order) of one segment (2 planes). */
  separate(mixture: Planar): Promise<Planar>;
  /** Segments that may be given to it before the first of them is awaited. */
  readonly ahead: number;
}

/** Of a model that runs forward in time. */
interface StreamRunner {
  readonly manifest: StreamingManifest;
  readonly stage: Stage;
}

/** Calls may overlap; the models of a thread take turns. */
export type Runner = (SegmentRunner | StreamRunner) & {
  readonly backend: SplitBackend;
  dispose(): Promise<void>;
};

/**
 * @param bytes the model's ONNX file
 * @param queue of this thread's work
 * @throws DannaError "model" when file or graph are not what the manifest says
 */
export async function loadRunner(
  manifest: FileManifest,
  bytes: Uint8Array<ArrayBuffer>,
  queue: WorkQueue,
  options: RunnerOptions = {},
): Promise<Runner> {
  const { backend = "wasm" } = options;
  if (manifest.family !== "spectral") return graphRunner(manifest, bytes, queue, options);
  if (backend === "auto") return fastestRunner(manifest, bytes, queue, options);
  const ort = options.ort ?? (await importRuntime(backend, options));
  // A GPU takes the graph as a whole: it would wait for each part.
  const inParts =
    manifest.kind === "segment" && manifest.segment.cuts.length > 0 && backend !== "webgpu";
  const features = backend === "native" ? await Features.of(manifest, bytes) : undefined;
  const session = inParts
    ? await SegmentSession.load(manifest, bytes, ort, backend)
    : await loadModel({ manifest, bytes, backend, ort, features });
  const engine = new Engine(session);
  if (manifest.kind === "segment") {
    const { rates } = manifest.segment;
    const speeds = await SpeedAverage.create(manifest.sampleRate, rates, ort, backend);
    const own = new SegmentEngine(engine, session);
    const once = (mixture: Planar) => own.separate(mixture);
    return {
      manifest,
      backend,
      separate: (mixture) => queue.run(() => speeds.over(mixture, once)),
      ahead: 0,
      async dispose() {
        await speeds.dispose();
        await engine.dispose();
      },
    };
  }
  const stage = new EngineStage(engine);
  return {
    manifest,
    backend,
    dispose: () => engine.dispose(),
    stage: {
      push: (block) => queue.run(() => stage.push(block)),
      finish: () => queue.run(() => stage.finish()),
      reset: () => void queue.run(async () => stage.reset()),
    },
  };
}

/** Of a model whose family makes the graph's inputs and takes its outputs. */
async function graphRunner(
  manifest: GraphManifest,
  bytes: Uint8Array<ArrayBuffer>,
  queue: WorkQueue,
  options: RunnerOptions,
): Promise<Runner> {
  await checkBytes(manifest, bytes);
  // WebGPU lacks memory for such a graph.
  const backend = options.backend === "native" ? "native" : "wasm";
  const ort = options.ort ?? (await importRuntime(backend, options));
  const graph = () => graphOf(manifest);
  const model = await GraphRunner.load(manifest.name, graph, bytes, ort, backend);
  return {
    manifest,
    backend,
    dispose: () => model.dispose(),
    separate: (mixture) => queue.run(() => model.separate(mixture)),
    ahead: 0,
  };
}

/**
 * On WASM, or on WebGPU where a real adapter takes less time for a segment. A model that runs forward
 * in time stays on WASM: its blocks are small, and its samples are to be the live path's.
 */
async function fastestRunner(
  manifest: SpectralManifest,
  bytes: Uint8Array<ArrayBuffer>,
  queue: WorkQueue,
  options: RunnerOptions,
): Promise<Runner> {
  const wasm = await loadRunner(manifest, bytes, queue, { ...options, backend: "wasm" });
  if (!("separate" in wasm)) return wasm;
  const adapter = await findAdapter();
  if (!adapter || isSoftware(adapter)) return wasm;
  let gpu: Runner;
  try {
    gpu = await loadRunner(manifest, bytes, queue, { ...options, backend: "webgpu" });
  } catch {
    // A driver that cannot run the graph.
    return wasm;
  }
  const pays = (await timeOf(gpu)) < (await timeOf(wasm));
  await (pays ? wasm : gpu).dispose();
  return pays ? gpu : wasm;
}

/** Milliseconds for a segment of noise, after a first one; infinite when it fails. */
async function timeOf(runner: Runner): Promise<number> {
  if (!("separate" in runner)) return Infinity;
  const { length } = runner.manifest.segment;
  const noise = () => Float32Array.from({ length }, () => Math.random() - 0.5);
  let time = Infinity;
  try {
    for (let run = 0; run < 2; run++) {
      const mixture = Array.from({ length: CHANNELS }, noise);
      const started = performance.now();
      await runner.separate(mixture);
      time = performance.now() - started;
    }
  } catch {
    return Infinity;
  }
  return time;
}
