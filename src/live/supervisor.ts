// Keeps one inference worker at work: notices when it fails, dies or hangs, and puts another in its
// place. Page; knows nothing of Web Audio: the audio thread's side is handed in.
import { DannaError } from "../errors.ts";
import type { JoinedRings, Loaded, LoadOptions, WorkerStats } from "./protocol.ts";
import type { WorkerConnection } from "./worker-connection.ts";
import { pause } from "../util/async.ts";

/** Pauses in ms before each attempt to replace a worker that failed; after the last it is given up. */
const PAUSES = [0, 100, 500, 1000, 2000];
/** A worker that failed after so many ms of work is the first failure of a new series. */
const HEALTHY_TIME = 5000;
/** A spare worker is made when another has worked for so many ms: it takes a core for a while. */
const SPARE_TIME = 3000;
/** Within it a worker that replaces another must be ready, in ms. */
const LOAD_TIME = 20_000;
/** Without new stems for so long, in ms, a worker counts as hung. */
const HANG_TIME = 2000;

export type SupervisorLoadOptions = Omit<LoadOptions, "lifeLock" | "kept">;
export type WorkerState = "running" | "restarting" | "failed";

export interface SupervisorParts {
  /** Starts a worker. */
  open: () => WorkerConnection;
  /** Gives the audio thread new rings to a worker with such a model, to be taken over when ready. */
  join: (loaded: Loaded) => Promise<JoinedRings>;
  /** Tells the audio thread that there is no worker. */
  leave: () => void;
  /** Whether to keep a second worker ready. */
  spare: boolean;
  /** Milliseconds, monotone. */
  now?: () => number;
}

export interface SupervisorListener {
  /** A worker begins; the figures to come are its own. */
  began(): void;
  stats(stats: WorkerStats): void;
  /** A worker failed, and another is on its way; `attempt` counts from 1. */
  restarting(failure: { error: DannaError; attempt: number }): void;
  /** Another worker's stems are heard; `failedAt`: when the one before was lost, in milliseconds. */
  restarted(loaded: Loaded, failedAt: number): void;
  /** No more attempts are made. */
  gaveUp(error: DannaError): void;
}

function timeLimit(milliseconds: number): { over: Promise<never>; end: () => void } {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DannaError("worker", "A new inference worker was not ready in time.")),
      milliseconds,
    );
  });
  return { over, end: () => clearTimeout(timer) };
}

/** A loaded worker's lock is free when the worker is no more, even where no event tells of its end. */
function watchLife(connection: WorkerConnection): void {
  const ended = () => connection.fail(new DannaError("worker", "The inference worker was ended."));
  navigator.locks?.request(connection.lifeLock, ended).catch(() => undefined);
}

/** A worker and the model it has loaded. */
export interface ActiveWorker {
  readonly connection: WorkerConnection;
  readonly loaded: Loaded;
}

export class WorkerSupervisor {
  listener: SupervisorListener | undefined;
  /** Frames from input to output. */
  latency = 0;
  #parts: SupervisorParts;
  #now: () => number;
  #options: SupervisorLoadOptions;
  #state: WorkerState = "running";
  /** The worker that is heard, or will be as soon as its stems are there. */
  #active: ActiveWorker | undefined;
  /** Loaded and idle, or about to be: takes the place of one that fails. */
  #spare: Promise<ActiveWorker | undefined> | undefined;
  #spareTimer: ReturnType<typeof setTimeout> | undefined;
  /** The model of the last worker that failed. */
  #lost: Loaded | undefined;
  #hopsPerRun = 1;
  #closed = false;
  /** Told on every change of state or worker. */
  #waiting: (() => void)[] = [];

  #attempts = 0;
  #failedAt: number | undefined;
  #healthySince = 0;
  #movedAt = 0;

