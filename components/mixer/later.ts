// Parts of a mixer that come after its first sound. Page thread.
import { lazy } from "../../src/player/index.ts";

export interface Later<T> {
  (): T | undefined;
  /** The same without a call that begins to load. */
  value?: T;
  /** Resolves when what a call has begun to load is there, or has failed. */
  loaded?: Promise<void>;
}

interface Host {
  /** What went wrong last, until the user has read it. */
  readonly failure: Error | undefined;
  requestUpdate(): void;
  fail(error: Error): void;
}

/**
 * A function that gives what `load` gives once that is there, and before that undefined. Its first
 * call begins to load; the host renders again when that is done, and tells when it failed. Then a call
 * tries again, but not before that has been read: rendering calls, and failures are rendered.
 */
export function later<T>(host: Host, load: () => Promise<T>): Later<T> {
  let loading: Promise<void> | undefined;
  let failed = false;
  const later: Later<T> = () => {
    if (failed && !host.failure) [failed, loading] = [false, undefined];
    later.loaded = loading ??= lazy(load()).then(
      (loaded) => {
        later.value = loaded;
        host.requestUpdate();
      },
      (error: Error) => {
        failed = true;
        host.fail(error);
      },
    );
    return later.value;
  };
  return later;
}
