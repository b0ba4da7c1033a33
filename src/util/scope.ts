// What is to be undone when something ends, collected while it is done. Any thread.

/** Collects functions that undo, and calls each once, in the order in which they came. */
export class Scope {
  #undo: (() => void)[] = [];

  add(...undo: (() => void)[]): void {
    this.#undo.push(...undo);
  }

  /** Listens until the scope ends. */
  listen(target: EventTarget, type: string, listener: (event: Event) => void): void {
    target.addEventListener(type, listener);
    this.add(() => target.removeEventListener(type, listener));
  }

  /** Undoes all. The scope can be used again. */
  end(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }
}