  constructor(options: SupervisorLoadOptions, parts: SupervisorParts) {
    this.#options = options;
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Takes on the first worker, which is at work already. */
  take(worker: ActiveWorker): void {
    watchLife(worker.connection);
    this.#adopt(worker);
  }

  /** Frames from input to output, and hops in one run of the model, from now on. */
  adjust(changes: { latency?: number; hopsPerRun?: number }): void {
    this.latency = changes.latency ?? this.latency;
    this.#hopsPerRun = changes.hopsPerRun ?? this.#hopsPerRun;
    this.#active?.connection.adjust(changes);
  }

  /** Tries again what was given up. */
  restart(): void {
    if (this.#state !== "failed" || this.#closed) return;
    this.#attempts = 0;
    void this.#replace(new DannaError("worker", "The inference worker is started again."));
  }

  /** The audio thread has heard so many workers take over, and has waited so long for stems. */
  heard(handovers: boolean, stalledTime: number): void {
    const now = this.#now();
    if (handovers && this.#active) {
      this.#healthySince = now;
      const { loaded } = this.#active;
      const failedAt = this.#failedAt ?? now;
      this.#failedAt = undefined;
      this.#setState("running");
      this.listener?.restarted(loaded, failedAt);
    }
    // By the audio's clock and by this one: an offline context outruns every worker.
    if (stalledTime < HANG_TIME) this.#movedAt = now;
    else if (now - this.#movedAt >= HANG_TIME && this.#active) {
      this.#movedAt = now;
      this.#fail(this.#active, new DannaError("worker", "The inference worker gives no answer."));
    }
  }

  /** Resolves when all input before `position` is separated, or will never be. */
  async settle(position: number): Promise<void> {
    while (!this.#closed && this.#state !== "failed") {
      const worker = this.#active;
      if (worker === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else {
        try {
          return await worker.connection.settle(position);
        } catch {
          // The next worker, if there is one, is asked again.
          while (this.#active === worker && !this.#closed) {
            await new Promise<void>((resolve) => this.#waiting.push(resolve));
          }
        }
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#dropSpare();
    this.#active?.connection.close();
    this.#changed();
  }

  #setState(state: WorkerState): void {
    this.#state = state;
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  async #open(options: SupervisorLoadOptions, kept: LoadOptions["kept"]): Promise<ActiveWorker> {
    const connection = this.#parts.open();
    const limit = timeLimit(LOAD_TIME);
    try {
      const loaded = await Promise.race([connection.load({ ...options, kept }), limit.over]);
      watchLife(connection);
      return { connection, loaded };
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      limit.end();
    }
  }

  async #engage(worker: ActiveWorker): Promise<void> {
    const rings = await this.#parts.join(worker.loaded).catch((error: unknown) => {
      worker.connection.close();
      throw error;
    });
    if (this.#closed) worker.connection.close();
    else this.#begin(worker, rings);
  }

  /** A model on the GPU gets a spare that works without: it is what is there when the GPU is lost. */
  #planSpare(): void {
    clearTimeout(this.#spareTimer);
    if (!this.#parts.spare) return;
    this.#spareTimer = setTimeout(() => {
      const { loaded } = this.#active ?? {};
      if (this.#spare || !loaded) return;
      const options = { ...this.#options, backend: "wasm" } as const;
      const spare = this.#open(options, loaded).then(
        (worker) => {
          worker.connection.failed.catch(() => {
            if (this.#spare !== spare) return;
            this.#spare = undefined;
            this.#planSpare();
          });
          return worker;
        },
        // What cannot be had now may be had when it is needed.
        () => undefined,
      );
      this.#spare = spare;
    }, SPARE_TIME);
  }

  #dropSpare(): void {
    clearTimeout(this.#spareTimer);
    void this.#spare?.then((worker) => worker?.connection.close());
    this.#spare = undefined;
  }

  #begin(worker: ActiveWorker, rings: JoinedRings): void {
    this.listener?.began();
    this.#adopt(worker);
    const { latency } = this;
    worker.connection.start({ ...rings, latency, hopsPerRun: this.#hopsPerRun });
    this.#changed();
  }

  #adopt(worker: ActiveWorker): void {
    const { connection } = worker;
    this.#active = worker;
    this.#movedAt = this.#now();
    connection.onstats = (stats) => {
      if (this.#active === worker) this.listener?.stats(stats);
    };
    connection.failed.catch((error: DannaError) => this.#fail(worker, error));
    this.#planSpare();
  }

  #fail(worker: ActiveWorker, error: DannaError): void {
    if (this.#closed || this.#state === "failed" || worker !== this.#active) return;
    void this.#replace(error);
  }

  /** One attempt after the other, until a worker works or it is given up. */
  async #replace(error: DannaError): Promise<void> {
    const failed = this.#active;
    this.#active = undefined;
    const now = this.#now();
    if (this.#failedAt === undefined && now - this.#healthySince > HEALTHY_TIME) this.#attempts = 0;
    this.#failedAt ??= now;
    this.#parts.leave();
    failed?.connection.close();
    clearTimeout(this.#spareTimer);
    this.#setState("restarting");
    const loaded = failed?.loaded ?? this.#lost;
    this.#lost = loaded;
    // What failed on the GPU has a better chance without it.
    if (loaded?.backend === "webgpu") this.#options = { ...this.#options, backend: "wasm" };
    let cause = error;
    while (this.#attempts < PAUSES.length) {
      const wait = PAUSES[this.#attempts++];
      this.listener?.restarting({ error: cause, attempt: this.#attempts });
      if (wait > 0) await pause(wait);
      if (this.#closed) return;
      try {
        const spare = this.#spare;
        this.#spare = undefined;
        return await this.#engage((await spare) ?? (await this.#open(this.#options, loaded)));
      } catch (reason) {
        if (this.#closed) return;
        cause = reason as DannaError;
      }
    }
    this.#setState("failed");
    this.listener?.gaveUp(cause);
  }
}
