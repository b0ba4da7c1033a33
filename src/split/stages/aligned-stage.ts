// Lets a stage that works in hops enter a recording anywhere. Page, worker or Node.
import { joined, type Planar } from "../../dsp/planar-queue.ts";
import type { ModelStage, Stage } from "./stage.ts";

export interface Alignment {
  /** Samples between the positions at which the stage may begin. */
  grid: number;
  /** Samples that the stage must have heard for its output to be right. */
  warmUp: number;
  /** Planes that the stage gives. */
  planes: number;
}

/** Begins at the next position on the grid; silence stands for the stems of the samples before. */
export class AlignedStage implements ModelStage {
  readonly #stage: Stage;
  readonly #alignment: Alignment;
  #before = 0;

  constructor(stage: Stage, alignment: Alignment) {
    this.#stage = stage;
    this.#alignment = alignment;
  }

  startFor(position: number): number {
    const { grid, warmUp } = this.#alignment;
    return Math.max(0, Math.floor((position - warmUp) / grid) * grid);
  }

  async push(block: Planar): Promise<Planar> {
    const silent = Math.min(this.#before, block[0].length);
    if (silent === 0) return this.#stage.push(block);
    this.#before -= silent;
    const { planes } = this.#alignment;
    const silence = Array.from({ length: planes }, () => new Float32Array(silent));
    if (silent === block[0].length) return silence;
    const stems = await this.#stage.push(block.map((plane) => plane.subarray(silent)));
    return joined([silence, stems], planes);
  }

  finish(): Promise<Planar> {
    return this.#stage.finish();
  }

  reset(start = 0): void {
    const { grid } = this.#alignment;
    this.#before = Math.ceil(start / grid) * grid - start;
    this.#stage.reset();
  }
}
