// The library's public face.
export { createStemSeparator, type StemSeparatorOptions } from "./separator/create.ts";
export type { AnyAudioContext } from "./separator/context.ts";
export { PRESETS, type Preset } from "./separator/latency.ts";
export type { Adapt } from "./separator/live-control.ts";
export type {
  AdaptationStep,
  SeparatorEvents,
  SeparatorState,
  SeparatorStats,
  StemSeparator,
} from "./separator/separator.ts";
export type { ModelManifest, StateTensor } from "./engine/manifest.ts";
export type { Backend } from "./engine/runtime.ts";
export { DannaError, type DannaErrorCode } from "./errors.ts";
export * from "./sources/index.ts";
export { STEMS, type Stem } from "./stems.ts";
