// A model that lives in workers, and the splits that it does there. Page, or a worker of the host's.
import { DannaError } from "../../errors.ts";
import { PendingCalls } from "./pending-calls.ts";
import { checkOptions } from "../check-options.ts";
import { transfer, wrap, type Remote } from "../../util/rpc.ts";
import { workerScript } from "../../util/worker-script.ts";
import type { ModelManifest } from "../../model/manifest.ts";
import { iterated, type Split, type SplitFileOptions } from "../split-file.ts";
import type { SplitModel } from "../split-model.ts";
import type { StemChunk } from "../split-stream.ts";
import type { LeadControl, LeadSettings, SentSource } from "./split-worker.ts";

type RunOptions = Pick<SplitFileOptions, "from" | "addUp" | "signal" | "onProgress">;

interface Run {
  readonly signal: AbortSignal | undefined;
}

export class WorkerModel implements SplitModel {
  readonly #url: string;
  readonly #workers: Worker[] = [];
  readonly #lead: Remote<LeadControl>;
  readonly #calls = new PendingCalls();
  #loadedModel: { manifest: ModelManifest; sampleRate: number } | undefined;
  /** What the leading worker has: the source as the caller knows it. */
  #source: unknown;
  #run: Run | undefined;

  private constructor(url: string) {
    this.#url = url;
    this.#lead = this.#start();
  }

  /**
   * Starts one worker, or, for more than one, these and another that leads them.
   * @param url of split-worker.js
   * @throws DannaError as `loadSplitModel`; "fetch" when the script cannot be loaded, "worker"
   */
  static async load(
    url: string,
    workers: number,
    settings: LeadSettings,
    signal: AbortSignal | undefined,
  ): Promise<WorkerModel> {
    const model = new WorkerModel(url);
    try {
      const helpers = Array.from({ length: workers > 1 ? workers : 0 }, () => {
        const { port1, port2 } = new MessageChannel();
        void model.#start().serve(transfer(port1, [port1]));
        return port2;
      });
      const call = model.#lead.load(settings, transfer(helpers, helpers));
      model.#loadedModel = await model.#calls.guard(call, signal);
      return model;
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  #start(): Remote<LeadControl> {
    const worker = new Worker(workerScript(this.#url), { type: "module", name: "danna-sep split" });
    this.#workers.push(worker);
    worker.onerror = (event) => {
      event.preventDefault();
      // A script that cannot be loaded gives an event without a message.
      const error = event.message
        ? new DannaError("worker", `A worker of the split failed: ${event.message}.`)
        : new DannaError(
            "fetch",
            `The worker ${this.#url} cannot be loaded; is "baseUrl" the folder of the built files, ` +
              "does its server allow cross-origin reading, does the page's Content-Security-Policy " +
              'allow the worker? "workers: 0" does without.',
          );
      this.#calls.fail(error);
    };
    return wrap<LeadControl>(worker);
  }

  get manifest(): ModelManifest {
    return this.#loaded.manifest;
  }

  get sampleRate(): number {
    return this.#loaded.sampleRate;
  }

  get #loaded() {
    if (!this.#loadedModel) throw new DannaError("disposed", "The model is not loaded.");
    return this.#loadedModel;
  }

  /**
   * Splits a recording, one at a time; after an aborted one at once.
   * @param source as the caller knows it: the same again is not sent again
   * @param send makes what is sent of it
   */
  async split(
    source: unknown,
    send: () => Promise<SentSource>,
    options: RunOptions,
  ): Promise<Split> {
    checkOptions(options);
    const { from, addUp, signal, onProgress } = options;
    signal?.throwIfAborted();
    if (this.#run && !this.#run.signal?.aborted) {
      throw new DannaError(
        "input",
        `The model "${this.manifest.name}" is splitting another recording. End or abort that first, or ` +
          "load the model again.",
      );
    }
    const run: Run = { signal };
    this.#run = run;
    const end = async () => {
      if (this.#run !== run) return;
      this.#run = undefined;
      // Its answer waits for the model's run, whose result nobody wants.
      void this.#lead.close();
    };
    const check = () => {
      signal?.throwIfAborted();
      if (this.#run !== run) {
        throw new DannaError("input", "This split has ended: split the recording again.");
      }
    };
    try {
      const known = source === this.#source;
      this.#source = undefined;
      const sent = known ? undefined : await send();
      check();
      const call = this.#lead.open(sent, { from, addUp });
      const { sampleRate, channels } = await this.#calls.guard(call, signal);
      this.#source = source;
      const next = () => {
        check();
        return this.#calls.guard(this.#lead.next(), signal);
      };
      async function* chunks(): AsyncGenerator<StemChunk, void, undefined> {
        try {
          for (;;) {
            const { chunk, progress } = await next();
            if (progress) onProgress?.(progress);
            if (!chunk) return;
            yield chunk;
            signal?.throwIfAborted();
          }
        } finally {
          await end();
        }
      }
      return { sampleRate, channels, ...iterated(chunks, end) };
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Ends the workers at once. */
  async dispose(): Promise<void> {
    this.#calls.fail(new DannaError("disposed", "The model has been disposed of."));
    for (const worker of this.#workers) worker.terminate();
  }
}
