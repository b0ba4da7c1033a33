// What all decoders give. Any thread.
import type { Speaker } from "../dsp/downmix.ts";

/** A stretch of decoded sound, in the file's own channels. */
export interface DecodedBlock {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
  /** Where the channels stand, where the file says it. */
  readonly speakers: readonly Speaker[] | undefined;
}
