// Loads any entry of models/ as something that splits recordings. Page, worker or Node.
import { loadFft } from "../dsp/fft.ts";
import { Engine } from "../engine/engine.ts";
import { importRuntime, type Backend, type Runtime, type WasmPaths } from "../engine/runtime.ts";
import { checkBytes, loadModel } from "../engine/session.ts";
import { DannaError } from "../errors.ts";
import { BlendStage } from "./blend-stage.ts";
import { EngineStage, separateHops } from "./engine-stage.ts";
import { Htdemucs } from "./htdemucs.ts";
import type { BlendEntry, EngineEntry, ModelEntry } from "./manifest.ts";
import { PlanarQueue } from "./planar-queue.ts";
import { SegmentStage } from "./segment-stage.ts";
import { CHANNELS, type Stage } from "./stage.ts";
import { WienerStage } from "./wiener-stage.ts";

/** Where models lie: a folder, a server. */
export interface ModelStore {
  /** @throws DannaError "input" when there is none of this name, "manifest" when it is wrong */
  entry(name: string): Promise<ModelEntry>;
  /** The ONNX file that an entry names. */
  bytes(entry: Exclude<ModelEntry, BlendEntry>): Promise<Uint8Array<ArrayBuffer>>;
}

export interface LoadSplitModelOptions {
  store: ModelStore;
  /** "wasm" by default. HTDemucs always runs there. */
  backend?: Backend;
  /** See `importRuntime`. */
  wasmPaths?: WasmPaths;
  /** ONNX Runtime, where the caller has it already. */
  ort?: Runtime;
}

/** A model that is ready to split recordings, one at a time. */
export interface SplitModel {
  readonly entry: ModelEntry;
  /** The rate of the signal that `stage` takes. */
  readonly sampleRate: number;
  /** Mixture (2 planes) to stems (8 planes). */
  readonly stage: Stage;
  /** The last step over mixture and stems, where the entry asks for one. */
  readonly wiener: Stage | undefined;
  dispose(): Promise<void>;
}

/**
 * @param name of an entry in the store
 * @throws DannaError from the store, or "model" when a file or graph is not what its entry says
 */
export async function loadSplitModel(
  name: string,
  options: LoadSplitModelOptions,
): Promise<SplitModel> {
  const entry = await options.store.entry(name);
  await loadFft();
  if (entry.kind === "blend") return loadBlend(entry, options);
  const bytes = await options.store.bytes(entry);
  const backend = options.backend ?? "wasm";
  if (entry.kind === "engine") {
    const session = await loadModel({ ...options, manifest: entry.manifest, bytes, backend });
    return engineModel(entry, new Engine(session));
  }
  await checkBytes(entry, bytes);
  const ort = options.ort ?? (await importRuntime("wasm", options.wasmPaths));
  const model = await Htdemucs.load(entry, bytes, ort);
  return {
    entry,
    sampleRate: entry.sampleRate,
    stage: new SegmentStage({
      length: entry.segmentSamples,
      overlap: entry.overlap,
      separate: (mixture) => model.separate(mixture),
    }),
    wiener: undefined,
    dispose: () => model.dispose(),
  };
}

function engineModel(entry: EngineEntry, engine: Engine): SplitModel {
  const { segment } = entry;
  const { sampleRate } = engine;
  const dispose = () => engine.dispose();
  if (!segment) {
    return { entry, sampleRate, stage: new EngineStage(engine), wiener: undefined, dispose };
  }
  const length = segment.frames * engine.hop;
  const hops = Math.ceil((length + engine.delay) / engine.hop);
  const separate = async (mixture: readonly Float32Array[]) => {
    const padded = new PlanarQueue(CHANNELS);
    padded.push(mixture);
    padded.pushZeros(hops * engine.hop - length);
    engine.reset();
    const stems = await separateHops(engine, padded.take(padded.length));
    return stems.map((plane) => plane.subarray(engine.delay, engine.delay + length));
  };
  const stage = new SegmentStage({ length, overlap: segment.overlap, separate });
  return { entry, sampleRate, stage, wiener: undefined, dispose };
}

async function loadBlend(entry: BlendEntry, options: LoadSplitModelOptions): Promise<SplitModel> {
  const models: SplitModel[] = [];
  const dispose = async () => {
    for (const model of models) await model.dispose();
  };
  try {
    for (const { model } of entry.models) {
      const part = await options.store.entry(model);
      if (part.kind === "blend") {
        throw new DannaError(
          "manifest",
          `Model "${entry.name}" blends "${model}", which is a blend itself: name its models.`,
        );
      }
      models.push(await loadSplitModel(model, options));
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
