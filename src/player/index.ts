// The player: headless, for interfaces of one's own. What `danna-sep/player` gives. Page thread.
export { createPlayer, type Player, type PlayerEvents } from "./player.ts";
export type { ActionResult, PlayerAction, SaveOptions, SourceRequest } from "./actions.ts";
export {
  RECORDINGS,
  type BetterStems,
  type Clock,
  type PlayerNodes,
  type PlayerSettings,
  type PlayerState,
  type PlayerStatus,
  type Progress,
  type RecordingKind,
  type SaveProgress,
  type SourceInfo,
  type SourceKind,
  type StaysLive,
  type StemQuality,
} from "./state.ts";
export type { SongAnalysis } from "../analysis/song-analysis.ts";
export type { Key } from "../analysis/key.ts";
export type { Tempo } from "../analysis/tempo.ts";
export type { Span } from "./ahead/regions.ts";
export {
  decibelsToPosition,
  formatDecibels,
  MAX_DECIBELS,
  MIN_DECIBELS,
  parseDecibels,
  positionToDecibels,
  STEP,
  toControlDecibels,
  toDecibels,
  toGain,
} from "./decibels.ts";
export { isLooping, MIN_LOOP, NO_LOOP, setLoopPoint, type Loop } from "./loop.ts";
export {
  changeChannel,
  channelOf,
  createMix,
  effectiveGain,
  effectiveGains,
  isAudible,
  parseMix,
  sameMix,
  type Channel,
  type Mix,
} from "./mix.ts";
export {
  matchingPreset,
  practice,
  practisedStem,
  PRESET_IDS,
  presetMix,
  PRESETS,
  type PresetId,
} from "./mix-presets.ts";
export { OUTLINE_COLUMNS } from "./outline.ts";
export {
  clampKey,
  clampTempo,
  formatKey,
  formatTempo,
  KEY_RANGE,
  TEMPO_RANGE,
} from "./key-tempo-range.ts";

/** @internal What the elements share with the player. */
export { nearestBeat } from "./beats.ts";
/** @internal */
export { detach } from "../util/audio-node.ts";
/** @internal */
export { lazy } from "../util/lazy.ts";
