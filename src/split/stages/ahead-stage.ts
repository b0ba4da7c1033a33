// Lets a stage on another thread work while the next blocks are made ready. Page, worker or Node.
import { joined, type Planar } from "../../dsp/planar-queue.ts";
import type { Stage } from "./stage.ts";

/**
 * Samples that may be with the stage while `push` returns: about a segment's stride, so that neither a
 * model of whole segments beside it nor the steps after it keep it waiting.
 */
const AHEAD = 2 ** 19;

/** A block that is with the stage. */
interface Pending {
  readonly samples: number;
  readonly stems: Promise<Planar>;
}

/** Gives what the stage answers to earlier blocks. */
export class AheadStage implements Stage {
  readonly #stage: Stage;
  readonly #planes: number;
  #pending: Pending[] = [];
  /** Samples of all pending blocks. */
  #ahead = 0;

  /** @param planes that the stage gives */
  constructor(stage: Stage, planes: number) {
    this.#stage = stage;
    this.#planes = planes;
  }

  async push(block: Planar): Promise<Planar> {
    this.#add(block[0].length, this.#stage.push(block));
    const outputs: Planar[] = [];
    while (this.#ahead > AHEAD) outputs.push(await this.#oldest());
    return joined(outputs, this.#planes);
  }

  async finish(): Promise<Planar> {
    this.#add(0, this.#stage.finish());
    const outputs: Planar[] = [];
    while (this.#pending.length > 0) outputs.push(await this.#oldest());
    return joined(outputs, this.#planes);
  }

  #add(samples: number, stems: Promise<Planar>): void {
    // A failure is thrown where the block is awaited, unless the signal is given up before.
    void stems.catch(() => undefined);
    this.#pending.push({ samples, stems });
    this.#ahead += samples;
  }

  async #oldest(): Promise<Planar> {
    const [{ samples, stems }] = this.#pending;
    const planes = await stems;
    this.#pending.shift();
    this.#ahead -= samples;
    return planes;
  }

  reset(): void {
    this.#pending = [];
    this.#ahead = 0;
    this.#stage.reset();
  }
}
