// What a page sees of a separator: its options, nodes, figures and events. Types only. Page.
import type { Backend } from "../engine/runtime.ts";
import type { DannaError } from "../errors.ts";
import type { LiveModel } from "../model/built-files.ts";
import type { StreamingManifest } from "../model/manifest.ts";
import type { Stem } from "../stems.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import type { LatencyMode } from "./latency.ts";
import type { Adapt } from "./live-control.ts";
import type { WorkerState } from "./supervisor.ts";

export interface StemSeparatorOptions {
  /**
   * "live", the default, for what is played or sung while one hears it; "karaoke" for songs and tabs,
   * which may wait the 0.2 s by which it is better; or the URL of a model's manifest.
   */
  model?: LiveModel | (string & {}) | URL;
  /**
   * Folder of the built files (worklet.js, worker.js, ort/, models/), on any origin that allows
   * cross-origin reading; by default this script's, or where a bundler has put them.
   */
  baseUrl?: string | URL;
  /** Lowest latency, least risk of dry moments, or between; by default "balanced". */
  latencyMode?: LatencyMode;
  /** By default "auto": WebGPU where it proves fast enough, else WASM. */
  backend?: Backend | "auto";
  /**
   * Whether the separator may do with less while the machine is too slow: several hops per run of
   * the model, a larger latency (not with "same-latency"), each with an "adapt" event and undone when
   * there is room again. By default true.
   */
  adapt?: Adapt;
  /**
   * Whether to keep a second worker with the model loaded, which takes over within a fraction of a
   * second when the first fails; without it that takes a few seconds. It costs memory and no time. By
   * default true; offline contexts have none.
   */
  spare?: boolean;
  /** By default "auto": shared memory where the page is cross-origin isolated, else ports. */
  transport?: "auto" | "shared" | "ports";
  /** Aborting before the promise settles frees everything; it then rejects with the reason. */
  signal?: AbortSignal;
  /** Bytes of the model file so far and in all. */
  onProgress?: (progress: { loaded: number; total: number }) => void;
}

/** What has happened since the separator was made. Counts only grow. */
export interface SeparatorStats {
  /** Hops separated. */
  readonly hops: number;
  /** Hops that came after the audio thread had begun to need them; those of silence do not count. */
  readonly lateHops: number;
  /** Hops separated with the masks of an earlier one, to catch up. */
  readonly reusedMasks: number;
  /** Hops separated with them because the model failed or gave something that is not a number. */
  readonly faultyHops: number;
  /** Input samples that were not numbers, or absurdly large, and were taken as silence. */
  readonly faultySamples: number;
  /** Workers that were put in the place of one that failed. */
  readonly restarts: number;
  /** Hops that were played dry, wholly or in part, because their stems were missing. */
  readonly underruns: number;
  /** Frames played not wholly from the stems: dry, or within a cross-fade. */
  readonly dryFrames: number;
  /**
   * Times that the context's clock ran on while nothing was rendered, as Chromium's may at a
   * suspension. No sample is lost of what the context plays, and `latency` stays exact.
   */
  readonly discontinuities: number;
  /** Losses of input that a frozen worker could not take; it was played dry. */
  readonly overruns: number;
  /** Time per hop in ms, over the last seconds. */
  readonly hopTimeP50: number;
  readonly hopTimeP99: number;
  /** Time spent computing by the present worker, in ms. */
  readonly busy: number;
  /** Mean time per hop as a share of the hop's duration: the load of one core. */
  readonly load: number;
  readonly backend: Backend;
}

/** How a separator works under the present load. */
export interface AdaptationStep {
  /** 0 is what was asked for; each step needs less of the machine than the one before. */
  readonly step: number;
  /** Load of one core that led to the step. */
  readonly load: number;
  /** Hops in one run of the model. */
  readonly hopsPerRun: number;
  /** Seconds from input to output, once it is followed. */
  readonly latency: number;
}

/**
 * "running"; "restarting" while another worker is made ready; "failed" when several in a row have
 * failed, until `restart()`.
 */
export type SeparatorState = WorkerState;

export interface SeparatorEvents {
  /** Hops came too late; `count` of them since the last event. */
  late: { count: number };
  /** The stems are missing: the delayed dry signal is faded in. */
  dry: { underruns: number };
  /** The stems are back. */
  recovered: { underruns: number };
  /** The context's clock ran on while nothing was rendered; `count` is the total. */
  discontinuity: { count: number };
  /**
   * The inference worker failed, died or hung, or lost its GPU; the delayed dry signal is heard until
   * another has taken over. `attempt` counts from 1.
   */
  restarting: { error: DannaError; attempt: number };
  /** Another worker has taken over, `seconds` after the failure, on this backend. */
  restarted: { seconds: number; backend: Backend };
  /**
   * The load made the separator do with less, or left room to go back (see `Adaptation`); or `latencyMode` was set, which
   * begins with step 0.
   */
  adapt: AdaptationStep;
  /** `latency` has changed: by a change of `latencyMode`, or by an adaptation. */
  latency: { latency: number };
  /** Separation cannot go on: `state` is "failed", and the delayed dry signal is heard. */
  error: DannaError;
  /** New figures, at most a few times a second and only while audio flows. */
  stats: SeparatorStats;
  dispose: undefined;
}

/**
 * Splits what is connected to `input` into the stems of its model, weights them by `gains` and gives the mix at
 * `output`, `latency` seconds later. Nodes belong to the context that it was made for.
 */
export interface StemSeparator {
  readonly context: AnyAudioContext;
  readonly input: AudioNode;
  readonly output: AudioNode;
  /** Each stem before its gain, stereo, in the order of `manifest.stems`. */
  readonly stems: Readonly<Record<Stem, AudioNode>>;
  /** Linear gains, after the model: they act at once. */
  readonly gains: Readonly<Record<Stem, AudioParam>>;
  /** Gives the input, delayed by the same latency to the sample, instead of the stems. */
  bypass: boolean;
  /** Seconds from `input` to `output`, exact. Changes with `latencyMode`, and with adaptation. */
  readonly latency: number;
  /**
   * May be changed while sound goes on: what is heard is cross-faded over 50 ms to what is due at the
   * new latency.
   */
  latencyMode: LatencyMode;
  /** What is lost on "webgpu" goes on on "wasm". */
  readonly backend: Backend;
  readonly state: SeparatorState;
  readonly transport: "shared" | "ports";
  readonly manifest: StreamingManifest;
  readonly stats: SeparatorStats;
  /** Connects `output`, as `AudioNode.connect` does. */
  connect(destination: AudioNode, output?: number, input?: number): AudioNode;
  connect(destination: AudioParam, output?: number): void;
  /** Disconnects `output`, as `AudioNode.disconnect` does. */
  disconnect(destination?: AudioNode | AudioParam): void;
  /** @returns the function that ends the subscription */
  on<T extends keyof SeparatorEvents>(
    type: T,
    listener: (payload: SeparatorEvents[T]) => void,
  ): () => void;
  /**
   * Resolves when everything that has been played into `input` so far is separated. For an
   * OfflineAudioContext, which would outrun the worker: suspend it every hop or less, await this,
   * and resume it.
   */
  settle(): Promise<void>;
  /** Tries again when `state` is "failed". */
  restart(): void;
  /** Frees the worker, the nodes and the ports. More than one call does no harm. */
  dispose(): Promise<void>;
}
