// A thread's models at the service of a split that is led by another. Web worker or Node's.
import { transfer } from "../../util/rpc.ts";
import { release } from "../../util/release.ts";
import type { RuntimeSources, SplitBackend, WasmPaths } from "../../engine/runtime.ts";
import { DannaError } from "../../errors.ts";
import type { FileManifest } from "../../model/manifest.ts";
import { loadRunner, type Runner } from "./model-runner.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { WorkQueue } from "./work-queue.ts";

/** What can be said of a model to another thread. */
export interface RunnerSettings {
  backend?: SplitBackend | "auto";
  wasmPaths?: WasmPaths;
  /** See `WorkQueue`. */
  load?: number;
}

/** The calls (comlink) of a worker that holds parts, each under a number of the caller's. */
export interface RunnerControl {
  load(
    id: number,
    manifest: FileManifest,
    bytes: Uint8Array<ArrayBuffer>,
    settings: RunnerSettings,
  ): Promise<SplitBackend>;
  separate(id: number, mixture: Planar): Promise<Planar>;
  push(id: number, block: Planar): Promise<Planar>;
  finish(id: number): Promise<Planar>;
  reset(id: number): void;
}

/** Hands the samples themselves over, not copies. */
export function handedOver<T>(message: T, planes: Planar): T {
  return transfer(message, [...new Set(planes.map(({ buffer }) => buffer))]);
}

export class RunnerWorker implements RunnerControl {
  readonly #parts = new Map<number, Runner>();
  readonly #sources: RuntimeSources;
  #queue: WorkQueue | undefined;

  /**
   * @param sources where the caller's thread has ONNX Runtime from
   * @internal
   */
  constructor(sources: RuntimeSources = {}) {
    this.#sources = sources;
  }

  async load(
    id: number,
    manifest: FileManifest,
    bytes: Uint8Array<ArrayBuffer>,
    { load, ...options }: RunnerSettings,
  ): Promise<SplitBackend> {
    this.#queue ??= new WorkQueue(load);
    const queue = this.#queue;
    const part = await loadRunner(manifest, bytes, queue, {
      ...options,
      ...this.#sources,
    });
    this.#parts.set(id, part);
    await release(bytes);
    return part.backend;
  }

  separate(id: number, mixture: Planar): Promise<Planar> {
    return this.#planes(id, (part) => "separate" in part && part.separate(mixture));
  }

  push(id: number, block: Planar): Promise<Planar> {
    return this.#planes(id, (part) => "stage" in part && part.stage.push(block));
  }

  finish(id: number): Promise<Planar> {
    return this.#planes(id, (part) => "stage" in part && part.stage.finish());
  }

  async #planes(id: number, step: (part: Runner) => Promise<Planar> | false): Promise<Planar> {
    const part = this.#parts.get(id);
    const planes = part && step(part);
    if (!planes) throw new DannaError("worker", `This worker has no model ${id} of this kind.`);
    const made = await planes;
    return handedOver(made, made);
  }

  reset(id: number): void {
    const part = this.#parts.get(id);
    if (part && "stage" in part) part.stage.reset();
  }
}
