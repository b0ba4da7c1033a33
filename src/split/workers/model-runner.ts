// A model of one graph, ready to separate: what takes the time of a split, and so what workers do.
// Page, worker or Node.
import { findAdapter, isSoftware } from "../../engine/adapter.ts";
import { Engine } from "../../engine/engine.ts";
import type { ModelManifest } from "../../model/engine-manifest.ts";
import { importRuntime, type Backend, type Runtime, type WasmPaths } from "../../engine/runtime.ts";
import { checkBytes, loadModel } from "../../engine/session.ts";
import { EngineStage } from "../stages/engine-stage.ts";
import { Htdemucs } from "../stages/htdemucs.ts";
import { meanOfHearings } from "../stages/speed-average.ts";
import type {
  BlendEntry,
  EngineEntry,
  HtdemucsEntry,
  ModelEntry,
  Segment,
} from "../../model/manifest.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { SegmentEngine } from "../stages/segment-engine.ts";
import type { WorkQueue } from "./work-queue.ts";
import { CHANNELS, type Stage } from "../stages/stage.ts";

/** An entry with a file of its own. */
export type RunnerEntry = Exclude<ModelEntry, BlendEntry>;

export interface RunnerOptions {
  /** "auto" tries WebGPU on a real adapter where a model takes whole segments; "wasm" by default. */
  backend?: Backend | "auto";
  /** See `importRuntime`. */
  wasmPaths?: WasmPaths;
  /** ONNX Runtime, where the caller has it already. */
  ort?: Runtime;
}

/** A model that takes whole segments: samples of one, and the share that the next covers again. */
export interface SegmentShape {
  readonly length: number;
  /** Whether it takes shorter ones, too. */
  readonly elastic: boolean;
  readonly overlap: number;
}

/** A model that runs forward in time. */
export interface StreamShape {
  readonly hop: number;
  readonly sampleRate: number;
}

export function shapeOf(entry: RunnerEntry): SegmentShape | StreamShape {
  if (entry.kind === "htdemucs") return htdemucsShape(entry);
  const { segment, manifest } = entry;
  return segment ? segmentShape(segment, manifest) : streamShape(manifest);
}

const segmentShape = ({ frames, overlap }: Segment, { hop }: ModelManifest): SegmentShape => ({
  length: frames * hop,
  elastic: true,
  overlap,
});

const streamShape = ({ hop, sampleRate }: ModelManifest): StreamShape => ({ hop, sampleRate });

const htdemucsShape = ({ segmentSamples, overlap }: HtdemucsEntry): SegmentShape => ({
  length: segmentSamples,
  elastic: false,
  overlap,
});

interface SegmentPart extends SegmentShape {
  /** Stems (8 planes) of one segment (2 planes). */
  separate(mixture: Planar): Promise<Planar>;
  /** Segments that may be given to it before the first of them is awaited. */
  readonly ahead: number;
}

interface StreamPart extends StreamShape {
  readonly stage: Stage;
}

/** Calls may overlap; the models of a thread take turns. */
export type Runner = (SegmentPart | StreamPart) & {
  readonly backend: Backend;
  dispose(): Promise<void>;
};

/**
 * @param bytes the entry's ONNX file
 * @param turns those of this thread
 * @throws DannaError "model" when file or graph are not what the entry says
 */
export async function loadRunner(
  entry: RunnerEntry,
  bytes: Uint8Array<ArrayBuffer>,
  queue: WorkQueue,
  options: RunnerOptions = {},
): Promise<Runner> {
  const { backend = "wasm" } = options;
  if (entry.kind === "htdemucs") return htdemucsRunner(entry, bytes, queue, options);
  if (backend === "auto") return fastestRunner(entry, bytes, queue, options);
  const { manifest, segment } = entry;
  const engine = new Engine(await loadModel({ ...options, manifest, bytes, backend }));
  const dispose = () => engine.dispose();
  if (segment) {
    const { rates } = segment;
    const own = new SegmentEngine(engine);
    const hear = (mixture: Planar) => own.separate(mixture);
    const separate = (mixture: Planar) =>
      queue.run(() => meanOfHearings(mixture, manifest.sampleRate, rates, hear));
    return { ...segmentShape(segment, manifest), backend, dispose, separate, ahead: 0 };
  }
  const stage = new EngineStage(engine);
  return {
    ...streamShape(manifest),
    backend,
    dispose,
    stage: {
      push: (block) => queue.run(() => stage.push(block)),
      finish: () => queue.run(() => stage.finish()),
      reset: () => void queue.run(async () => stage.reset()),
    },
  };
}

async function htdemucsRunner(
  entry: HtdemucsEntry,
  bytes: Uint8Array<ArrayBuffer>,
  queue: WorkQueue,
  options: RunnerOptions,
): Promise<Runner> {
  await checkBytes(entry, bytes);
  const ort = options.ort ?? (await importRuntime("wasm", options.wasmPaths));
  const model = await Htdemucs.load(entry, bytes, ort);
  return {
    ...htdemucsShape(entry),
    backend: "wasm",
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
  entry: EngineEntry,
  bytes: Uint8Array<ArrayBuffer>,
  queue: WorkQueue,
  options: RunnerOptions,
): Promise<Runner> {
  const wasm = await loadRunner(entry, bytes, queue, { ...options, backend: "wasm" });
  if (!("length" in wasm)) return wasm;
  const adapter = await findAdapter();
  if (!adapter || isSoftware(adapter)) return wasm;
  let gpu: Runner;
  try {
    gpu = await loadRunner(entry, bytes, queue, { ...options, backend: "webgpu" });
  } catch {
    // A driver that cannot run the graph.
    return wasm;
  }
  const pays = (await timeOf(gpu)) < (await timeOf(wasm));
  await (pays ? wasm : gpu).dispose();
  return pays ? gpu : wasm;
}

/** Milliseconds for a segment of noise, after a first one; infinite when it fails. */
async function timeOf(part: Runner): Promise<number> {
  if (!("length" in part)) return Infinity;
  const { length } = part;
  const noise = () => Float32Array.from({ length }, () => Math.random() - 0.5);
  let time = Infinity;
  try {
    for (let run = 0; run < 2; run++) {
      const mixture = Array.from({ length: CHANNELS }, noise);
      const started = performance.now();
      await part.separate(mixture);
      time = performance.now() - started;
    }
  } catch {
    return Infinity;
  }
  return time;
}
