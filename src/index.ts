// The library's public face.
export { createStemSeparator } from "./live/create.ts";
export type { AnyAudioContext } from "./util/audio-context.ts";
export { LATENCY_MODES, type LatencyMode } from "./live/latency.ts";
export type { Adapt } from "./live/live-control.ts";
export type {
  AdaptationStep,
  SeparatorEvents,
  SeparatorState,
  SeparatorStats,
  StemSeparator,
  StemSeparatorOptions,
} from "./live/api.ts";
export type { StateTensor, StreamingManifest } from "./model/manifest.ts";
export type { Backend } from "./engine/runtime.ts";
export { DannaError, type DannaErrorCode } from "./errors.ts";
export * from "./sources/index.ts";
export { DEFAULT_STEMS, type Stem } from "./stems.ts";
