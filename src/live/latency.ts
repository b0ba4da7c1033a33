// How long sound takes through a separator, and how much the rings between must hold. Pure.
import type { RingPlan } from "./protocol.ts";

export const LATENCY_MODES = ["monitor", "balanced", "safe"] as const;

/** How much time the inference worker is given beyond the least. */
export type LatencyMode = (typeof LATENCY_MODES)[number];

/** Jitter margin in seconds: computing a hop, and waiting for a turn on a busy machine. */
const MARGINS: Record<LatencyMode, number> = { monitor: 0.003, balanced: 0.025, safe: 0.2 };

/** Time over which all that is heard goes from one latency to the next. */
export const LATENCY_FADE_SECONDS = 0.05;

const QUANTUM = 128;
/** Seconds of audio per callback of the device, where the context does not tell or tells less. */
const LEAST_CALLBACK = 0.01;
/** Seconds of input that the ring keeps for a frozen worker. */
const INPUT_SECONDS = 4;

/** Jitter margin in frames. */
export const marginFrames = (latencyMode: LatencyMode, sampleRate: number): number =>
  Math.ceil(MARGINS[latencyMode] * sampleRate);

export interface LatencyOptions {
  /** Delay of the engine and its resamplers, in frames. */
  delay: number;
  /** One hop in frames; need not be whole. */
  hop: number;
  /** Of the context, in Hz. */
  sampleRate: number;
  /** Of the context, in seconds: the audio of one callback; undefined where there is none. */
  baseLatency: number | undefined;
  latencyMode: LatencyMode;
}

/**
 * Frames from input to output: synthesis window (the engine's delay, and the rest of the hop that
 * must be complete), callback batching (all quanta of a callback run in one go, so the worker gets
 * no time between them) and jitter margin.
 */
export function totalLatency(options: LatencyOptions): number {
  const { delay, hop, sampleRate, baseLatency = 0, latencyMode } = options;
  // Most input, in whole quanta, that can lie there without a complete hop.
  const incomplete = hop % QUANTUM === 0 ? hop - QUANTUM : Math.ceil(hop) - 1;
  const callback = Math.max(baseLatency, LEAST_CALLBACK) * sampleRate;
  const batching = Math.ceil(callback / QUANTUM - 1e-6) * QUANTUM;
  return delay + incomplete + batching + marginFrames(latencyMode, sampleRate);
}

const powerOfTwoFrom = (least: number) => 2 ** Math.ceil(Math.log2(least));

/** Sizes of the two rings for a latency in frames. */
export function planRings(
  { delay, hop, sampleRate }: Pick<LatencyOptions, "delay" | "hop" | "sampleRate">,
  latency: number,
): RingPlan {
  return {
    inputCapacity: powerOfTwoFrom(INPUT_SECONDS * sampleRate + 2 * latency),
    stemCapacity: powerOfTwoFrom(2 * (latency + delay + hop) + 32 * QUANTUM),
    stemStart: -delay,
    hop,
    // At the model's own rate the hops are multiples of whole quanta: one message per hop will do.
    blockFrames: hop % QUANTUM === 0 ? hop : QUANTUM,
  };
}
