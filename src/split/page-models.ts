// Models and workers from a server, for pages: what splits there without the engine in the page itself.
// Page or worker.
import type { WasmPaths } from "../engine/runtime.ts";
import { ownRuntime, runtimeIn } from "../model/built-files.ts";
import { checkOptions } from "./check-options.ts";
import { MODEL_NAME } from "../model/manifest.ts";
import type { LoadModelOptions, SplitFileOptions } from "./split-file.ts";
import { shippedModels } from "../model/shipped.ts";
import { identityOf, manifestsOf, UrlCatalogue, type ModelFiles } from "../model/catalogue.ts";
import { WorkerModel } from "./workers/worker-model.ts";

export interface ServedFiles {
  /** Folder of the built files; by default this script's, or where a bundler has put them. */
  baseUrl?: string | URL;
}

/** How and from where a model is loaded. */
export type LoadOptions = ServedFiles & LoadModelOptions & Pick<SplitFileOptions, "signal">;

/** Where models, runtime and workers lie: in `baseUrl`, or where they are without it. */
export function served(baseUrl?: string | URL): {
  models: ModelFiles;
  wasmPaths: WasmPaths;
  worker: string;
} {
  if (baseUrl === undefined) {
    const worker = new URL("./split-worker.js", import.meta.url).href;
    const models = { folder: new URL("models/", worker).href, moved: shippedModels() };
    return { models, wasmPaths: ownRuntime(), worker };
  }
  const base = new URL(baseUrl, globalThis.location.href);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const at = (file: string) => new URL(file, base).href;
  return {
    models: { folder: at("models/") },
    wasmPaths: runtimeIn(at("ort/")),
    worker: at("split-worker.js"),
  };
}

/** A model's name as it is, a manifest's URL as an absolute one. */
const nameOf = (model: string): string =>
  MODEL_NAME.test(model) ? model : new URL(model, globalThis.location.href).href;

/**
 * The identity of a model: another text for whatever gives other stems. Fetches manifests only.
 * @throws DannaError "fetch" or "manifest"; the signal's reason
 */
export async function identify(
  model: string,
  { baseUrl, signal }: ServedFiles & Pick<SplitFileOptions, "signal"> = {},
): Promise<string> {
  const catalogue = new UrlCatalogue(served(baseUrl).models, signal);
  return identityOf(await manifestsOf(nameOf(model), catalogue));
}

/** @throws DannaError as `loadModel` */
export async function loadInWorkers(
  model: string,
  workers: number,
  options: LoadOptions,
): Promise<WorkerModel> {
  const { baseUrl, load, backend, signal } = options;
  checkOptions({ workers, load });
  signal?.throwIfAborted();
  const { worker, ...files } = served(baseUrl);
  const settings = { ...files, model: nameOf(model), load, backend };
  return WorkerModel.load(worker, workers, settings, signal);
}
