// Models by name: what a catalogue of them can do, and the one on a web server; the one in folders is
// folder-catalogue.ts. Page or worker.
import { DannaError } from "../errors.ts";
import { sha256 } from "../util/sha256.ts";
import { fetchJson, fetchModelFile } from "./fetch.ts";
import { isOwnModel, ownManifest, readOwnFile } from "./own-models.ts";
import type { Stem } from "../stems.ts";
import {
  loadManifest,
  MODEL_NAME,
  type BlendManifest,
  type FileManifest,
  type ModelManifest,
} from "./manifest.ts";

/** Where models lie: a folder, a server. */
export interface ModelCatalogue {
  /** @throws DannaError "input" when there is none of this name, "manifest" when it is wrong */
  manifest(name: string): Promise<ModelManifest>;
  /** The ONNX file that a manifest from here names. */
  bytes(manifest: FileManifest): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The manifests of a model: its own, and for a blend those of its models, in its order.
 * @throws DannaError from the catalogue; "manifest" where a blend's models do not fit together
 */
export async function manifestsOf(
  name: string,
  catalogue: Pick<ModelCatalogue, "manifest">,
): Promise<[ModelManifest, ...FileManifest[]]> {
  const manifest = await catalogue.manifest(name);
  if (manifest.kind !== "blend") return [manifest];
  const models: FileManifest[] = [];
  for (const { model } of manifest.models) {
    const one = await catalogue.manifest(model);
    if (one.kind === "blend") {
      throw misfit(manifest, `"${model}", which is a blend itself: name its models`);
    }
    const has = (stem: Stem) => one.stems.includes(stem);
    if (one.stems.length !== manifest.stems.length || !manifest.stems.every(has)) {
      const [own, its] = [manifest.stems, one.stems].map((stems) => stems.join(", "));
      throw misfit(manifest, `"${model}", whose stems are ${its} where its own "stems" are ${own}`);
    }
    if (one.sampleRate !== (models[0] ?? one).sampleRate) {
      throw misfit(manifest, "models of different rates");
    }
    models.push(one);
  }
  return [manifest, ...models];
}

const misfit = ({ name }: BlendManifest, problem: string) =>
  new DannaError("manifest", `Model "${name}" blends ${problem}.`);

/** Another text for whatever gives other stems: weights, settings, models of a blend. */
export function identityOf(manifests: readonly ModelManifest[]): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(manifests)));
}

export interface ModelFiles {
  /** Absolute URL of the folder of the models. */
  readonly folder: string;
  /** URLs of files that lie elsewhere, by name. */
  readonly moved?: Readonly<Record<string, string>>;
}

/** NAME.json and the files beside it on a server; a name may be a manifest's URL, too, or that of an own model. */
export class UrlCatalogue implements ModelCatalogue {
  readonly #files: ModelFiles;
  readonly #signal: AbortSignal | undefined;
  /** Where the files lie that a manifest names. */
  readonly #found = new Map<ModelManifest, (file: string) => URL>();

  constructor(files: ModelFiles, signal?: AbortSignal) {
    this.#files = files;
    this.#signal = signal;
  }

  async manifest(name: string): Promise<ModelManifest> {
    const file = MODEL_NAME.test(name) && !name.endsWith(".json") ? `${name}.json` : name;
    const { folder, moved = {} } = this.#files;
    const shipped = file in moved ? moved : {};
    const url = new URL(shipped[file] ?? file, folder);
    const json = isOwnModel(url) ? await ownManifest(url) : await fetchJson(url, this.#signal);
    const manifest = loadManifest(json);
    this.#found.set(manifest, (file) => new URL(shipped[file] ?? file, url));
    return manifest;
  }

  bytes(manifest: FileManifest): Promise<Uint8Array<ArrayBuffer>> {
    const url = this.#found.get(manifest)?.(manifest.file);
    if (!url) throw new DannaError("input", `Model "${manifest.name}" is not of this catalogue.`);
    if (isOwnModel(url)) return readOwnFile(manifest);
    return fetchModelFile(manifest, url, { signal: this.#signal });
  }
}
