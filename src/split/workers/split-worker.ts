// A whole split away from the page: decodes, leads, and separates by itself or with helpers. Web worker.
import { blobFile } from "../../decode/audio-file.ts";
import type { KeptAudio, PcmAudio } from "../../decode/pcm.ts";
import { DannaError } from "../../errors.ts";
import { expose } from "../../util/rpc.ts";
import type { ModelManifest } from "../../model/manifest.ts";
import { handedOver, RunnerWorker, type RunnerSettings } from "./runner-worker.ts";
import {
  splitAudio,
  type Split,
  type SplitFileOptions,
  type SplitProgress,
} from "../split-file.ts";
import { loadSplitModel, type StagedModel } from "../split-model.ts";
import type { StemChunk } from "../split-stream.ts";
import { SongAnalyst } from "./song-analyst.ts";
import { SongDecoder } from "./song-decoder.ts";
import { StemsDecoder } from "./stems-decoder.ts";
import { WorkQueue } from "./work-queue.ts";
import { UrlCatalogue, type ModelFiles } from "../../model/catalogue.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface LeadSettings extends RunnerSettings {
  /** A model's name, or its manifest's URL. */
  model: string;
  models: ModelFiles;
}

/** Sound, or a file by its bytes and name. */
export type SentSource =
  | PcmAudio
  | KeptAudio
  | { readonly blob: Blob; readonly name: string | undefined };

export interface NextChunk {
  /** None at the end. */
  readonly chunk: StemChunk | undefined;
  /** After the chunk before this one. */
  readonly progress: SplitProgress | undefined;
}

/** The calls (comlink) of the worker that leads: `load` once, then `open`, `next` … for each recording. */
export interface LeadControl {
  /** Makes this worker a helper: a RunnerWorker at the other end of `port`. */
  serve(port: MessagePort): void;
  /** Makes this worker a decoder: a SongDecoder at the other end of `port`. */
  decode(port: MessagePort): void;
  /** Makes this worker a decoder of stems: a StemsDecoder at the other end of `port`. */
  decodeStems(port: MessagePort): void;
  /** Makes this worker an analyst: a SongAnalyst at the other end of `port`. */
  analyse(port: MessagePort): void;
  /** `helpers`: ports to RunnerWorkers; with none this worker separates by itself. */
  load(
    settings: LeadSettings,
    helpers: MessagePort[],
  ): Promise<{ manifest: ModelManifest; sampleRate: number }>;
  /** Ends the split before. Without a source it splits the last one again. */
  open(
    source: SentSource | undefined,
    options: Pick<SplitFileOptions, "from" | "addUp">,
  ): Promise<{ sampleRate: number; channels: number }>;
  next(): Promise<NextChunk>;
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

  decode(port: MessagePort): void {
    expose(new SongDecoder(), port);
  }

  decodeStems(port: MessagePort): void {
    expose(new StemsDecoder(), port);
  }

  analyse(port: MessagePort): void {
    expose(new SongAnalyst(), port);
  }

  async load({ model, models, ...settings }: LeadSettings, helpers: MessagePort[]) {
    // A helper that dies is the page's to notice, which then ends this worker, too.
    const workers = helpers.map((endpoint) => ({
      endpoint,
      failed: never,
      terminate: () => undefined,
    }));
    const { load, ...options } = settings;
    this.#model = await loadSplitModel(model, {
      ...options,
      catalogue: new UrlCatalogue(models),
      queue: new WorkQueue(load),
      pool: workers.length > 0 ? new WorkerPool(workers, settings) : undefined,
    });
    const { manifest, sampleRate } = this.#model;
    return { manifest, sampleRate };
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
    return this.#queue.run(open);
  }

  async next(): Promise<NextChunk> {
    const opened = this.#opened;
    if (!opened) throw new DannaError("worker", "next() came before open().");
    const { value, done } = await opened.chunks.next();
    const { progress } = opened;
    if (done) return { chunk: undefined, progress };
    const chunk = value as StemChunk;
    return handedOver({ chunk, progress }, Object.values(chunk.stems).flat());
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
