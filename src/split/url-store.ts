// Models on a web server. Page or worker.
import { fetchJson, fetchModelFile } from "../engine/fetch.ts";
import { DannaError } from "../errors.ts";
import { loadModelEntry, MODEL_NAME, type ModelEntry } from "./manifest.ts";
import type { ModelStore } from "./split-model.ts";

/** Entries NAME.json and their files in a folder of a server; a name may be a manifest's URL, too. */
export class UrlStore implements ModelStore {
  readonly #folder: URL;
  readonly #signal: AbortSignal | undefined;
  readonly #found = new Map<ModelEntry, URL>();

  constructor(folder: URL, signal?: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  async entry(name: string): Promise<ModelEntry> {
    const url = MODEL_NAME.test(name) && !name.endsWith(".json") ? `${name}.json` : name;
    const manifest = new URL(url, this.#folder);
    const entry = loadModelEntry(await fetchJson(manifest, this.#signal));
    this.#found.set(entry, manifest);
    return entry;
  }

  bytes(entry: ModelEntry): Promise<Uint8Array<ArrayBuffer>> {
    if (entry.kind === "blend") throw new DannaError("input", "A blend has no file.");
    const file = entry.kind === "engine" ? entry.manifest : entry;
    const url = new URL(file.file, this.#found.get(entry));
    return fetchModelFile(file, url, { signal: this.#signal });
  }
}
