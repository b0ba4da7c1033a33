// Tries again by itself while a live input is in trouble. Page.
import { nextAttempt, type Attempt, type Trouble } from "./troubles.ts";

export class Supervisor {
  readonly #act: (what: Attempt["do"]) => Promise<void>;
  /** In vain, in a row. */
  #tries = 0;
  #trouble: Trouble | undefined;
  #planned: { kind: Trouble["kind"]; timer: ReturnType<typeof setTimeout> } | undefined;

  /** @param act resolves when its outcome has been told by `follow` */
  constructor(act: (what: Attempt["do"]) => Promise<void>) {
    this.#act = act;
    document.addEventListener("visibilitychange", () => this.#plan());
  }

  /** Takes the present trouble; `listening` without one ends the row. */
  follow(trouble: Trouble | undefined, listening: boolean): void {
    this.#trouble = trouble;
    if (!trouble && listening) this.#tries = 0;
    this.#plan();
  }

  async tryNow(what: Attempt["do"]): Promise<void> {
    this.#tries++;
    await this.#act(what);
    this.#planned = undefined;
    this.#plan();
  }

  #plan(): void {
    const kind = this.#trouble?.kind;
    if (this.#planned && this.#planned.kind !== kind) {
      clearTimeout(this.#planned.timer);
      this.#planned = undefined;
    }
    const next = kind && !this.#planned ? nextAttempt(kind, this.#tries) : undefined;
    if (!kind || !next) return;
    const timer = setTimeout(() => void this.tryNow(next.do), next.wait);
    this.#planned = { kind, timer };
  }
}
