// The page's side of one inference worker: its control calls, its events, its end. Page.
import { DannaError } from "../errors.ts";
import { errorOf } from "../util/failure.ts";
import { releaseProxy, transfer, wrap, type Remote } from "../util/rpc.ts";
import {
  portsOfLink,
  type Loaded,
  type LoadOptions,
  type StartOptions,
  type WorkerControl,
  type WorkerEvent,
  type WorkerStats,
} from "./protocol.ts";
import { workerScript } from "../util/worker-script.ts";

/** Milliseconds that a model may take to start once it has arrived, with ONNX Runtime's own arrival. */
const START_TIME = 120_000;

export class WorkerConnection {
  onstats: ((stats: WorkerStats) => void) | undefined;
  /**
   * Rejects when the worker can do no more: it could not be loaded, threw, was ended by someone or
   * by the browser, or said so; and at `close`, for whoever still waits for it.
   */
  readonly failed: Promise<never>;
  /** Declares that it has, for any other reason. */
  fail: (error: DannaError) => void = () => {};
  /** Name of the lock that the worker holds from before `load` resolves until it is no more. */
  readonly lifeLock = `danna-sep ${crypto.randomUUID()}`;
  #worker: Worker;
  #control: Remote<WorkerControl>;
  #events = new MessageChannel();
  #starting: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(url: string, onProgress?: (progress: { loaded: number; total: number }) => void) {
    this.#worker = new Worker(workerScript(url), { type: "module", name: "danna-sep" });
    this.#control = wrap<WorkerControl>(this.#worker);
    this.failed = new Promise((_, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      // A script that cannot be loaded gives an event without a message.
      this.fail(
        event.message
          ? new DannaError("worker", `The inference worker failed: ${event.message}.`)
          : new DannaError(
              "fetch",
              `The inference worker ${url} cannot be loaded; is "baseUrl" the folder of the built ` +
                "files, does its server allow cross-origin reading, does the page's " +
                "Content-Security-Policy allow the worker?",
            ),
      );
    };
    this.#events.port1.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
      if (data.type === "stats") this.onstats?.(data.stats);
      else if (data.type === "error") this.fail(errorOf(data.failure));
      else {
        if (data.loaded === data.total) this.#watchStart();
        onProgress?.({ loaded: data.loaded, total: data.total });
      }
    };
  }

  /** A graph that computes for ever cannot be interrupted, only its worker ended. */
  #watchStart(): void {
    clearTimeout(this.#starting);
    this.#starting = setTimeout(() => {
      this.fail(
        new DannaError(
          "model",
          "The model did not start within 2 minutes: it is too large for this device, or its " +
            "graph is at fault.",
        ),
      );
    }, START_TIME);
  }

  /** @throws DannaError what the worker met, or that it could not be started */
  async load(options: Omit<LoadOptions, "lifeLock">): Promise<Loaded> {
    const events = this.#events.port2;
    const { lifeLock } = this;
    const call = this.#control.load({ ...options, lifeLock }, transfer(events, [events]));
    return Promise.race([call, this.failed]).finally(() => clearTimeout(this.#starting));
  }

  start(options: StartOptions): void {
    const ports = portsOfLink(options.transport);
    this.#control.start(transfer(options, ports)).catch(() => undefined);
  }

  adjust(changes: Parameters<WorkerControl["adjust"]>[0]): void {
    this.#control.adjust(changes).catch(() => undefined);
  }

  /** @throws DannaError when the worker fails meanwhile */
  settle(position: number): Promise<void> {
    return Promise.race([this.#control.settle(position), this.failed]);
  }

  /** Ends the worker at once, with all that it holds. More than one call does no harm. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onstats = undefined;
    clearTimeout(this.#starting);
    this.fail(new DannaError("disposed", "The inference worker was let go of."));
    this.#events.port1.close();
    this.#control[releaseProxy]();
    this.#worker.terminate();
  }
}
