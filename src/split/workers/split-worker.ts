// A whole split away from the page: decodes, leads, and separates by itself or with helpers. Web worker.
import { expose } from "comlink";
import { blobFile } from "../../decode/audio-file.ts";
import type { PcmAudio } from "../../decode/pcm.ts";
import { DannaError } from "../../errors.ts";
import { answer, type Answer } from "../../util/rpc.ts";
import type { ModelEntry } from "../../model/manifest.ts";
import { handedOver, RunnerWorker, type RunnerSettings } from "./runner-worker.ts";
import {
  splitAudio,
  type Split,
  type SplitFileOptions,
  type SplitProgress,
} from "../split-file.ts";
import { loadSplitModel, type StagedModel } from "../split-model.ts";
import type { StemChunk } from "../split-stream.ts";
import { WorkQueue } from "./work-queue.ts";
import { UrlStore, type ModelFiles } from "../../model/url-catalogue.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface LeadSettings extends RunnerSettings {
  /** A model's name, or its manifest's URL. */
  model: string;
  models: ModelFiles;
}

/** Sound, or a file by its bytes and name. */
export type SentSource = PcmAudio | { readonly blob: Blob; readonly name: string | undefined };

export interface NextChunk {
  /** None at the end. */
  readonly chunk: StemChunk | undefined;
  /** After the chunk before this one. */
  readonly progress: SplitProgress | undefined;
}

/** The calls (comlink) of the worker that leads: `load` once, then `open`, `next` … for each recording. */
export interface LeadControl {
  /** Makes this worker a helper: a PartWorker at the other end of `port`. */
  serve(port: MessagePort): void;
  /** `helpers`: ports to PartWorkers; with none this worker separates by itself. */
  load(
    settings: LeadSettings,
    helpers: MessagePort[],
  ): Promise<Answer<{ entry: ModelEntry; sampleRate: number }>>;
  /** Ends the split before. Without a source it splits the last one again. */
  open(
    source: SentSource | undefined,
    options: Pick<SplitFileOptions, "from" | "addUp">,
  ): Promise<Answer<{ sampleRate: number; channels: number }>>;
  next(): Promise<Answer<NextChunk>>;
  /** Ends the split, if there is one. */
  close(): Promise<void>;
}

interface Opened {
  readonly split: Split;
  readonly chunks: AsyncIterator<StemChunk>;
  readonly controller: AbortController;
  progress: SplitProgress | undefined;
}

const never = new Promise<never>(() => undefined);

export class SplitWorker implements LeadControl {
  /** Of `open` and `close`: a split that is still being opened is the first to be ended. */
  readonly #queue = new WorkQueue();
  #model: StagedModel | undefined;
  #source: SentSource | undefined;
  #opened: Opened | undefined;

  serve(port: MessagePort): void {
    expose(new RunnerWorker(), port);
  }

  load({ model, models, ...settings }: LeadSettings, helpers: MessagePort[]) {
    return answer(async () => {
      // A helper that dies is the page's to notice, which then ends this worker, too.
      const workers = helpers.map((endpoint) => ({
        endpoint,
        failed: never,
        terminate: () => undefined,
      }));
      const { load, ...options } = settings;
      this.#model = await loadSplitModel(model, {
        ...options,
        store: new UrlStore(models),
        queue: new WorkQueue(load),
        pool: workers.length > 0 ? new WorkerPool(workers, settings) : undefined,
      });
      const { entry, sampleRate } = this.#model;
      return { entry, sampleRate };
    });
  }

  open(source: SentSource | undefined, options: Pick<SplitFileOptions, "from" | "addUp">) {
    const open = async () => {
      await this.#end();
      this.#source = source ?? this.#source;
      const model = this.#model;
      const from = this.#source;
      if (!model || !from) throw new DannaError("worker", "open() came before load().");
      const controller = new AbortController();
      const { signal } = controller;
      const onProgress = (progress: SplitProgress) => (opened.progress = progress);
      const audio = "blob" in from ? blobFile(from.blob, from.name) : from;
      const load = () => Promise.resolve(model);
      const split = await splitAudio(audio, load, { ...options, model, signal, onProgress });
      const chunks = split[Symbol.asyncIterator]();
      const opened: Opened = { split, chunks, controller, progress: undefined };
      this.#opened = opened;
      return { sampleRate: split.sampleRate, channels: split.channels };
    };
    return this.#queue.run(() => answer(open));
  }

  async next(): Promise<Answer<NextChunk>> {
    const opened = this.#opened;
    const result = await answer(async () => {
      if (!opened) throw new DannaError("worker", "next() came before open().");
      const { value, done } = await opened.chunks.next();
      return { chunk: done ? undefined : (value as StemChunk), progress: opened.progress };
    });
    if (!("value" in result) || !result.value.chunk) return result;
    return handedOver(result, Object.values(result.value.chunk.stems).flat());
  }

  close(): Promise<void> {
    return this.#queue.run(() => this.#end());
  }

  async #end(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (!opened) return;
    opened.controller.abort(new DannaError("worker", "The split was ended."));
    await opened.chunks.return?.().catch(() => undefined);
    await opened.split.cancel();
  }
}
