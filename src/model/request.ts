// A request for a file, and the error that says why it failed. Page, worker or Node 20.
import { DannaError } from "../errors.ts";

/** The error of a file that does not come. */
export const problem = (url: string | URL, reason: string, cause?: unknown) =>
  new DannaError("fetch", `${url} could not be fetched: ${reason}.`, { cause });

/** @throws DannaError "fetch" when there is no answer; the signal's reason when aborted */
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
