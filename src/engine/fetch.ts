// Fetches a model, manifest first, within the manifest's size. Page, worker or Node 20.
import { DannaError } from "../errors.ts";
import { loadManifest, type ModelManifest } from "./manifest.ts";

/** A manifest is a page of text; anything far larger is something else. */
const MANIFEST_BYTES = 2 ** 20;

export interface FetchModelOptions {
  signal?: AbortSignal;
  /** Called with bytes of the ONNX file, at 0 and after every chunk. */
  onProgress?: (progress: { loaded: number; total: number }) => void;
}

/**
 * Downloads NAME.json and the ONNX file that it names, beside it. The bytes are as many as the
 * manifest says; `loadModel` checks what they are.
 * @throws DannaError "fetch" when a file cannot be had, "manifest" when the manifest is wrong,
 *   "model" when the file is shorter or longer than stated; the signal's reason when aborted
 */
export async function fetchModel(
  url: string | URL,
  { signal, onProgress }: FetchModelOptions = {},
): Promise<{ manifest: ModelManifest; bytes: Uint8Array<ArrayBuffer> }> {
  const manifest = loadManifest(
    parse(await download(url, MANIFEST_BYTES, "manifest", { signal }), url),
  );
  const file = new URL(manifest.file, new URL(url, globalThis.location?.href));
  const bytes = await download(file, manifest.bytes, "model", { signal, onProgress });
  if (bytes.length !== manifest.bytes) {
    throw new DannaError(
      "model",
      `${file} ended after ${bytes.length} of the ${manifest.bytes} bytes its manifest states; ` +
        "the download was cut off, or file and manifest are of different versions.",
    );
  }
  return { manifest, bytes };
}

function parse(bytes: Uint8Array, url: string | URL): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DannaError("manifest", `${url} is not a model manifest: it is not JSON.`, { cause });
  }
}

/** The body of `url`, refused with `code` as soon as it is longer than `most` bytes. */
async function download(
  url: string | URL,
  most: number,
  code: "manifest" | "model",
  { signal, onProgress }: FetchModelOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const problem = (reason: string, cause?: unknown) =>
    new DannaError("fetch", `${url} could not be fetched: ${reason}.`, { cause });
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw problem(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!response.ok || !response.body) throw problem(`status ${response.status}`);

  const bytes = new Uint8Array(most);
  const reader = response.body.getReader();
  let loaded = 0;
  onProgress?.({ loaded, total: most });
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw problem("the connection broke", cause);
    });
    if (done) return bytes.subarray(0, loaded);
    if (loaded + value.length > most) {
      await reader.cancel();
      throw new DannaError(code, `${url} is longer than the ${most} bytes that it may be.`);
    }
    bytes.set(value, loaded);
    loaded += value.length;
    onProgress?.({ loaded, total: most });
  }
}
