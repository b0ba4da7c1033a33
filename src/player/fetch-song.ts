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

/**
 * The bytes of a song. `onProgress` is told bytes so far and in all (0 where the server does not
 * say). Throws a `DannaError` "fetch" that names the URL and what went wrong.
 */
export async function fetchSong(
  url: URL,
  signal: AbortSignal,
  onProgress: (progress: { loaded: number; total: number }) => void,
): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const hint = "is it there, and does its server allow this page to read it (CORS)?";
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
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
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
    onProgress({ loaded, total: Math.max(total, loaded) });
  }
  return new Blob(parts).arrayBuffer();
}
