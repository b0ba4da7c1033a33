// The page's side of the inference worker: its control calls, its events, its end. Page.
import { releaseProxy, transfer, wrap, type Remote } from "comlink";
import { DannaError } from "../errors.ts";
import { errorOf } from "../failure.ts";
import type {
  Loaded,
  LoadOptions,
  StartOptions,
  WorkerControl,
  WorkerEvent,
  WorkerStats,
} from "./protocol.ts";
import { workerScript } from "./worker-script.ts";

/** Milliseconds that a model may take to start once it has arrived, with ONNX Runtime's own arrival. */
const START_TIME = 120_000;

export class WorkerConnection {
  onstats: ((stats: WorkerStats) => void) | undefined;
  onerror: ((error: DannaError) => void) | undefined;
  #worker: Worker;
  #control: Remote<WorkerControl>;
  #events = new MessageChannel();
  #failed: Promise<never>;
  #fail: (error: DannaError) => void = () => undefined;
  #starting: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, onProgress?: (progress: { loaded: number; total: number }) => void) {
    this.#worker = new Worker(workerScript(url), { type: "module", name: "danna-sep" });
    this.#control = wrap<WorkerControl>(this.#worker);
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
      this.#worker.onerror = (event) => {
        event.preventDefault();
        // A script that cannot be loaded gives an event without a message.
        const error = event.message
          ? new DannaError("worker", `The inference worker failed: ${event.message}.`)
          : new DannaError(
              "fetch",
              `The inference worker ${url} cannot be loaded; is "baseUrl" the folder of the built ` +
                "files, does its server allow cross-origin reading, does the page's " +
                "Content-Security-Policy allow the worker?",
            );
        reject(error);
        this.onerror?.(error);
      };
    });
    this.#failed.catch(() => undefined);
    this.#events.port1.onmessage = ({ data }: MessageEvent<WorkerEvent>) => {
      if (data.type === "stats") this.onstats?.(data.stats);
      else if (data.type === "error") this.onerror?.(errorOf(data.failure));
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
      const minutes = START_TIME / 60_000;
      this.#fail(
        new DannaError(
          "model",
          `The model did not start within ${minutes} minutes: it is too large for this device, or ` +
            "its graph is at fault.",
        ),
      );
    }, START_TIME);
  }

  /** @throws DannaError what the worker met, or that it could not be started */
  async load(options: LoadOptions): Promise<Loaded> {
    const events = this.#events.port2;
    const call = this.#control.load(options, transfer(events, [events]));
    const result = await Promise.race([call, this.#failed]).finally(() =>
      clearTimeout(this.#starting),
    );
    if ("failure" in result) throw errorOf(result.failure);
    return result;
  }

  start(options: StartOptions, ports: MessagePort[]): void {
    this.#control.start(transfer(options, ports)).catch(() => undefined);
  }

  settle(position: number): Promise<void> {
    return this.#control.settle(position);
  }

  /** Ends the worker at once, with all that it holds. */
  close(): void {
    this.onstats = undefined;
    this.onerror = undefined;
    clearTimeout(this.#starting);
    this.#events.port1.close();
    this.#control[releaseProxy]();
    this.#worker.terminate();
  }
}
