// Fetches a model, manifest first, within the manifest's size; from the browser's cache where it is
// there, and going on where a broken download ended. Page, worker or Node 20.
import { DannaError } from "../errors.ts";
import { ModelCache } from "./cache.ts";
import { problem, request } from "./request.ts";
import { joinPlanes, PACKED } from "./planes.ts";
import { loadStreamingManifest, type ModelFile, type StreamingManifest } from "./manifest.ts";
import { sha256 } from "../util/sha256.ts";
import { pause } from "../util/async.ts";
import { lazy } from "../util/lazy.ts";

/** A manifest is a page of text; anything far larger is something else. */
const MANIFEST_BYTES = 2 ** 20;
/** Pauses in ms before a broken download goes on; after the last it is given up. */
const RETRIES = [100, 400, 1600];
/** Bytes after which a connection that broke again counts as having worked. */
const PROGRESS = 2 ** 20;

export interface FetchModelOptions {
  /** URL of the ONNX file, where it does not lie beside the manifest. */
  fileUrl?: string | URL | undefined;
  signal?: AbortSignal;
  /** Called before the ONNX file is asked for. */
  onManifest?: (manifest: StreamingManifest) => void;
  /** Called with bytes of the ONNX file that are there, at the start and after every chunk. */
  onProgress?: (progress: { loaded: number; total: number }) => void;
}

type Bytes = Uint8Array<ArrayBuffer>;
type DownloadOptions = Pick<FetchModelOptions, "signal" | "onProgress">;

/**
 * Downloads NAME.json of a model that runs live and the ONNX file that it names, beside it, unless that is kept from before.
 * The bytes are as many as the manifest says; `loadModel` checks what they are.
 * @throws DannaError "fetch" when a file cannot be had, "manifest" when the manifest is wrong,
 *   "model" when the file is shorter or longer than stated; the signal's reason when aborted
 */
export async function fetchModel(
  url: string | URL,
  { fileUrl, onManifest, ...options }: FetchModelOptions = {},
): Promise<{ manifest: StreamingManifest; bytes: Bytes }> {
  const manifest = loadStreamingManifest(await fetchJson(url, options.signal));
  onManifest?.(manifest);
  const file = fileUrl ?? new URL(manifest.file, new URL(url, globalThis.location?.href));
  return { manifest, bytes: await fetchModelFile(manifest, file, options) };
}

/** Downloads the file at `url` that a manifest describes, unless it is kept from before. */
export async function fetchModelFile(
  manifest: ModelFile,
  url: string | URL,
  options: DownloadOptions = {},
): Promise<Bytes> {
  const bytes = allocate(manifest);
  const cache = await ModelCache.open(manifest);
  const kept = await cache.read(bytes);
  if (kept === bytes.length && (await sha256(bytes)) === manifest.sha256) {
    options.onProgress?.({ loaded: kept, total: kept });
    return bytes;
  }
  const start = kept === bytes.length ? 0 : kept;
  await download(url, bytes, start, cache, manifest.file.endsWith(PACKED), options);
  if ((await sha256(bytes)) !== manifest.sha256) {
    await cache.clear();
    // What was kept may have been of another file; what just came as a whole is what there is.
    if (start > 0) return fetchModelFile(manifest, url, options);
  } else {
    await cache.finish();
  }
  return bytes;
}

function allocate({ name, bytes }: ModelFile): Bytes {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const message = `Model "${name}" needs ${bytes} bytes of memory, which are not to be had.`;
    throw new DannaError("model", message, { cause });
  }
}

/** Downloads a manifest, unchecked. */
export async function fetchJson(
  url: string | URL,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const response = await request(url, signal);
  if (!response.ok) throw problem(url, `status ${response.status}`);
  const bytes = new Uint8Array(MANIFEST_BYTES);
  let loaded = 0;
  for await (const chunk of chunksOf(url, response, signal)) {
    place(url, chunk, bytes, loaded, "manifest");
    loaded += chunk.length;
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, loaded));
    return JSON.parse(text);
  } catch (cause) {
    throw new DannaError("manifest", `${url} is not a model manifest: it is not JSON.`, { cause });
  }
}

/** Downloads the rest of a file, from byte `start`; all of one that is packed. */
async function download(
  url: string | URL,
  bytes: Bytes,
  start: number,
  cache: ModelCache,
  inPlanes: boolean,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  const packed = new URL(url, globalThis.location?.href).pathname.endsWith(".gz");
  let loaded = packed ? 0 : start;
  const file = body(url, packed ? 0 : start, signal);
  const chunks = packed ? (await lazy(import("./unpack.ts"))).unpacked(url, file) : file;
  onProgress?.({ loaded, total: bytes.length });
  for await (const chunk of chunks) {
    place(url, chunk, bytes, loaded, "model");
    if (!inPlanes) cache.write(bytes, loaded, loaded + chunk.length);
    loaded += chunk.length;
    onProgress?.({ loaded, total: bytes.length });
  }
  if (loaded === bytes.length) {
    if (!inPlanes) return;
    bytes.set(joinPlanes(bytes));
    return cache.write(bytes, 0, loaded);
  }
  throw new DannaError(
    "model",
    `${url} ended after ${loaded} of the ${bytes.length} bytes its manifest states; ` +
      "the download was cut off, or file and manifest are of different versions.",
  );
}

/** A file from byte `start` on, going on where the connection breaks. */
async function* body(
  url: string | URL,
  start: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let received = start;
  for (let attempt = 0; ; attempt++) {
    const headers: HeadersInit = received > 0 ? { Range: `bytes=${received}-` } : {};
    const response = await request(url, signal, headers);
    if (!response.ok) throw problem(url, `status ${response.status}`);
    const before = received;
    // A server without ranges sends all of it again.
    let skipped = response.status === 206 ? 0 : received;
    try {
      for await (const chunk of chunksOf(url, response, signal)) {
        const fresh = chunk.subarray(Math.min(skipped, chunk.length));
        skipped -= chunk.length - fresh.length;
        received += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
      return;
    } catch (error) {
      if (!(error instanceof Broken) || attempt >= RETRIES.length) throw error;
    }
    if (received > before + PROGRESS) attempt = -1;
    await pause(RETRIES[Math.max(attempt, 0)], signal);
  }
}

/** A connection that ended before its file did. */
class Broken extends DannaError {}

async function* chunksOf(
  url: string | URL,
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (!reader) throw problem(url, "the answer is empty");
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new Broken("fetch", `${url} could not be fetched: the connection broke.`, { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** @throws DannaError of `code` when there is no room for the chunk */
function place(
  url: string | URL,
  chunk: Uint8Array,
  bytes: Bytes,
  at: number,
  code: "manifest" | "model",
): void {
  if (at + chunk.length > bytes.length) {
    throw new DannaError(code, `${url} is longer than the ${bytes.length} bytes that it may be.`);
  }
  bytes.set(chunk, at);
}
