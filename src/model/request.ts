// A request for a file, and the error that says why it failed. Page, worker or Node 20.
import { DannaError } from "../errors.ts";

export const problem = (url: string | URL, reason: string, cause?: unknown) =>
  new DannaError("fetch", `${url} could not be fetched: ${reason}.`, { cause });

export async function request(
  url: string | URL,
  signal: AbortSignal | undefined,
  headers: HeadersInit = {},
): Promise<Response> {
  try {
    return await fetch(url, { signal, headers });
  } catch (cause) {
    signal?.throwIfAborted();
    throw problem(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
