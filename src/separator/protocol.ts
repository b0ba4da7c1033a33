// What the page, the audio thread and the inference worker say to each other. Any thread.
import type { ModelManifest } from "../engine/manifest.ts";
import type { Backend } from "../engine/runtime.ts";
import type { Failure } from "../failure.ts";
import type { BuiltFiles } from "./built-files.ts";
import type { SchedulerCounts } from "../../worklets/stem-scheduler.ts";

export const PROCESSOR_NAME = "danna-sep-separator";

/** Channels of the input, of each stem, and of the delayed dry signal. */
export const CHANNELS = 2;

/** What both ends of the two rings agree on. Frames at the context's rate. */
export interface RingPlan {
  /** Frames that the ring of the input holds, a power of two: how long the worker may freeze. */
  readonly inputCapacity: number;
  /** Frames that the ring of the stems holds, a power of two. */
  readonly stemCapacity: number;
  /** Position of the first stem frame: minus the delay of the engine and its resamplers. */
  readonly stemStart: number;
  /** Frames in one message of the input, where frames travel as messages. */
  readonly blockFrames: number;
}

/** The two rings as shared memory, or one port each to their other ends. */
export type Transport =
  | { readonly kind: "shared"; readonly input: ArrayBufferLike; readonly stems: ArrayBufferLike }
  | { readonly kind: "ports"; readonly input: MessagePort; readonly stems: MessagePort };

/** `processorOptions` of the worklet node. */
export interface ProcessorOptions {
  /** Frames from input to output. */
  readonly latency: number;
  /** Frames of one hop; need not be whole. */
  readonly hop: number;
  readonly stems: number;
  readonly plan: RingPlan;
  /** Present if shared; ports cannot be cloned and follow in a message. */
  readonly transport?: Transport;
}

export type ToProcessor =
  { readonly type: "start"; readonly transport: Transport } | { readonly type: "stop" };

/** Sent by the processor when its ports have come and when something changed, never in steady state. */
export interface ProcessorReport extends SchedulerCounts {
  readonly dry: boolean;
  /** Input frames that found no free message because the worker did not answer. */
  readonly droppedFrames: number;
}

/** What the worker has done so far. Times in milliseconds, over the last seconds. */
export interface WorkerStats {
  readonly hops: number;
  /** Hops delivered after the audio thread had begun to need them. */
  readonly lateHops: number;
  /** Hops separated with the masks of an earlier one, to catch up. */
  readonly reusedMasks: number;
  /** Times that input was overwritten before it could be read. */
  readonly overruns: number;
  readonly hopTimeP50: number;
  readonly hopTimeP99: number;
  /** Time spent computing as a share of the audio's duration. */
  readonly load: number;
}

export interface LoadOptions {
  /** Absolute URL of the manifest. */
  readonly manifestUrl: string;
  /** Absolute URL of the model file, where it does not lie beside the manifest. */
  readonly modelUrl: string | undefined;
  readonly ort: BuiltFiles["ort"];
  readonly backend: Backend | "auto";
  /** Of the context, in Hz. */
  readonly sampleRate: number;
}

export interface Loaded {
  readonly manifest: ModelManifest;
  readonly backend: Backend;
  /** Delay of the engine and its resamplers, in frames at the context's rate. */
  readonly delay: number;
  /** One hop in frames at the context's rate; need not be whole. */
  readonly hop: number;
}

export interface StartOptions {
  readonly latency: number;
  readonly plan: RingPlan;
  readonly transport: Transport;
}

/** What the worker says unasked, over the port given to `load`. */
export type WorkerEvent =
  | { readonly type: "progress"; readonly loaded: number; readonly total: number }
  | { readonly type: "stats"; readonly stats: WorkerStats }
  | { readonly type: "error"; readonly failure: Failure };

/** The worker's side of the control calls (comlink). Ending the worker needs no call. */
export interface WorkerControl {
  /** Fetches, checks and warms up the model. The first call. */
  load(options: LoadOptions, events: MessagePort): Promise<Loaded | { failure: Failure }>;
  /** Begins to separate what comes through the transport. After `load`, once. */
  start(options: StartOptions): void;
  /** Resolves when all input before `position` is separated and on its way. */
  settle(position: number): Promise<void>;
}
