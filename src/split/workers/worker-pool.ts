// Workers that separate for a split: the leading thread's side. Page, worker or Node.
import { DannaError } from "../../errors.ts";
import { wrap, type Endpoint, type Remote } from "../../util/rpc.ts";
import { AheadStage } from "../stages/ahead-stage.ts";
import { PendingCalls } from "./pending-calls.ts";
import { handedOver, type RunnerControl, type RunnerSettings } from "./runner-worker.ts";
import type { Runner } from "./model-runner.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";
import type { FileManifest } from "../../model/manifest.ts";
import type { Stage } from "../stages/stage.ts";

/** A started worker that exposes a RunnerWorker. */
export interface PoolWorker {
  readonly endpoint: Endpoint;
  /** Rejects when the worker has died; never resolves. */
  readonly failed: Promise<never>;
  terminate(): void;
}

/** A segment that waits for a worker. */
interface Job {
  /** Workers that may take it. */
  readonly workers: readonly number[];
  run(worker: number): Promise<void>;
}

/** What a worker has at a time: it goes on with the second segment while this thread is busy. */
const HELD = 2;

export class WorkerPool {
  readonly #workers: readonly PoolWorker[];
  readonly #controls: readonly Remote<RunnerControl>[];
  readonly #settings: RunnerSettings;
  readonly #calls = new PendingCalls();
  /** Segments that are with each worker. */
  readonly #held: number[];
  /** Workers with a model that runs forward in time, which cannot be shared out. */
  readonly #forward = new Set<number>();
  #jobs: Job[] = [];
  #parts = 0;

  constructor(workers: readonly PoolWorker[], settings: RunnerSettings) {
    this.#workers = workers;
    this.#settings = settings;
    this.#controls = workers.map(({ endpoint }) => wrap<RunnerControl>(endpoint));
    this.#held = workers.map(() => 0);
    for (const { failed } of workers) failed.catch((reason: unknown) => this.#calls.fail(reason));
  }

  /**
   * Loads a model in one worker. Where it takes whole segments, the others begin to load it then: one that fails
   * loads it anew with its first segment.
   * @throws DannaError as `loadRunner`; "worker"
   */
  async load(manifest: FileManifest, bytes: Uint8Array<ArrayBuffer>): Promise<Runner> {
    const id = this.#parts++;
    const home = id % this.#workers.length;
    const load = (worker: number, file: Uint8Array<ArrayBuffer>, settings: RunnerSettings) =>
      this.#controls[worker].load(id, manifest, file, settings);
    const backend = await this.#calls.guard(load(home, bytes, this.#settings));
    const dispose = async () => undefined;
    if (manifest.kind === "streaming") {
      this.#forward.add(home);
      const planes = manifest.stems.length * CHANNELS;
      const stage = new AheadStage(this.#remoteStage(home, id), planes);
      return { manifest, backend, dispose, stage };
    }
    // There is one graphics card.
    const workers = backend === "webgpu" ? [home] : [...this.#workers.keys()];
    const loaded = new Set([home]);
    /** Not given up with a split: the next one finds the model there. One that failed is begun anew. */
    const loading = new Map<number, Promise<unknown>>();
    /** Let go of as soon as all have it. */
    let file: Uint8Array<ArrayBuffer> | undefined = bytes;
    const loadIn = async (worker: number, file: Uint8Array<ArrayBuffer>) => {
      try {
        await load(worker, file, { ...this.#settings, backend });
        loaded.add(worker);
      } finally {
        loading.delete(worker);
      }
    };
    const begin = (worker: number) => {
      if (!file || loaded.has(worker) || loading.has(worker)) return;
      const begun = loadIn(worker, file);
      // A failure is told to whoever waits for it.
      void begun.catch(() => undefined);
      loading.set(worker, begun);
    };
    for (const worker of workers) begin(worker);
    const separate = (mixture: Planar) =>
      this.#onFreest(workers, async (worker) => {
        begin(worker);
        await loading.get(worker);
        if (workers.every((taker) => loaded.has(taker))) file = undefined;
        return this.#controls[worker].separate(id, handedOver(mixture, mixture));
      });
    return {
      manifest,
      backend,
      dispose,
      separate,
      // One waits while all are at work, so that none rests while this thread blends.
      ahead: workers.length + 1,
    };
  }

  #onFreest(
    workers: readonly number[],
    separate: (worker: number) => Promise<Planar>,
  ): Promise<Planar> {
    const stems = new Promise<Planar>((resolve, reject) => {
      const run = (worker: number) => separate(worker).then(resolve, reject);
      this.#jobs.push({ workers, run });
    });
    this.#dispatch();
    return this.#calls.guard(stems);
  }

  #dispatch(): void {
    this.#jobs = this.#jobs.filter(({ workers, run }) => {
      const worker = this.#freest(workers);
      if (worker === undefined) return true;
      this.#held[worker]++;
      void run(worker).finally(() => {
        this.#held[worker]--;
        this.#dispatch();
      });
      return false;
    });
  }

  /** A model that runs forward in time counts as a segment: its worker gets fewer, and gets them later. */
  #freest(workers: readonly number[]): number | undefined {
    const load = (worker: number) => this.#held[worker] + (this.#forward.has(worker) ? 1 : 0);
    return workers
      .filter((worker) => load(worker) < HELD)
      .sort((a, b) => load(a) - load(b) || this.#held[a] - this.#held[b])
      .at(0);
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
