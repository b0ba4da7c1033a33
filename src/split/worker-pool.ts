// Workers that separate for a split: the leading thread's side. Page, worker or Node.
import { wrap, type Endpoint, type Remote } from "comlink";
import { DannaError } from "../errors.ts";
import type { Answer } from "../failure.ts";
import { AheadStage } from "./ahead-stage.ts";
import { Calls } from "./calls.ts";
import { handedOver, type PartControl, type PartSettings } from "./part-worker.ts";
import { shapeOf, type Part, type PartEntry } from "./part.ts";
import type { Planar } from "./planar-queue.ts";
import type { Stage } from "./stage.ts";

/** A started worker that exposes a PartWorker. */
export interface PoolWorker {
  readonly endpoint: Endpoint;
  /** Rejects when the worker has died; never resolves. */
  readonly failed: Promise<never>;
  terminate(): void;
}

/** A segment that waits for a worker. */
interface Job {
  /** Workers that hold its model. */
  readonly workers: readonly number[];
  run(worker: number): Promise<void>;
}

export class WorkerPool {
  readonly #workers: readonly PoolWorker[];
  readonly #controls: readonly Remote<PartControl>[];
  readonly #settings: PartSettings;
  readonly #calls = new Calls();
  readonly #idle: Set<number>;
  #jobs: Job[] = [];
  #parts = 0;

  constructor(workers: readonly PoolWorker[], settings: PartSettings) {
    this.#workers = workers;
    this.#settings = settings;
    this.#controls = workers.map(({ endpoint }) => wrap<PartControl>(endpoint));
    this.#idle = new Set(workers.keys());
    for (const { failed } of workers) failed.catch((reason: unknown) => this.#calls.fail(reason));
  }

  /**
   * Loads a model in every worker, or, where it runs forward in time, in one.
   * @throws DannaError as `loadPart`; "worker"
   */
  async load(entry: PartEntry, bytes: Uint8Array<ArrayBuffer>): Promise<Part> {
    const id = this.#parts++;
    const load = (worker: number, settings: PartSettings) =>
      this.#calls.guard(this.#controls[worker].load(id, entry, bytes, settings));
    const dispose = async () => undefined;
    const shape = shapeOf(entry);
    if ("hop" in shape) {
      const worker = id % this.#workers.length;
      const backend = await load(worker, this.#settings);
      const stage = new AheadStage(this.#remoteStage(worker, id));
      return { ...shape, backend, dispose, stage };
    }
    const backend = await load(0, this.#settings);
    // There is one graphics card.
    const workers = backend === "webgpu" ? [0] : [...this.#workers.keys()];
    await Promise.all(workers.slice(1).map((i) => load(i, { ...this.#settings, backend })));
    const separate = (mixture: Planar) => this.#separate(id, workers, mixture);
    return { ...shape, backend, dispose, separate, ahead: workers.length };
  }

  /** On the worker that is free first. */
  #separate(id: number, workers: readonly number[], mixture: Planar): Promise<Planar> {
    const stems = new Promise<Answer<Planar>>((resolve, reject) => {
      const run = (worker: number) =>
        this.#controls[worker].separate(id, handedOver(mixture, mixture)).then(resolve, reject);
      this.#jobs.push({ workers, run });
    });
    this.#dispatch();
    return this.#calls.guard(stems);
  }

  #dispatch(): void {
    for (const worker of this.#idle) {
      const next = this.#jobs.findIndex(({ workers }) => workers.includes(worker));
      if (next < 0) continue;
      const [job] = this.#jobs.splice(next, 1);
      this.#idle.delete(worker);
      void job.run(worker).finally(() => {
        this.#idle.add(worker);
        this.#dispatch();
      });
    }
  }

  #remoteStage(worker: number, id: number): Stage {
    const control = this.#controls[worker];
    return {
      push: (block) => {
        const copies = block.map((plane) => plane.slice());
        return this.#calls.guard(control.push(id, handedOver(copies, copies)));
      },
      finish: () => this.#calls.guard(control.finish(id)),
      reset: () => void control.reset(id),
    };
  }

  /** Gives up all calls under way: they reject. What a worker is at, it ends unseen. */
  abandon(reason: unknown): void {
    this.#jobs = [];
    this.#calls.abandon(reason);
  }

  /** Ends the workers at once. */
  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#calls.fail(new DannaError("disposed", "The model has been disposed of."));
  }
}
