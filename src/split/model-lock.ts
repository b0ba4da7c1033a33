// Keeps two splits from using one model at a time. Page, worker or Node.
import { DannaError } from "../errors.ts";
import type { StagedModel } from "./split-model.ts";

const runs = new WeakMap<StagedModel, ModelLock>();

/** A model's use for one recording, from `begin` to `end`. */
export class ModelLock {
  readonly #model: StagedModel;
  readonly #signal: AbortSignal | undefined;
  #work: Promise<unknown> = Promise.resolve();
  readonly #abandon = () => this.#model.abandon(this.#signal?.reason);

  private constructor(model: StagedModel, signal: AbortSignal | undefined) {
    this.#model = model;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abandon);
  }

  /**
   * Waits until an aborted run before has let go of the model.
   * @throws DannaError "input" when one that is not aborted uses it
   */
  static async begin(model: StagedModel, signal: AbortSignal | undefined): Promise<ModelLock> {
    for (;;) {
      const before = runs.get(model);
      if (!before) break;
      if (!before.#signal?.aborted) {
        throw new DannaError(
          "input",
          `The model "${model.manifest.name}" is splitting another recording. End or abort that first, ` +
            "or load the model again.",
        );
      }
      await before.#work.catch(() => undefined);
      if (runs.get(model) === before) runs.delete(model);
    }
    const run = new ModelLock(model, signal);
    runs.set(model, run);
    return run;
  }

  /**
   * Does a step of the run; one at a time.
   * @throws the signal's reason when aborted
   */
  async step<T>(work: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    const result = work();
    this.#work = result;
    try {
      return await result;
    } finally {
      this.#signal?.throwIfAborted();
    }
  }

  end(): void {
    this.#signal?.removeEventListener("abort", this.#abandon);
    if (runs.get(this.#model) === this) runs.delete(this.#model);
  }
}
