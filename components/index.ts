// The elements without those that only draw (./drawings.ts): importing this defines them. Safe to
// import on a server.
export { GainKnob } from "./gain-knob.ts";
export type { LevelMeter } from "./level-meter.ts";
export type { SpectrumView } from "./spectrum-view.ts";
export { StemMixer } from "./stem-mixer.ts";
export { StemStrip } from "./stem-strip.ts";
export type { StemTimeline } from "./stem-timeline.ts";
export {
  Events,
  Requests,
  type EventDetails,
  type MixerState,
  type RequestDetails,
} from "./constants.ts";
export {
  createMix,
  PRESETS,
  type Channel,
  type Loop,
  type Mix,
  type PresetId,
} from "../src/player/index.ts";
export type { Action } from "./core/shortcuts.ts";
export { defineTexts, type Texts, type TextKey } from "./core/texts.ts";
