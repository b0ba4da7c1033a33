// Models in folders of the file system: those of this package, those that a user has added. Node.
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DannaError } from "../errors.ts";
import type { ModelCatalogue } from "./catalogue.ts";
import { joinPlanes, PACKED } from "./planes.ts";
import { loadManifest, MODEL_NAME, type FileManifest, type ModelManifest } from "./manifest.ts";

/** A manifest and the folder in which it and its file lie. */
export interface FoundModel {
  readonly manifest: ModelManifest;
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

/** Handles the error that there is no such file, and no other, with a value. */
const whereMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return value;
    throw error;
  };

/** Whether permissions forbid to look. */
const isClosed = (error: unknown): boolean =>
  ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException | undefined)?.code ?? "");

/** There is no model of a name; `names` are those of the models that there are. */
export class UnknownModel extends DannaError {
  constructor(
    readonly names: readonly string[],
    message: string,
  ) {
    super("input", message);
  }
}

/** Searches folders in turn. A name that ends in .json is a path instead, its folder searched first. */
export class FolderCatalogue implements ModelCatalogue {
  readonly #folders: string[];
  readonly #found = new Map<ModelManifest, string>();

  constructor(folders: readonly string[]) {
    this.#folders = [...folders];
  }

  async manifest(name: string): Promise<ModelManifest> {
    if (name.endsWith(".json")) {
      const file = path.resolve(name);
      const manifest = await this.#read(file);
      if (!manifest) throw new DannaError("input", `There is no model manifest ${name}.`);
      this.#folders.unshift(path.dirname(file));
      return manifest;
    }
    const closed: string[] = [];
    for (const folder of MODEL_NAME.test(name) ? this.#folders : []) {
      try {
        const manifest = await this.#read(path.join(folder, `${name}.json`));
        if (manifest) return manifest;
      } catch (error) {
        // The home of another user: models of the other folders are there all the same.
        if (!isClosed((error as Error).cause)) throw error;
        closed.push(folder);
      }
    }
    const names = (await this.list()).map(({ manifest }) => manifest.name);
    throw new UnknownModel(
      names,
      `There is no model "${name}" here (there is: ${names.join(", ") || "none"}). ` +
        closed.map((folder) => `The folder ${folder} may not be read. `).join("") +
        "`danna-sep models` lists them, `danna-sep models add` installs more.",
    );
  }

  async #read(file: string): Promise<ModelManifest | undefined> {
    let text: string | undefined;
    try {
      text = await readFile(file, "utf8").catch(whereMissing(undefined));
    } catch (cause) {
      throw new DannaError("input", `${file} cannot be read (${String(cause)}).`, { cause });
    }
    if (text === undefined) return undefined;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new DannaError("manifest", `${file} is not a model manifest: it is not JSON.`, {
        cause,
      });
    }
    const manifest = loadManifest(json);
    this.#found.set(manifest, path.dirname(file));
    return manifest;
  }

  async bytes(manifest: FileManifest): Promise<Uint8Array<ArrayBuffer>> {
    const file = path.join(this.#found.get(manifest) ?? "", manifest.file);
    try {
      const stored = await readFile(file);
      if (!file.endsWith(PACKED)) return new Uint8Array(stored);
      // In one go, which by its own small chunks takes four times as long; zlib refuses chunks below 64 bytes.
      const chunkSize = Math.max(64, manifest.bytes);
      return joinPlanes(await promisify(gunzip)(stored, { chunkSize }));
    } catch (cause) {
      const message = `${file} of model "${manifest.name}" cannot be read.`;
      throw new DannaError("model", message, { cause });
    }
  }

  /** Every model, those of earlier folders first; broken ones are left out. */
  async list(): Promise<FoundModel[]> {
    const models: FoundModel[] = [];
    for (const folder of this.#folders) {
      for (const file of (await readdir(folder).catch(() => [])).sort()) {
        if (!file.endsWith(".json")) continue;
        const manifest = await this.#read(path.join(folder, file)).catch(() => undefined);
        const known = models.some((model) => model.manifest.name === manifest?.name);
        if (manifest && !known) models.push({ manifest, folder });
      }
    }
    return models;
  }
}

/** Whether a model's file is there, with the right length unless it is packed; a blend has none. */
export async function isComplete({ manifest, folder }: FoundModel): Promise<boolean> {
  if (manifest.kind === "blend") return true;
  const found = await stat(path.join(folder, manifest.file)).catch(() => undefined);
  return found !== undefined && (manifest.file.endsWith(PACKED) || found.size === manifest.bytes);
}
