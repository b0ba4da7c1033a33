// What the steps of splitting a recording have in common. Any thread.
import { STEMS } from "../stems.ts";
import type { Planar } from "./planar-queue.ts";

export const CHANNELS = 2;
/** Channels of all stems: left and right of each, in the order of STEMS. */
export const STEM_CHANNELS = STEMS.length * CHANNELS;

/**
 * A step that takes a signal block by block and gives another, sample for sample: what comes out of
 * all `push` calls and of `finish` is as long as what went in, and not delayed against it.
 */
export interface Stage {
  /** Takes the next block; gives what became known, perhaps nothing (zero samples). */
  push(block: Planar): Promise<Planar>;
  /** Ends the signal: gives the rest. The next `push` needs a `reset` first. */
  finish(): Promise<Planar>;
  /** Forgets the signal so far. */
  reset(): void;
}
