// `danna-sep/split`, for browsers: splitFile over files, bytes and URLs, with models from a server.
// Page or worker; the work is done in workers of its own, unless told otherwise.
import { blobFile } from "../decode/audio-file.ts";
import type { PcmAudio } from "../decode/pcm.ts";
import { DannaError } from "../errors.ts";
import { fileName } from "../util/file-name.ts";
import { checkOptions } from "./check-options.ts";
import {
  DEFAULT_MODEL,
  iterated,
  notAModel,
  splitAudio,
  type Split,
  type SplitFileOptions,
} from "./split-file.ts";
import { loadInWorkers, served, type LoadOptions, type ServedFiles } from "./page-models.ts";
import { isStaged, loadSplitModel, type SplitModel } from "./split-model.ts";
import type { StemChunk } from "./split-stream.ts";
import type { SentSource } from "./workers/split-worker.ts";
import { WorkQueue } from "./workers/work-queue.ts";
import { UrlCatalogue } from "../model/catalogue.ts";
import { WorkerModel } from "./workers/worker-model.ts";

export type { PcmAudio } from "../decode/pcm.ts";
export type { LoadModelOptions, Split, SplitFileOptions, SplitProgress } from "./split-file.ts";
export type {
  BlendManifest,
  ModelManifest,
  SegmentManifest,
  StreamingManifest,
} from "../model/manifest.ts";
export {
  forgetModel,
  keptModels,
  readModel,
  type OfferedModel,
  type OwnModel,
} from "../model/own-models.ts";
export type { LoadOptions, ServedFiles } from "./page-models.ts";
/** @internal Whether several files are one song's stems. */
export { areStems } from "../decode/stem-names.ts";
export type { SplitModel } from "./split-model.ts";
export type { StemChunk } from "./split-stream.ts";

/**
 * Loads a model to be used for several recordings, one after the other; dispose of it at the end.
 * @param model a name, or the URL of a manifest
 * @throws DannaError "input", "fetch", "manifest", "model" or "worker"; the signal's reason
 */
export async function loadModel(model: string, options: LoadOptions = {}): Promise<SplitModel> {
  const { workers = 1 } = options;
  return workers > 0 ? loadInWorkers(model, workers, options) : loadHere(model, options);
}

async function loadHere(model: string, { baseUrl, load, backend, signal }: LoadOptions) {
  checkOptions({ load });
  const { models, wasmPaths } = served(baseUrl);
  const catalogue = new UrlCatalogue(models, signal);
  return loadSplitModel(model, { catalogue, wasmPaths, backend, queue: new WorkQueue(load) });
}

/** What is split: a URL, a file, its bytes, or samples. */
export type SplitSource =
  | string
  | URL
  | Blob
  | Uint8Array<ArrayBuffer>
  | ArrayBuffer
  | PcmAudio
  | AudioBuffer;

/**
 * Splits a recording. `source`: a File or Blob, its URL, its bytes, or samples such as those of an
 * AudioBuffer. In a worker by default, which computes the next chunk while this one is taken.
 *
 *     for await (const { start, stems } of await splitFile(file)) …
 *
 * A model that `loadModel` gave splits one recording at a time; abort a split before the next, and
 * from another position with `from`.
 * @throws DannaError; the signal's reason when aborted
 */
export async function splitFile(
  source: SplitSource,
  options: SplitFileOptions & ServedFiles = {},
): Promise<Split> {
  const { model = DEFAULT_MODEL, signal, workers = 1 } = options;
  checkOptions(options);
  if (model instanceof WorkerModel) {
    return model.split(source, () => soundOf(source, signal), options);
  }
  if (typeof model === "object" && !isStaged(model)) throw notAModel();
  const sound = await soundOf(source, signal);
  if (typeof model === "object" || workers === 0) {
    const audio = "blob" in sound ? blobFile(sound.blob, sound.name) : sound;
    return splitAudio(audio, (name) => loadHere(name, options), { ...options, model });
  }
  const own = await loadInWorkers(model, workers, options);
  try {
    return disposing(own, await own.split(source, async () => sound, options), signal);
  } catch (error) {
    await own.dispose();
    throw error;
  }
}

async function soundOf(source: SplitSource, signal: AbortSignal | undefined): Promise<SentSource> {
  if (typeof source === "string" || source instanceof URL) {
    const url = new URL(source, globalThis.location.href);
    return { blob: await download(url, signal), name: fileName(url.pathname) };
  }
  if ("getChannelData" in source) {
    const { sampleRate, numberOfChannels: length } = source;
    const channels = Array.from({ length }, (_, c) => source.getChannelData(c));
    return { sampleRate, channels };
  }
  if ("channels" in source) return { sampleRate: source.sampleRate, channels: source.channels };
  return { blob: source instanceof Blob ? source : new Blob([source]), name: undefined };
}

/** The split, with which the model ends, and with the signal, whether anyone iterates or not. */
function disposing(model: SplitModel, split: Split, signal: AbortSignal | undefined): Split {
  signal?.throwIfAborted();
  async function* chunks(): AsyncGenerator<StemChunk, void, undefined> {
    try {
      yield* split;
    } finally {
      await end();
    }
  }
  const end = async () => {
    signal?.removeEventListener("abort", abort);
    await split.cancel();
    await model.dispose();
  };
  // Later: who waits for a chunk is told the signal's reason first.
  const abort = () => void setTimeout(() => void end());
  signal?.addEventListener("abort", abort);
  return { ...split, ...iterated(chunks, end) };
}

async function download(url: URL, signal?: AbortSignal): Promise<Blob> {
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return await response.blob();
    throw new DannaError("fetch", `${url} could not be fetched: status ${response.status}.`);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DannaError) throw cause;
    throw new DannaError("fetch", `${url} could not be fetched (${String(cause)}).`, { cause });
  }
}
