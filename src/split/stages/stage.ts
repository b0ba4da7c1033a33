// What the steps of splitting a recording have in common. Any thread.
import type { Planar } from "../../dsp/planar-queue.ts";

/**
 * A step that takes a signal block by block and gives another, sample for sample: what comes out of
 * all `push` calls and of `finish` is as long as what went in, and not delayed against it.
 */
export interface Stage {
  /** Takes the next block; gives what became known, perhaps nothing (zero samples). */
  push(block: Planar): Promise<Planar>;
  /** Ends the signal: gives the next piece of the rest, at last nothing. The next `push` needs a `reset` first. */
  finish(): Promise<Planar>;
  /** Forgets the signal so far. */
  reset(): void;
}

/** A stage over a recording that may be entered anywhere. Positions in samples of the recording. */
export interface ModelStage extends Stage {
  /** Where the signal has to start at the latest for the output to be right from `position` on. */
  startFor(position: number): number;
  /** Forgets the signal so far; the next one starts at `start`, by default 0. */
  reset(start?: number): void;
}
