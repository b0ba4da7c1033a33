// Models on a web server. Page or worker.
import { fetchJson, fetchModelFile } from "./fetch.ts";
import { DannaError } from "../errors.ts";
import { loadModelEntry, MODEL_NAME, type ModelEntry } from "./manifest.ts";
import type { ModelStore } from "../split/split-model.ts";

export interface ModelFiles {
  /** Absolute URL of the folder of the models. */
  readonly folder: string;
  /** URLs of files that may lie elsewhere, by name. */
  readonly moved?: Readonly<Record<string, string>>;
}

/** Entries NAME.json and their files on a server; a name may be a manifest's URL, too. */
export class UrlStore implements ModelStore {
  readonly #files: ModelFiles;
  readonly #signal: AbortSignal | undefined;
  /** Where the files lie that an entry names. */
  readonly #found = new Map<ModelEntry, (file: string) => URL>();

  constructor(files: ModelFiles, signal?: AbortSignal) {
    this.#files = files;
    this.#signal = signal;
  }

  async entry(name: string): Promise<ModelEntry> {
    const file = MODEL_NAME.test(name) && !name.endsWith(".json") ? `${name}.json` : name;
    const { folder, moved = {} } = this.#files;
    const shipped = file in moved ? moved : {};
    const manifest = new URL(shipped[file] ?? file, folder);
    const entry = loadModelEntry(await fetchJson(manifest, this.#signal));
    this.#found.set(entry, (file) => new URL(shipped[file] ?? file, manifest));
    return entry;
  }

  bytes(entry: ModelEntry): Promise<Uint8Array<ArrayBuffer>> {
    if (entry.kind === "blend") throw new DannaError("input", "A blend has no file.");
    const file = entry.kind === "engine" ? entry.manifest : entry;
    const url = this.#found.get(entry)?.(file.file);
    if (!url) throw new DannaError("input", `Model "${entry.name}" is not of this store.`);
    return fetchModelFile(file, url, { signal: this.#signal });
  }
}
