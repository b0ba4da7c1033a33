// Parts of a mixer that come after its first sound. Page thread.
import { part } from "../../src/part.ts";

interface Host {
  requestUpdate(): void;
  fail(error: Error): void;
}

/**
 * A function that gives what `load` gives once that is there, and before that undefined. Its first
 * call begins to load; the host renders again when that is done, and tells when it failed.
 */
export function later<T>(host: Host, load: () => Promise<T>): () => T | undefined {
  let value: T | undefined;
  let loading: Promise<void> | undefined;
  return () => {
    loading ??= part(load()).then(
      (loaded) => {
        value = loaded;
        host.requestUpdate();
      },
      (error: Error) => host.fail(error),
    );
    return value;
  };
}
