// What the surveyor and the page agree on. Any thread.

/** Frames of one turn of the signal, and its level. */
export const PERIOD = 32768;
export const LEVEL = 0.5;

/** What became of the samples since the last survey. */
export interface Survey {
  /** Samples played. */
  frames: number;
  /** Those that are, to the sample, what was heard `lag` samples before. */
  verified: number;
  /** Those that lie between two latencies while one is cross-faded into the other. */
  gliding: number;
  /** Samples of silence where there is none in the input. */
  lost: number;
  /** Times that the output was of another time. */
  jumps: number;
  /** Steps that are larger than the input's by the threshold. */
  clicks: number;
  notNumbers: number;
  /** Times that it was of another level. */
  levelJumps: number;
  largestError: number;
  /** Largest step beyond the input's own. */
  largestStep: number;
  /** Where the samples came from: `frames` samples from `first` on are the input's, `lag` before. */
  runs: { first: number; lag: number; frames: number }[];
}

export type ToSurveyor = { type: "latency"; frames: number } | { type: "take" };
