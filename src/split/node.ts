// `danna-sep/node`: splitFile over paths and bytes, with the models of the file system.
import { provideAac } from "../decode/aac.ts";
import { blobFile } from "../decode/audio-file.ts";
import { pathFile } from "../decode/path-file.ts";
import type { PcmAudio } from "../decode/pcm.ts";
import { fileURLToPath } from "node:url";
import { FolderStore, userModels } from "./folder-store.ts";
import { splitAudio, type Split, type SplitFileOptions } from "./split-file.ts";
import { loadSplitModel, type SplitModel } from "./split-model.ts";

export type { PcmAudio } from "../decode/pcm.ts";
export type { Split, SplitFileOptions, SplitProgress } from "./split-file.ts";
export type { SplitModel } from "./split-model.ts";
export type { StemChunk } from "./split-stream.ts";

export interface ModelFolders {
  /** Folders with models that come before the user's and this package's. */
  folders?: readonly string[];
}

/** The models that lie beside the built files, the user's, and those of `folders`. */
export function modelStore({ folders = [] }: ModelFolders = {}): FolderStore {
  const own = fileURLToPath(new URL("./models/", import.meta.url));
  return new FolderStore([...folders, userModels(), own]);
}

/**
 * Loads a model to be used for several recordings, one after the other.
 * @param model a name, or the path of a manifest
 */
export function loadModel(model: string, options: ModelFolders = {}): Promise<SplitModel> {
  return loadSplitModel(model, { store: modelStore(options) });
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
  const store = modelStore(options);
  if (typeof source === "string") return splitAudio(await pathFile(source), store, options);
  if (source instanceof URL)
    return splitAudio(await pathFile(fileURLToPath(source)), store, options);
  if ("channels" in source) return splitAudio(source, store, options);
  const blob = source instanceof Blob ? source : new Blob([source]);
  return splitAudio(blobFile(blob), store, options);
}
