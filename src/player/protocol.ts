// Messages and constants that the player's processors and the page share. Plain data; any thread.
import type { KeptBlock } from "../dsp/kept-block.ts";

export { LATENCY_FADE_SECONDS, QUANTUM } from "../live/protocol.ts";

export const ELEMENT_FOLLOWER = "danna-element-follower";
export const LIMITER = "danna-limiter";
export const RECORDER = "danna-recorder";
export const SONG_PLAYER = "danna-song-player";
export const STEM_BLEND = "danna-stem-blend";

/** Files of the processors, beside the other built files: of those of every player, and of media elements. */
export const MIXER_WORKLET_FILE = "mixer-worklet.js";
export const ELEMENT_WORKLET_FILE = "element-worklet.js";
/** File of the stretcher's library, beside them: page module and worklet in one. */
export const STRETCH_FILE = "SignalsmithStretch.mjs";

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

/** Output of the song player that gives the bus of stems computed ahead. */
export const BUS_OUTPUT = 1;

/** Channels of the bus: left and right of each stem, then the weight at which they replace the separator's. */
export const busChannels = (stems: number): number => 2 * stems + 1;

/** Samples of a region: about 3 s, what is computed, kept and played as one. The last is shorter. */
export const REGION = 2 ** 17;

/** Samples of the song; `b` behind `a`. */
export interface SampleLoop {
  readonly a: number;
  readonly b: number;
}

/** `processorOptions` of the song player. */
export interface SongPlayerSettings {
  /** Samples of the song, which come as "blocks". */
  readonly length: number;
  /** Stems on the bus. */
  readonly stems: number;
  /** Frames from the mixture to the bus. */
  readonly latency: number;
  /** The most that it will be set to. */
  readonly longestLatency: number;
  /** In which the stems on the bus replace the separator's; 1 where there is none, and nothing sounds without them. */
  readonly blendFrames: number;
}

export type HandedBlock = readonly [region: number, block: KeptBlock | undefined];

/** `id` of a "play" comes back in the reports on it. Positions and regions in samples. */
export type SongPlayerCommand =
  | {
      readonly do: "play";
      readonly id: number;
      readonly position: number;
      readonly loop: SampleLoop | undefined;
      /** Of the context: from rest it does not begin before; 0 is at once. */
      readonly frame: number;
    }
  | { readonly do: "loop"; readonly loop: SampleLoop | undefined }
  | { readonly do: "latency"; readonly latency: number }
  | { readonly do: "blend"; readonly on: boolean }
  /** Samples of regions; undefined: they are not needed any more. */
  | { readonly do: "blocks"; readonly blocks: readonly HandedBlock[] }
  | { readonly do: "region"; readonly region: number; readonly stems: ArrayBuffer | undefined }
  | { readonly do: "stop" | "close" };

export type SongPlayerReport =
  /** The command has come. */
  | { readonly type: "heard"; readonly id: number }
  /** `position` sounds at the context's frame `frame`. */
  | {
      readonly type: "started";
      readonly id: number;
      readonly position: number;
      readonly frame: number;
    }
  | { readonly type: "ended"; readonly id: number }
  | { readonly type: "region"; readonly region: number };

/** `processorOptions` of the element follower. */
export interface ElementFollowerSettings {
  /** Samples of the song, which come as "blocks". */
  readonly length: number;
  /** Stems on the bus. */
  readonly stems: number;
  /** Frames from the element's sound to the bus, and the most that it will be set to. */
  readonly latency: number;
  readonly longestLatency: number;
}

/** Left and right of the element's sound. */
export type Captured = readonly [left: Float32Array<ArrayBuffer>, right: Float32Array<ArrayBuffer>];

export type ElementFollowerCommand =
  /** Fills `into` with what comes from now on. */
  | { readonly do: "capture"; readonly into: Captured }
  /** Frame n of the element's sound is sample n − `offset` of the song, times `gain`; that is checked from now on. */
  | { readonly do: "align"; readonly offset: number; readonly gain: number }
  /** Nothing is known of the element's sound any more. */
  | { readonly do: "part" }
  | { readonly do: "latency"; readonly latency: number }
  | { readonly do: "blend"; readonly on: boolean }
  | { readonly do: "blocks"; readonly blocks: readonly HandedBlock[] }
  | { readonly do: "region"; readonly region: number; readonly stems: ArrayBuffer | undefined }
  /** Fades out and ends. */
  | { readonly do: "close" };

export type ElementFollowerReport =
  /** `from`: frame of the first sample. */
  | { readonly type: "captured"; readonly samples: Captured; readonly from: number }
  /** The sound is the song's at the offset; or it is that no more, and the offset is forgotten. */
  | { readonly type: "aligned" | "parted" }
  | { readonly type: "region"; readonly region: number }
  | { readonly type: "closed" };
