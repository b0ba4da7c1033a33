// What the page, the audio thread and the inference worker say to each other. Any thread.
import type { StreamingManifest } from "../model/manifest.ts";
import type { Backend } from "../engine/runtime.ts";
import type { Failure } from "../util/failure.ts";
import type { BuiltFiles } from "../model/built-files.ts";

export const PROCESSOR_NAME = "danna-sep-separator";

/** Frames that Web Audio renders at a time. */
export const QUANTUM = 128;

/** Time over which everything audible moves from one latency to the next. */
export const LATENCY_FADE_SECONDS = 0.05;

/** What both ends of the two rings agree on. Frames at the context's rate. */
export interface RingPlan {
  /** Frames that the ring of the input holds, a power of two: how long the worker may freeze. */
  readonly inputCapacity: number;
  /** Frames that the ring of the stems holds, a power of two. */
  readonly stemCapacity: number;
  /** First stem frame from the first input frame: minus the delay of the engine and its resamplers. */
  readonly stemStart: number;
  /** One hop; need not be whole. */
  readonly hop: number;
  /** Frames in one message of the input, where frames travel as messages. */
  readonly blockFrames: number;
}

/** The two rings as shared memory, or one port each to their other ends. */
export type RingLink =
  | { readonly kind: "shared"; readonly input: ArrayBufferLike; readonly stems: ArrayBufferLike }
  | { readonly kind: "ports"; readonly input: MessagePort; readonly stems: MessagePort };

/** What of a transport is given away with a message. */
export const portsOfLink = (transport: RingLink): MessagePort[] =>
  transport.kind === "ports" ? [transport.input, transport.stems] : [];

/** `processorOptions` of the worklet node. */
export interface ProcessorOptions {
  /** Frames from input to output. */
  readonly latency: number;
  /** The most that it will be set to. */
  readonly longestLatency: number;
  readonly stems: number;
  readonly plan: RingPlan;
  /** Present if shared; ports cannot be cloned and follow in a message. */
  readonly transport?: RingLink;
}

export type ToProcessor =
  /** The first worker's ports; answered with "position". */
  | { readonly type: "start"; readonly transport: RingLink }
  /** Another worker, to take over once its stems are there; answered with "position". */
  | { readonly type: "succeed"; readonly transport: RingLink; readonly plan: RingPlan }
  /** The worker is gone: dry until another succeeds it. */
  | { readonly type: "disconnect" }
  | { readonly type: "latency"; readonly latency: number }
  /** Answered with "position". */
  | { readonly type: "ask" }
  | { readonly type: "stop" };

/** Everything that went wrong so far, in plain numbers. */
export interface SchedulerCounts {
  /** Hop-long stretches of which some frames were played dry for lack of stems. */
  underruns: number;
  /** Frames played not wholly from the stems: dry, or within a fade. */
  dryFrames: number;
  /** Input samples that were not numbers, or absurdly large: silence, here and for the workers. */
  faultySamples: number;
}

/** Sent by the processor when its ports have come and when something changed, never in steady state. */
export interface ProcessorReport extends SchedulerCounts {
  readonly dry: boolean;
  /** Times that the context's clock ran on while nothing was rendered: Chromium's, at a suspension. */
  readonly discontinuities: number;
  /** Input frames that found no free message because the worker did not answer. */
  readonly droppedFrames: number;
  /** Workers that have succeeded another. */
  readonly handovers: number;
  /** Frames played since the worker last delivered stems. */
  readonly stalledFrames: number;
}

export const NO_REPORT: ProcessorReport = {
  underruns: 0,
  dryFrames: 0,
  faultySamples: 0,
  discontinuities: 0,
  droppedFrames: 0,
  dry: false,
  handovers: 0,
  stalledFrames: 0,
};

export type FromProcessor =
  | { readonly type: "report"; readonly report: ProcessorReport }
  /** Of the next frame of input. Where rings have come, the worker's input begins with it. */
  | { readonly type: "position"; readonly position: number };

/** What the worker has done so far. Times in milliseconds, over the last seconds. */
export interface WorkerStats {
  readonly hops: number;
  /** Hops delivered after the audio thread had begun to need them; those of silence do not count. */
  readonly lateHops: number;
  /** Hops separated with the masks of an earlier one, to catch up. */
  readonly reusedMasks: number;
  /** Hops separated with them because the model failed or gave something that is not a number. */
  readonly faultyHops: number;
  /** Times that input was overwritten before it could be read. */
  readonly overruns: number;
  readonly hopTimeP50: number;
  readonly hopTimeP99: number;
  /** Time spent computing as a share of the audio's duration. */
  readonly load: number;
  /** Time spent computing since the start. */
  readonly busy: number;
}

/** A model as it was loaded once, for the next worker. */
export interface KeptModel {
  readonly manifest: StreamingManifest;
  readonly bytes: Uint8Array<ArrayBuffer>;
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
  /** Whether sound is played as it comes, and not rendered offline. */
  readonly realTime: boolean;
  /** Name of the lock that the worker holds while it lives. */
  readonly lifeLock: string;
  /** In place of fetching the model. */
  readonly kept: KeptModel | undefined;
}

export interface Loaded extends KeptModel {
  readonly backend: Backend;
  /** Delay of the engine and its resamplers, in frames at the context's rate. */
  readonly delay: number;
  /** One hop in frames at the context's rate; need not be whole. */
  readonly hop: number;
}

/** A worker's ends of the rings. */
export interface JoinedRings {
  readonly plan: RingPlan;
  /** Of the first input frame. */
  readonly position: number;
  readonly transport: RingLink;
}

export interface StartOptions extends JoinedRings {
  readonly latency: number;
  /** Hops in one run of the model. */
  readonly hopsPerRun: number;
}

/** What the worker says unasked, over the port given to `load`. */
export type WorkerEvent =
  | { readonly type: "progress"; readonly loaded: number; readonly total: number }
  | { readonly type: "stats"; readonly stats: WorkerStats }
  /** The worker can do no more. */
  | { readonly type: "error"; readonly failure: Failure };

/** The worker's side of the control calls (comlink). Ending the worker needs no call. */
export interface WorkerControl {
  /** Fetches, checks and warms up the model. The first call. */
  load(options: LoadOptions, events: MessagePort): Promise<Loaded>;
  /** Begins to separate what comes through the transport. After `load`, once. */
  start(options: StartOptions): void;
  /** Frames from input to output, and hops in one run of the model, from now on. */
  adjust(changes: { latency?: number; hopsPerRun?: number }): void;
  /** Resolves when all input before `position` is separated and on its way. */
  settle(position: number): Promise<void>;
}
