// Loads any entry of models/ as something that splits recordings. Page, worker or Node.
import { loadFft } from "../dsp/fft.ts";
import type { Backend, Runtime, WasmPaths } from "../engine/runtime.ts";
import { DannaError } from "../errors.ts";
import { AlignedStage } from "./stages/aligned-stage.ts";
import { BlendStage } from "./stages/blend-stage.ts";
import type { BlendEntry, ModelEntry } from "../model/manifest.ts";
import { loadRunner, type Runner, type RunnerEntry } from "./workers/model-runner.ts";
import { SegmentStage } from "./stages/segment-stage.ts";
import type { ModelStage, Stage } from "./stages/stage.ts";
import { WorkQueue } from "./workers/work-queue.ts";
import { WienerStage } from "./stages/wiener-stage.ts";
import type { WorkerPool } from "./workers/worker-pool.ts";

/** Where models lie: a folder, a server. */
export interface ModelStore {
  /** @throws DannaError "input" when there is none of this name, "manifest" when it is wrong */
  entry(name: string): Promise<ModelEntry>;
  /** The ONNX file that an entry names. */
  bytes(entry: RunnerEntry): Promise<Uint8Array<ArrayBuffer>>;
}

export interface LoadSplitModelOptions {
  store: ModelStore;
  /** See `PartOptions`; a pool has its own. */
  backend?: Backend | "auto";
  /** See `importRuntime`. */
  wasmPaths?: WasmPaths;
  /** ONNX Runtime, where the caller has it already. */
  ort?: Runtime;
  /** The models of this thread, which share its time; a pool has its own. */
  queue?: WorkQueue;
  /** Workers that do the work in place of this thread. They end with the model. */
  pool?: WorkerPool;
}

/** A model that is ready to split recordings, one at a time. */
export interface SplitModel {
  readonly entry: ModelEntry;
  /** The model's own; recordings of any rate are converted. */
  readonly sampleRate: number;
  dispose(): Promise<void>;
}

/** A model whose steps are led by this thread. */
export interface StagedModel extends SplitModel {
  /** Mixture (2 planes) to stems (8 planes), at `sampleRate`. */
  readonly stage: ModelStage;
  /** The last step over mixture and stems, where the entry asks for one. */
  readonly wiener: Stage | undefined;
  /** Makes what workers are at reject with `reason`; this thread's own work cannot be given up. */
  abandon(reason: unknown): void;
}

export const isStaged = (model: SplitModel): model is StagedModel => "stage" in model;

/** Seconds that a model which runs forward in time hears before its stems count. */
const WARM_UP = 10;

/**
 * @param name of an entry in the store
 * @throws DannaError from the store, or "model" when a file or graph is not what its entry says
 */
export async function loadSplitModel(
  name: string,
  options: LoadSplitModelOptions,
): Promise<StagedModel> {
  const settings = { queue: new WorkQueue(), ...options };
  const { pool } = options;
  try {
    const entry = await options.store.entry(name);
    await loadFft();
    const model =
      entry.kind === "blend" ? await loadBlend(entry, settings) : await loadOne(entry, settings);
    const dispose = async () => {
      await model.dispose();
      pool?.dispose();
    };
    return { ...model, dispose, abandon: (reason) => pool?.abandon(reason) };
  } catch (error) {
    pool?.dispose();
    throw error;
  }
}

type Settings = LoadSplitModelOptions & { queue: WorkQueue };
type Steps = Omit<StagedModel, "abandon">;

async function loadOne(
  entry: RunnerEntry,
  { store, pool, queue, ...options }: Settings,
): Promise<Steps> {
  const bytes = await store.bytes(entry);
  const part = pool
    ? await pool.load(entry, bytes)
    : await loadRunner(entry, bytes, queue, options);
  const { sampleRate } = entry.kind === "engine" ? entry.manifest : entry;
  const stage = modelStage(part);
  return { entry, sampleRate, stage, wiener: undefined, dispose: () => part.dispose() };
}

function modelStage(part: Runner): ModelStage {
  if ("length" in part) return new SegmentStage(part);
  const { stage, hop, sampleRate } = part;
  return new AlignedStage(stage, { grid: hop, warmUp: WARM_UP * sampleRate });
}

async function loadBlend(entry: BlendEntry, settings: Settings): Promise<Steps> {
  const models: Steps[] = [];
  const dispose = async () => {
    for (const model of models) await model.dispose();
  };
  try {
    for (const { model } of entry.models) {
      const part = await settings.store.entry(model);
      if (part.kind === "blend") {
        throw new DannaError(
          "manifest",
          `Model "${entry.name}" blends "${model}", which is a blend itself: name its models.`,
        );
      }
      models.push(await loadOne(part, settings));
    }
    const [{ sampleRate }] = models;
    if (models.some((model) => model.sampleRate !== sampleRate)) {
      throw new DannaError("manifest", `Model "${entry.name}" blends models of different rates.`);
    }
    const parts = models.map(({ stage }, i) => ({ stage, weights: entry.models[i].weights }));
    return {
      entry,
      sampleRate,
      stage: new BlendStage(parts),
      wiener: entry.wiener.iterations > 0 ? new WienerStage(entry.wiener) : undefined,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
