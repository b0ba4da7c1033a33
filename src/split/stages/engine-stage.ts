// A model with state that runs forward in time: the live engine, many frames a run.
// Page, worker or Node.
import type { Engine } from "../../engine/engine.ts";
import { CHANNELS, joined, PlanarQueue, type Planar } from "../../dsp/planar-queue.ts";
import type { Stage } from "./stage.ts";

/** Frames per run: enough to spread the cost of a run, few enough to keep masks in the cache. */
export const FRAMES_PER_RUN = 32;

/** Runs whole hops through the engine; the stems' planes. */
export async function separateHops(engine: Engine, input: Planar): Promise<Float32Array[]> {
  const [{ length }] = input;
  const stems = engine.stems.map(() => input.map(() => new Float32Array(length)));
  await engine.process(input, stems);
  return stems.flat();
}

/** Mixture to stems with the samples of the live path, its delay taken off. */
export class EngineStage implements Stage {
  readonly #engine: Engine;
  readonly #waiting = new PlanarQueue(CHANNELS);
  readonly #planes: number;
  /** Output samples that come before the start of the signal. */
  #skip: number;
  /** Input samples whose output has not come out. */
  #owed = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#planes = engine.stems.length * CHANNELS;
    this.#skip = engine.delay;
  }

  async push(block: Planar): Promise<Planar> {
    this.#waiting.push(block);
    this.#owed += block[0].length;
    return this.#run();
  }

  async finish(): Promise<Planar> {
    if (this.#owed === 0) return joined([], this.#planes);
    const { hop } = this.#engine;
    const hops = Math.ceil((this.#owed + this.#skip) / hop);
    this.#waiting.pushZeros(hops * hop - this.#waiting.length);
    return this.#run(true);
  }

  async #run(all = false): Promise<Planar> {
    const { hop } = this.#engine;
    const outputs: Planar[] = [];
    for (;;) {
      const frames = Math.min(FRAMES_PER_RUN, Math.floor(this.#waiting.length / hop));
      if (frames === 0 || (frames < FRAMES_PER_RUN && !all)) break;
      const stems = await separateHops(this.#engine, this.#waiting.take(frames * hop));
      const from = Math.min(this.#skip, frames * hop);
      const to = Math.min(frames * hop, from + this.#owed);
      this.#skip -= from;
      this.#owed -= to - from;
      outputs.push(stems.map((plane) => plane.subarray(from, to)));
    }
    return joined(outputs, this.#planes);
  }

  reset(): void {
    this.#engine.reset();
    this.#waiting.clear();
    this.#skip = this.#engine.delay;
    this.#owed = 0;
  }
}
