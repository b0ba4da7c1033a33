// Keeps one inference worker at work: notices when it fails, dies or hangs, puts
// another in its place, and exchanges workers on demand (another model). Page; knows nothing of Web
// Audio: the audio thread's side is handed in.
import { DannaError } from "../errors.ts";
import type { JoinedRings, Loaded, LoadOptions, WorkerStats } from "./protocol.ts";
import type { WorkerConnection } from "./worker-connection.ts";

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
  /** Another worker's stems are heard. */
  exchanged(loaded: Loaded, failedAt: number | undefined): void;
  /** No more attempts are made. */
  gaveUp(error: DannaError): void;
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

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
  #post: ActiveWorker | undefined;
  /** The worker that is heard until then, where it still works. */
  #before: ActiveWorker | undefined;
  /** Loaded and idle, or about to be: takes the place of one that fails. */
  #spare: Promise<ActiveWorker | undefined> | undefined;
  #spareTimer: ReturnType<typeof setTimeout> | undefined;
  /** The model of the last worker that failed. */
  #lost: Loaded | undefined;
  #hopsPerRun = 1;
  #closed = false;
  /** Told on every change of state or worker. */
  #waiting: (() => void)[] = [];

  #engagements = 0;
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
  take(post: ActiveWorker): void {
    watchLife(post.connection);
    this.#adopt(post);
  }

  /** Frames from input to output, and hops in one run of the model, from now on. */
  adjust(changes: { latency?: number; hopsPerRun?: number }): void {
    this.latency = changes.latency ?? this.latency;
    this.#hopsPerRun = changes.hopsPerRun ?? this.#hopsPerRun;
    this.#post?.connection.adjust(changes);
    this.#before?.connection.adjust(changes);
  }

  /**
   * Puts a worker with another model in the present one's place, which is heard until then.
   * @throws DannaError when it cannot be had, or is not `fit`; the present one then stays
   */
  async exchange(
    changes: Partial<SupervisorLoadOptions>,
    fit: (loaded: Loaded) => boolean,
  ): Promise<void> {
    const options = { ...this.#options, ...changes };
    const post = await this.#open(options, undefined);
    if (this.#closed || this.#state !== "running" || !fit(post.loaded)) {
      post.connection.close();
      throw new DannaError("model", "The other model does not fit here now.");
    }
    this.#options = options;
    this.#dropSpare();
    const before = this.#post;
    await this.#engage(post);
    if (this.#post === post) this.#before = before;
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
    if (handovers && this.#post) {
      this.#before?.connection.close();
      this.#before = undefined;
      this.#healthySince = now;
      const { loaded } = this.#post;
      const failedAt = this.#failedAt;
      this.#failedAt = undefined;
      this.#setState("running");
      this.listener?.exchanged(loaded, failedAt);
    }
    // By the audio's clock and by this one: an offline context outruns every worker.
    if (stalledTime < HANG_TIME) this.#movedAt = now;
    else if (now - this.#movedAt >= HANG_TIME && this.#post) {
      this.#movedAt = now;
      this.#fail(this.#post, new DannaError("worker", "The inference worker gives no answer."));
    }
  }

  /** Resolves when all input before `position` is separated, or will never be. */
  async settle(position: number): Promise<void> {
    while (!this.#closed && this.#state !== "failed") {
      const post = this.#post;
      if (post === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else {
        try {
          return await post.connection.settle(position);
        } catch {
          // The next worker, if there is one, is asked again.
          while (this.#post === post && !this.#closed) {
            await new Promise<void>((resolve) => this.#waiting.push(resolve));
          }
        }
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#dropSpare();
    this.#post?.connection.close();
    this.#before?.connection.close();
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

  async #engage(post: ActiveWorker): Promise<void> {
    const engagement = ++this.#engagements;
    const rings = await this.#parts.join(post.loaded).catch((error: unknown) => {
      post.connection.close();
      throw error;
    });
    // A later worker may have come in between, or the present one have failed.
    if (this.#closed || engagement !== this.#engagements) post.connection.close();
    else this.#begin(post, rings);
  }

  /** A model on the GPU gets a spare that works without: it is what is there when the GPU is lost. */
  #planSpare(): void {
    clearTimeout(this.#spareTimer);
    if (!this.#parts.spare) return;
    this.#spareTimer = setTimeout(() => {
      const { loaded } = this.#post ?? {};
      if (this.#spare || !loaded) return;
      const options = { ...this.#options, backend: "wasm" } as const;
      const spare = this.#open(options, loaded).then(
        (post) => {
          post.connection.failed.catch(() => {
            if (this.#spare !== spare) return;
            this.#spare = undefined;
            this.#planSpare();
          });
          return post;
        },
        // What cannot be had now may be had when it is needed.
        () => undefined,
      );
      this.#spare = spare;
    }, SPARE_TIME);
  }

  #dropSpare(): void {
    clearTimeout(this.#spareTimer);
    void this.#spare?.then((post) => post?.connection.close());
    this.#spare = undefined;
  }

  #begin(post: ActiveWorker, rings: JoinedRings): void {
    this.listener?.began();
    this.#adopt(post);
    const { latency } = this;
    post.connection.start({ ...rings, latency, hopsPerRun: this.#hopsPerRun });
    this.#changed();
  }

  #adopt(post: ActiveWorker): void {
    const { connection } = post;
    this.#post = post;
    this.#movedAt = this.#now();
    connection.onstats = (stats) => {
      if (this.#post === post) this.listener?.stats(stats);
    };
    connection.failed.catch((error: DannaError) => this.#fail(post, error));
    this.#planSpare();
  }

  #fail(post: ActiveWorker, error: DannaError): void {
    if (this.#closed || this.#state === "failed") return;
    if (post === this.#before) {
      // Was to go anyway; until the next is ready there is the dry signal.
      this.#before.connection.close();
      this.#before = undefined;
      return;
    }
    if (post === this.#post) void this.#replace(error);
  }

  /** One attempt after the other, until a worker works or it is given up. */
  async #replace(error: DannaError): Promise<void> {
    const failed = this.#post;
    this.#post = undefined;
    this.#engagements++;
    this.#before?.connection.close();
    this.#before = undefined;
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
