// Models in folders of the file system: those of this package, those that a user has added. Node.
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { DannaError } from "../errors.ts";
import { loadModelEntry, MODEL_NAME, type ModelEntry } from "./manifest.ts";
import type { ModelStore } from "../split/split-model.ts";

/** An entry and the folder in which it and its file lie. */
export interface FoundModel {
  readonly entry: ModelEntry;
  readonly folder: string;
}

/** Where `models add` puts models, by the platform's custom; the environment may say otherwise. */
export function userModels(environment: NodeJS.ProcessEnv = process.env): string {
  const { DANNA_SEP_MODELS, XDG_DATA_HOME, LOCALAPPDATA } = environment;
  if (DANNA_SEP_MODELS) return path.resolve(DANNA_SEP_MODELS);
  // Empty and relative ones count as none: XDG Base Directory Specification.
  const custom = [XDG_DATA_HOME, LOCALAPPDATA].find((folder) => folder && path.isAbsolute(folder));
  const data = custom ?? path.join(homedir(), ".local", "share");
  return path.join(data, "danna-sep", "models");
}

/** Searches folders in turn. A name that ends in .json is a path instead, its folder searched first. */
export class FolderStore implements ModelStore {
  readonly #folders: string[];
  readonly #found = new Map<ModelEntry, string>();

  constructor(folders: readonly string[]) {
    this.#folders = [...folders];
  }

  async entry(name: string): Promise<ModelEntry> {
    if (name.endsWith(".json")) {
      const file = path.resolve(name);
      const entry = await this.#read(file);
      if (!entry) throw new DannaError("input", `There is no model manifest ${name}.`);
      this.#folders.unshift(path.dirname(file));
      return entry;
    }
    for (const folder of MODEL_NAME.test(name) ? this.#folders : []) {
      const entry = await this.#read(path.join(folder, `${name}.json`));
      if (entry) return entry;
    }
    const names = (await this.list()).map(({ entry }) => entry.name).join(", ");
    throw new DannaError(
      "input",
      `There is no model "${name}" here (there is: ${names || "none"}). ` +
        "`danna-sep models` lists them, `danna-sep models add` installs more.",
    );
  }

  async #read(file: string): Promise<ModelEntry | undefined> {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new DannaError("input", `${file} cannot be read (${String(cause)}).`, { cause });
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new DannaError("manifest", `${file} is not a model manifest: it is not JSON.`, {
        cause,
      });
    }
    const entry = loadModelEntry(json);
    this.#found.set(entry, path.dirname(file));
    return entry;
  }

  async bytes(entry: ModelEntry): Promise<Uint8Array<ArrayBuffer>> {
    const file = modelFile({ entry, folder: this.#found.get(entry) ?? "" });
    try {
      return new Uint8Array(await readFile(file ?? ""));
    } catch (cause) {
      throw new DannaError("model", `${file} of model "${entry.name}" cannot be read.`, { cause });
    }
  }

  /** Every entry, those of earlier folders first; broken ones are left out. */
  async list(): Promise<FoundModel[]> {
    const models: FoundModel[] = [];
    for (const folder of this.#folders) {
      for (const file of (await readdir(folder).catch(() => [])).sort()) {
        if (!file.endsWith(".json")) continue;
        const entry = await this.#read(path.join(folder, file)).catch(() => undefined);
        const known = models.some((model) => model.entry.name === entry?.name);
        if (entry && !known) models.push({ entry, folder });
      }
    }
    return models;
  }
}

/** Path of a model's ONNX file; a blend has none. */
export function modelFile({ entry, folder }: FoundModel): string | undefined {
  if (entry.kind === "blend") return undefined;
  return path.join(folder, entry.kind === "engine" ? entry.manifest.file : entry.file);
}

/** Whether a model's file is there with the right length. */
export async function isComplete(model: FoundModel): Promise<boolean> {
  const file = modelFile(model);
  const { entry } = model;
  if (file === undefined || entry.kind === "blend") return true;
  const bytes = entry.kind === "engine" ? entry.manifest.bytes : entry.bytes;
  return (await stat(file).catch(() => undefined))?.size === bytes;
}
