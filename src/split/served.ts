// Models and workers from a server, for pages: what splits there without the engine in the page itself.
// Page or worker.
import { checkOptions } from "./check-options.ts";
import { MODEL_NAME } from "./manifest.ts";
import { modelId } from "./model-id.ts";
import type { LoadModelOptions, SplitFileOptions } from "./split-file.ts";
import { UrlStore } from "./url-store.ts";
import { WorkerModel } from "./worker-model.ts";

export interface ServedFiles {
  /** Folder with models/ and ort/, laid out as in dist/; by default where this script lies. */
  baseUrl?: string | URL;
}

/** How and from where a model is loaded. */
export type LoadOptions = ServedFiles & LoadModelOptions & Pick<SplitFileOptions, "signal">;

/** Where models, workers and runtime lie. */
export function served(baseUrl: string | URL = import.meta.url) {
  const base = new URL(baseUrl, globalThis.location.href);
  if (base.href !== import.meta.url && !base.pathname.endsWith("/")) base.pathname += "/";
  const models = new URL("models/", base);
  return { models, wasmPaths: new URL("ort/", base).href, base };
}

/** Without `baseUrl` the file beside this script, or where a bundler has put it. */
function workerUrl(baseUrl: string | URL | undefined): string {
  if (baseUrl === undefined) return new URL("./split-worker.js", import.meta.url).href;
  return new URL("split-worker.js", served(baseUrl).base).href;
}

/** A model's name as it is, a manifest's URL as an absolute one. */
const nameOf = (model: string): string =>
  MODEL_NAME.test(model) ? model : new URL(model, globalThis.location.href).href;

/**
 * The identity of a model: another text for whatever gives other stems. Fetches manifests only.
 * @throws DannaError "fetch" or "manifest"; the signal's reason
 */
export function identify(
  model: string,
  { baseUrl, signal }: ServedFiles & Pick<SplitFileOptions, "signal"> = {},
): Promise<string> {
  return modelId(nameOf(model), new UrlStore(served(baseUrl).models, signal));
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
  const { models, wasmPaths } = served(baseUrl);
  const settings = { model: nameOf(model), models: models.href, wasmPaths, load, backend };
  return WorkerModel.load(workerUrl(baseUrl), workers, settings, signal);
}
