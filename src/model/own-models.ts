// Models of the user's own: read from files, kept in this browser by the cache of models, used by an address that
// exists nowhere else. Page or worker.
import { DannaError } from "../errors.ts";
import { sha256 } from "../util/sha256.ts";
import { CACHE, ModelCache, ROOT } from "./cache.ts";
import { checkGraphFile } from "./check-onnx.ts";
import { expectedTime } from "./expected-time.ts";
import { KNOWN_MODELS } from "./known-models.ts";
import { loadManifest, type FileManifest } from "./manifest.ts";

/** No model's name has a colon. */
const OWN = `${ROOT}:own/`;

/** A model that is kept. */
export interface OwnModel {
  readonly name: string;
  /** Names it wherever a model's address is asked for, in this browser. */
  readonly address: string;
  readonly licence: string;
  readonly bytes: number;
}

/** A model that was read from files, and is not kept yet. */
export interface OfferedModel {
  readonly manifest: FileManifest;
  /** What its user agrees to by keeping it. */
  readonly terms: string;
  /** Seconds of this device's processor that it will take for a second of sound, within a factor of two or so. */
  readonly expectedTime: number;
  /**
   * Keeps it until it is forgotten; one of the same name is replaced.
   * @throws DannaError "storage" where there is no room
   */
  keep(): Promise<OwnModel>;
}

export const isOwnModel = (url: URL): boolean => url.href.startsWith(OWN);

const addressOf = (name: string): string => `${OWN}${name}.json`;

const unusable = (name: string, reason: string, cause?: unknown) =>
  new DannaError("input", `${name} cannot be used as a model: ${reason}.`, { cause });

/**
 * Reads a model: an .onnx file with its manifest (.json), or the file of a model that is known.
 * @throws DannaError "input" that names the file, cause and cure; "manifest"; "model"
 */
export async function readModel(files: readonly File[]): Promise<OfferedModel> {
  const graph = files.find(({ name }) => /\.onnx$/i.test(name));
  const json = files.find(({ name }) => /\.json$/i.test(name));
  if (!graph) {
    throw unusable(files[0]?.name ?? "Nothing", "choose an .onnx file, and its .json with it");
  }
  const bytes = new Uint8Array(await graph.arrayBuffer());
  const hash = await sha256(bytes);
  const known = KNOWN_MODELS.find(({ entry }) => entry.sha256 === hash);
  if (!known && !json) {
    throw unusable(graph.name, "it is none that is known; choose its manifest (.json) with it");
  }
  const entry = known ? known.entry : parsed(json!.name, await json!.text());
  const manifest = loadManifest(entry);
  if (manifest.kind === "blend") {
    throw unusable(json!.name, "a blend has no file of its own; choose one of its models");
  }
  if (manifest.sha256 !== hash) {
    throw unusable(graph.name, `its SHA-256 is not the one that ${json!.name} states`);
  }
  checkGraphFile(manifest.name, bytes);
  const terms = known?.terms.replaceAll("\n", " ") ?? manifest.licence;
  return {
    manifest,
    terms,
    expectedTime: await expectedTime(manifest),
    keep: () => keep(manifest, entry, bytes),
  };
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(name, "it is not JSON", cause);
  }
}

async function keep(
  manifest: FileManifest,
  entry: unknown,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<OwnModel> {
  const cache = await ModelCache.open(manifest);
  cache.write(bytes, 0, bytes.length);
  await cache.finish();
  try {
    await readOwnFile(manifest);
    const manifests = await caches.open(CACHE);
    await manifests.put(addressOf(manifest.name), new Response(JSON.stringify(entry)));
  } catch (cause) {
    await cache.clear();
    const size = Math.ceil(bytes.length / 1e6);
    throw new DannaError(
      "storage",
      `Model "${manifest.name}" (${size} MB) is not kept: this browser's storage is full, or denied to this page.`,
      { cause },
    );
  }
  return described(manifest);
}

const described = ({ name, licence, bytes }: FileManifest): OwnModel => ({
  name,
  address: addressOf(name),
  licence,
  bytes,
});

/** What `keep` has kept in this browser; none where it keeps nothing. */
export async function keptModels(): Promise<readonly OwnModel[]> {
  try {
    const manifests = await caches.open(CACHE);
    const kept = (await manifests.keys()).filter(({ url }) => isOwnModel(new URL(url)));
    const entries = kept.map(async (key) => (await manifests.match(key))?.json() as unknown);
    return (await Promise.all(entries)).flatMap((entry) => {
      const manifest = loadManifest(entry);
      return manifest.kind === "blend" ? [] : [described(manifest)];
    });
  } catch {
    // Private windows, and what others have put there.
    return [];
  }
}

/** Frees what a model of this name takes. */
export async function forgetModel(name: string): Promise<void> {
  const manifests = await caches.open(CACHE);
  const entry = (await (await manifests.match(addressOf(name)))?.json()) as unknown;
  await manifests.delete(addressOf(name));
  const manifest = entry === undefined ? undefined : loadManifest(entry);
  if (manifest && manifest.kind !== "blend") await (await ModelCache.open(manifest)).clear();
}

const gone = (name: string) =>
  new DannaError("storage", `Model "${name}" is no longer kept in this browser: add it again.`);

/**
 * The parsed manifest at an own model's address.
 * @throws DannaError "storage"
 */
export async function ownManifest(url: URL): Promise<unknown> {
  const kept = await globalThis.caches?.open(CACHE).then((cache) => cache.match(url));
  if (!kept) throw gone(decodeURIComponent(url.href.slice(OWN.length)).replace(/\.json$/, ""));
  return kept.json();
}

/**
 * The file of an own model, which `loadModel` checks.
 * @throws DannaError "storage"
 */
export async function readOwnFile(manifest: FileManifest): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(manifest.bytes);
  const read = await (await ModelCache.open(manifest)).read(bytes);
  if (read < bytes.length) throw gone(manifest.name);
  return bytes;
}
