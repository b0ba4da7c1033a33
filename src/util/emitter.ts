// A small typed event emitter. Any thread.

/** Listeners by event type. `Events` maps a type to the payload its listeners receive. */
export class Emitter<Events extends object> {
  #listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  /**
   * Calls `listener` at every `type` event until the returned function is called. Adding the same
   * function twice for a type adds it once.
   */
  on<T extends keyof Events>(type: T, listener: (payload: Events[T]) => void): () => void {
    let set = this.#listeners.get(type);
    if (set === undefined) this.#listeners.set(type, (set = new Set()));
    const added = set;
    added.add(listener);
    return () => void added.delete(listener);
  }

  /**
   * Calls the listeners of `type` in the order they were added. A listener that throws keeps no
   * other from being called: its error is reported asynchronously, as an event target would.
   */
  emit<T extends keyof Events>(type: T, payload: Events[T]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        (listener as (payload: Events[T]) => void)(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Removes every listener. */
  clear(): void {
    this.#listeners.clear();
  }
}
