// Fetches a song with progress in bytes. Page thread.
import { DannaError } from "../errors.ts";

/**
 * A song's address, read against the page's.
 * @throws DannaError "input" where it is none
 */
export function songUrl(address: string | URL): URL {
  try {
    return new URL(address, document.baseURI);
  } catch (cause) {
    throw new DannaError("input", `${address} is not the address of a song.`, { cause });
  }
}

/** Most bytes and seconds of a song whose length the server does not state: beyond, it is a stream. */
const [MOST_BYTES, MOST_SECONDS] = [2 ** 26, 60];
/** Bytes that are put into a blob while the next come: browsers put large ones on disk. */
const PACKED_BYTES = 2 ** 24;
/** Bytes in a second below which such an address sends no faster than it plays. */
const STREAM_RATE = 2 ** 16;

/**
 * The bytes of a song. `onProgress` is told bytes so far and in all (0 where the server does not
 * say). Other origins get cookies only where `credentials` is "include". Throws a `DannaError` "fetch" that names the URL and what went wrong, and "input" for a stream
 * without an end.
 */
export async function fetchSong(
  url: URL,
  signal: AbortSignal,
  onProgress: (progress: { loaded: number; total: number }) => void,
  credentials: RequestCredentials = "same-origin",
): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const hint =
      url.protocol === "file:"
        ? "a page that was opened from a file may read no other file; open it through a web server."
        : "is it there, and does its server allow this page to read it (CORS)?";
    throw new DannaError("fetch", `${url.href} cannot be read: ${hint}`, { cause });
  }
  if (!response.ok) {
    throw new DannaError(
      "fetch",
      `${url.href} cannot be read: the server says ${response.status}.`,
    );
  }
  // A compressed transfer states its compressed length, which says nothing of the bytes to come.
  const encoded = response.headers.has("Content-Encoding");
  const total = encoded ? 0 : Number(response.headers.get("Content-Length") ?? 0);
  const blobs: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let [loaded, packed] = [0, 0];
  const began = performance.now();
  const isEndless = () => {
    if (encoded || total > 0) return false;
    const seconds = (performance.now() - began) / 1000;
    return loaded > MOST_BYTES || (seconds > MOST_SECONDS && loaded / seconds < STREAM_RATE);
  };
  const reader = response.body?.getReader();
  const read = async () => {
    try {
      return (await reader?.read())?.value;
    } catch (cause) {
      if (signal.aborted) throw cause;
      const hint = "is the network there, and the server?";
      const message = `${url.href} broke off after ${loaded} bytes: ${hint}`;
      throw new DannaError("fetch", message, { cause });
    }
  };
  for (let part = await read(); part; part = await read()) {
    parts.push(part);
    loaded += part.length;
    if (loaded - packed > PACKED_BYTES) {
      blobs.push(new Blob(parts));
      [parts, packed] = [[], loaded];
    }
    onProgress({ loaded, total: Math.max(total, loaded) });
    if (!isEndless()) continue;
    reader?.cancel().catch(() => undefined);
    throw new DannaError(
      "input",
      `${url.href} does not end: the server states no length and has sent ${Math.round(loaded / 1e6)} MB. ` +
        'Play a live stream with an <audio> element, and name that with for="…".',
    );
  }
  return new Blob([...blobs, ...parts]);
}
