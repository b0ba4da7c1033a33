// `danna-sep/node`: splitFile over paths and bytes, with the models of the file system.
import { provideAac } from "../decode/aac.ts";
import { blobFile, type AudioFile } from "../decode/audio-file.ts";
import { pathFile } from "../decode/path-file.ts";
import type { PcmAudio } from "../decode/pcm.ts";
import { fileURLToPath } from "node:url";
import { backendHere, nodeSources } from "../engine/native.ts";
import { checkOptions } from "./check-options.ts";
import { FolderCatalogue, userModels } from "../model/folder-catalogue.ts";
import { startWorkers } from "./workers/node-threads.ts";
import {
  notAModel,
  splitAudio,
  type LoadModelOptions,
  type Split,
  type SplitFileOptions,
} from "./split-file.ts";
import { isStaged, loadSplitModel, type SplitModel, type StagedModel } from "./split-model.ts";
import { WorkQueue } from "./workers/work-queue.ts";
import { WorkerPool } from "./workers/worker-pool.ts";

export type { PcmAudio } from "../decode/pcm.ts";
export type { LoadModelOptions, Split, SplitFileOptions, SplitProgress } from "./split-file.ts";
export type { ModelCatalogue } from "../model/catalogue.ts";
export type { FolderCatalogue, FoundModel } from "../model/folder-catalogue.ts";
export type {
  BlendManifest,
  FileManifest,
  ModelManifest,
  SegmentManifest,
  StreamingManifest,
} from "../model/manifest.ts";
export type { SplitModel } from "./split-model.ts";
export type { StemChunk } from "./split-stream.ts";

export interface ModelFolders {
  /** Folders with models that come before the user's and this package's. */
  folders?: readonly string[];
}

/** The models that lie beside the built files, the user's, and those of `folders`. */
export function modelCatalogue({ folders = [] }: ModelFolders = {}): FolderCatalogue {
  const own = fileURLToPath(new URL("./models/", import.meta.url));
  return new FolderCatalogue([...folders, userModels(), own]);
}

/**
 * Loads a model to be used for several recordings, one after the other.
 * @param model a name, or the path of a manifest
 */
export async function loadModel(
  model: string,
  options: ModelFolders & LoadModelOptions = {},
): Promise<SplitModel> {
  return loadStaged(model, options);
}

async function loadStaged(
  model: string,
  { workers = 1, load, backend: wanted, ...folders }: ModelFolders & LoadModelOptions,
): Promise<StagedModel> {
  checkOptions({ workers, load, backend: wanted });
  const backend = await backendHere(wanted);
  const catalogue = modelCatalogue(folders);
  const pool = workers > 0 ? new WorkerPool(startWorkers(workers), { load, backend }) : undefined;
  const queue = new WorkQueue(load);
  return loadSplitModel(model, { catalogue, pool, backend, queue, ...nodeSources });
}

/**
 * Splits a recording. `source`: a path, a file URL, its bytes, a Blob, or samples.
 *
 *     for await (const { start, stems } of await splitFile("song.mp3")) …
 *
 * @throws DannaError; the signal's reason when aborted
 */
export async function splitFile(
  source: string | URL | Blob | Uint8Array<ArrayBuffer> | ArrayBuffer | PcmAudio,
  options: SplitFileOptions & ModelFolders = {},
): Promise<Split> {
  await provideAac();
  const { model } = options;
  if (typeof model === "object" && !isStaged(model)) throw notAModel();
  const load = (name: string) => loadStaged(name, options);
  return splitAudio(await opened(source), load, { ...options, model });
}

async function opened(source: Parameters<typeof splitFile>[0]): Promise<AudioFile | PcmAudio> {
  if (typeof source === "string") return pathFile(source);
  if (source instanceof URL) return pathFile(fileURLToPath(source));
  if ("channels" in source) return source;
  return blobFile(source instanceof Blob ? source : new Blob([source]));
}
