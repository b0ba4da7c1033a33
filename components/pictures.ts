// All elements, those that draw included. No sound waits for pictures: a mixer loads this at its
// first play, and who uses the pictures without a mixer imports it. Page thread.
export * from "./index.ts";
export { SpectrumView } from "./spectrum-view.ts";
export { StemTimeline } from "./stem-timeline.ts";
