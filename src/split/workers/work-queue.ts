// Lets the models of a thread work one after the other, with rests between. Page, worker or Node.
import { pause } from "../../util/async.ts";

export class WorkQueue {
  readonly #load: number;
  #free: Promise<unknown> = Promise.resolve();

  /** @param load share of the time that is worked, above 0 up to 1; the rest is rested */
  constructor(load = 1) {
    this.#load = load;
  }

  /** Runs `work` when all before it has ended, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    let time = 0;
    const result = this.#free.then(async () => {
      const started = performance.now();
      try {
        return await work();
      } finally {
        time = performance.now() - started;
      }
    });
    const rest = () => (this.#load < 1 ? pause(time * (1 / this.#load - 1)) : undefined);
    this.#free = result.then(rest, rest);
    return result;
  }
}
