// What the mixer's processors and the page say to each other. Any thread.

export const LIMITER = "danna-limiter";
export const RECORDER = "danna-recorder";

/** File of the processors, beside the other built files. */
export const MIXER_WORKLET_FILE = "mixer-worklet.js";

export const LIMITER_REPORT_SECONDS = 0.1;

/** Lowest gain of the last `LIMITER_REPORT_SECONDS`; 1 when the limiter rests again. */
export interface LimiterReport {
  readonly gain: number;
}

/** Frames a recorder posts at once; a multiple of the render quantum. */
export const RECORDER_BLOCK = 8192;

/** `samples`: [input][left, right][RECORDER_BLOCK], of which the first `frames` of each count. */
export interface RecorderBlock {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly frames: number;
  readonly last: boolean;
}

export type RecorderCommand =
  | { readonly do: "start" | "stop" | "close" }
  | { readonly do: "return"; readonly samples: Float32Array<ArrayBuffer> };
