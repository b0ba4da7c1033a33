// Lets a stage on another thread work while the next blocks are made ready. Page, worker or Node.
import { joined, type Planar } from "../../dsp/planar-queue.ts";
import type { Stage } from "./stage.ts";

/**
 * Blocks that may be with the stage while `push` returns: about a segment's stride, so that neither a
 * model of whole segments beside it nor the steps after it keep it waiting.
 */
const AHEAD = 16;

/** Gives what the stage answers to earlier blocks. */
export class AheadStage implements Stage {
  readonly #stage: Stage;
  readonly #planes: number;
  #pending: Promise<Planar>[] = [];

  /** @param planes that the stage gives */
  constructor(stage: Stage, planes: number) {
    this.#stage = stage;
    this.#planes = planes;
  }

  async push(block: Planar): Promise<Planar> {
    this.#add(this.#stage.push(block));
    const outputs: Planar[] = [];
    while (this.#pending.length > AHEAD) outputs.push(await this.#oldest());
    return joined(outputs, this.#planes);
  }

  async finish(): Promise<Planar> {
    this.#add(this.#stage.finish());
    const outputs: Planar[] = [];
    while (this.#pending.length > 0) outputs.push(await this.#oldest());
    return joined(outputs, this.#planes);
  }

  #add(stems: Promise<Planar>): void {
    // A failure is thrown where the block is awaited, unless the signal is given up before.
    void stems.catch(() => undefined);
    this.#pending.push(stems);
  }

  async #oldest(): Promise<Planar> {
    const stems = await this.#pending[0];
    void this.#pending.shift();
    return stems;
  }

  reset(): void {
    this.#pending = [];
    this.#stage.reset();
  }
}
