// Lets a stage on another thread work while the next blocks are made ready. Page, worker or Node.
import { joined, type Planar } from "../../dsp/planar-queue.ts";
import type { Stage } from "./stage.ts";

/**
 * Samples that may be with the stage while `push` returns: more than a segment's stride, so that a model of whole
 * segments beside it gets its next one while the stage's thread is busy with the last.
 */
const AHEAD = 2 ** 19;

/** A block that is with the stage. */
interface Pending {
  readonly samples: number;
  readonly stems: Promise<Planar>;
  /** Whether the stems are here. */
  done: boolean;
}

/** Gives what the stage has answered to earlier blocks; waits only where too many are with it. */
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
    while (this.#ahead > AHEAD || this.#pending.at(0)?.done) outputs.push(await this.#oldest());
    return joined(outputs, this.#planes);
  }

  async finish(): Promise<Planar> {
    this.#add(0, this.#stage.finish());
    const outputs: Planar[] = [];
    while (this.#pending.length > 0) outputs.push(await this.#oldest());
    return joined(outputs, this.#planes);
  }

  #add(samples: number, stems: Promise<Planar>): void {
    const block: Pending = { samples, stems, done: false };
    const mark = () => void (block.done = true);
    // A failure is thrown where the block is awaited, unless the signal is given up before.
    void stems.then(mark, mark);
    this.#pending.push(block);
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
