// The elements that draw. No sound waits for them: a mixer loads this at its first play. Page thread.
export { LevelMeter } from "./level-meter.ts";
export { SpectrumView } from "./spectrum-view.ts";
export { StemTimeline } from "./stem-timeline.ts";
