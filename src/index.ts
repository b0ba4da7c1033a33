// The library's public face.
export { createStemSeparator, type StemSeparatorOptions } from "./live/create.ts";
export type { AnyAudioContext } from "./util/audio-context.ts";
export { LATENCY_MODES, type LatencyMode } from "./live/latency.ts";
export type { Adapt } from "./live/live-control.ts";
export type {
  AdaptationStep,
  SeparatorEvents,
  SeparatorState,
  SeparatorStats,
  StemSeparator,
} from "./live/separator.ts";
export type { ModelManifest, StateTensor } from "./model/engine-manifest.ts";
export type { Backend } from "./engine/runtime.ts";
export { DannaError, type DannaErrorCode } from "./errors.ts";
export * from "./sources/index.ts";
export { STEMS, type Stem } from "./stems.ts";
