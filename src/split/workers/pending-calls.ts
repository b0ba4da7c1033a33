// Calls to other threads, which can be given up: an answer may never come. Page, worker or Node.

export class PendingCalls {
  /** How to make those under way reject. */
  readonly #pending = new Set<(reason: unknown) => void>();
  #failure: { readonly reason: unknown } | undefined;

  /**
   * The result of a call.
   * @throws DannaError that the other thread met; the reason of `abandon`, `fail` or the signal
   */
  guard<T>(call: Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure) reject(this.#failure.reason as Error);
      const abort = () => reject(signal?.reason as Error);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
      this.#pending.add(reject);
      void call.then(resolve, reject).finally(() => {
        signal?.removeEventListener("abort", abort);
        this.#pending.delete(reject);
      });
    });
  }

  /** Makes the calls under way reject. */
  abandon(reason: unknown): void {
    for (const reject of this.#pending) reject(reason);
  }

  /** Makes these and all later calls reject. The first reason stays. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.abandon(this.#failure.reason);
  }
}
