// Loads any model of a catalogue as something that splits recordings. Page, worker or Node.
import { loadFft } from "../dsp/fft.ts";
import { AlignedStage } from "./stages/aligned-stage.ts";
import { BlendStage } from "./stages/blend-stage.ts";
import { CHANNELS, type Planar } from "../dsp/planar-queue.ts";
import { manifestsOf, type ModelCatalogue } from "../model/catalogue.ts";
import type { BlendManifest, FileManifest, ModelManifest } from "../model/manifest.ts";
import { loadRunner, type Runner, type RunnerOptions } from "./workers/model-runner.ts";
import { SegmentStage } from "./stages/segment-stage.ts";
import type { ModelStage, Stage } from "./stages/stage.ts";
import { WorkQueue } from "./workers/work-queue.ts";
import { WienerStage } from "./stages/wiener-stage.ts";
import type { WorkerPool } from "./workers/worker-pool.ts";

/** Those of runners are for this thread; a pool has its own. */
export interface LoadSplitModelOptions extends RunnerOptions {
  catalogue: ModelCatalogue;
  /** The models of this thread, which share its time; a pool has its own. */
  queue?: WorkQueue;
  /**
   * Workers that do the work in place of this thread. They end with the model.
   * @internal
   */
  pool?: WorkerPool;
}

/** A model that is ready to split recordings, one at a time. */
export interface SplitModel {
  readonly manifest: ModelManifest;
  /** The model's own; recordings of any rate are converted. */
  readonly sampleRate: number;
  dispose(): Promise<void>;
}

/** A model whose steps are led by this thread. */
export interface StagedModel extends SplitModel {
  /** Mixture (2 planes) to stems (2 planes each, in the manifest's order), at `sampleRate`. */
  readonly stage: ModelStage;
  /** The last step over mixture and stems, where the manifest asks for one. */
  readonly wiener: Stage | undefined;
  /** Makes what workers are at reject with `reason`; this thread's own work cannot be given up. */
  abandon(reason: unknown): void;
}

export const isStaged = (model: SplitModel): model is StagedModel => "stage" in model;

/** Seconds that a model which runs forward in time hears before its stems count. */
const WARM_UP = 10;

/**
 * @param name of a model in the catalogue
 * @throws DannaError from the catalogue, or "model" when a file or graph is not what its manifest says
 */
export async function loadSplitModel(
  name: string,
  options: LoadSplitModelOptions,
): Promise<StagedModel> {
  const settings = { queue: new WorkQueue(), ...options };
  const { pool, catalogue } = options;
  try {
    const [manifest, ...models] = await manifestsOf(name, catalogue);
    await loadFft();
    const model =
      manifest.kind === "blend"
        ? await loadBlend(manifest, models, settings)
        : await loadOne(manifest, settings);
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
  manifest: FileManifest,
  { catalogue, pool, queue, ...options }: Settings,
): Promise<Steps> {
  const bytes = await catalogue.bytes(manifest);
  const runner = pool
    ? await pool.load(manifest, bytes)
    : await loadRunner(manifest, bytes, queue, options);
  const { sampleRate } = manifest;
  const stage = modelStage(runner);
  return { manifest, sampleRate, stage, wiener: undefined, dispose: () => runner.dispose() };
}

function modelStage(runner: Runner): ModelStage {
  const planes = runner.manifest.stems.length * CHANNELS;
  if ("separate" in runner) {
    return new SegmentStage({
      ...runner.manifest.segment,
      planes,
      separate: (mixture: Planar) => runner.separate(mixture),
      get ahead() {
        return runner.ahead;
      },
    });
  }
  const { hop, sampleRate } = runner.manifest;
  return new AlignedStage(runner.stage, { grid: hop, warmUp: WARM_UP * sampleRate, planes });
}

async function loadBlend(
  manifest: BlendManifest,
  manifests: readonly FileManifest[],
  settings: Settings,
): Promise<Steps> {
  const loads = await Promise.allSettled(manifests.map((one) => loadOne(one, settings)));
  const models = loads.flatMap((load) => (load.status === "fulfilled" ? [load.value] : []));
  const dispose = async () => {
    for (const model of models) await model.dispose();
  };
  const { stems, wiener } = manifest;
  try {
    const failed = loads.find((load) => load.status === "rejected");
    if (failed) throw failed.reason;
    const parts = models.map(({ stage, manifest: { stems: own } }, i) => ({
      stage,
      weights: manifest.models[i].weights,
      order: stems.map((stem) => own.indexOf(stem)),
    }));
    return {
      manifest,
      sampleRate: models[0].sampleRate,
      stage: new BlendStage(parts),
      wiener:
        wiener.iterations > 0 ? new WienerStage({ ...wiener, stems: stems.length }) : undefined,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
