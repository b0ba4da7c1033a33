// The public separator: its interface, and the composite of audio nodes that implements it. Page.
import type { ModelManifest } from "../engine/manifest.ts";
import type { Backend } from "../engine/runtime.ts";
import { DannaError } from "../errors.ts";
import { Emitter } from "../events.ts";
import { STEMS, type Stem } from "../stems.ts";
import { createGain, type AnyAudioContext } from "./context.ts";
import type { Preset } from "./latency.ts";
import type { ProcessorReport, WorkerStats } from "./protocol.ts";

/** Time constant of switching bypass, and when the rest of its fade is cut: below −120 dB. */
const BYPASS_SECONDS = 0.002;
const BYPASS_END_SECONDS = 0.03;

/** What has happened since the separator was made. Counts only grow. */
export interface SeparatorStats {
  /** Hops separated. */
  readonly hops: number;
  /** Hops that came after the audio thread had begun to need them. */
  readonly lateHops: number;
  /** Hops separated with the masks of an earlier one, to catch up. */
  readonly reusedMasks: number;
  /** Hops that were played dry, wholly or in part, because their stems were missing. */
  readonly underruns: number;
  /** Frames played not wholly from the stems: dry, or within a cross-fade. */
  readonly dryFrames: number;
  /** Gaps in the input. */
  readonly discontinuities: number;
  /** Losses of input that a frozen worker could not take; it was played dry. */
  readonly overruns: number;
  /** Time per hop in ms, over the last seconds. */
  readonly hopTimeP50: number;
  readonly hopTimeP99: number;
  /** Mean time per hop as a share of the hop's duration: the load of one core. */
  readonly load: number;
  readonly backend: Backend;
}

export interface SeparatorEvents {
  /** Hops came too late; `count` of them since the last event. */
  late: { count: number };
  /** The stems are missing: the delayed dry signal is faded in. */
  dry: { underruns: number };
  /** The stems are back. */
  recovered: { underruns: number };
  /** Input was missing; `count` is the total. */
  discontinuity: { count: number };
  error: DannaError;
  /** New figures, at most a few times a second and only while audio flows. */
  stats: SeparatorStats;
  dispose: undefined;
}

/**
 * Splits what is connected to `input` into four stems, weights them by `gains` and gives the mix at
 * `output`, `latency` seconds later. Nodes belong to the context that it was made for.
 */
export interface StemSeparator {
  readonly context: AnyAudioContext;
  readonly input: AudioNode;
  readonly output: AudioNode;
  /** Each stem before its gain, stereo. */
  readonly stems: Readonly<Record<Stem, AudioNode>>;
  /** Linear gains, after the model: they act at once. */
  readonly gains: Readonly<Record<Stem, AudioParam>>;
  /** Gives the input, delayed by the same latency to the sample, instead of the stems. */
  bypass: boolean;
  /** Seconds from `input` to `output`, exact. */
  readonly latency: number;
  readonly preset: Preset;
  readonly backend: Backend;
  readonly transport: "shared" | "ports";
  readonly manifest: ModelManifest;
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
  /** Frees the worker, the nodes and the ports. More than one call does no harm. */
  dispose(): Promise<void>;
}

export interface SeparatorParts {
  context: AnyAudioContext;
  worklet: AudioWorkletNode;
  /** Frames from input to output. */
  latencyFrames: number;
  preset: Preset;
  backend: Backend;
  transport: "shared" | "ports";
  manifest: ModelManifest;
  /** Resolves when all input before this position is separated. */
  settle: (position: number) => Promise<void>;
  /** Ends the worker and closes what `createStemSeparator` opened. */
  close: () => void;
}

/**
 * Nodes: input → worklet → gains → mix → output, worklet → dry → output, and worklet → stems. What
 * is public has only the user's connections, so that nobody cuts the separator's own with
 * `disconnect()`.
 */
export class WorkletSeparator implements StemSeparator {
  readonly context: AnyAudioContext;
  readonly input: AudioNode;
  readonly output: AudioNode;
  readonly stems: Readonly<Record<Stem, AudioNode>>;
  readonly gains: Readonly<Record<Stem, AudioParam>>;
  readonly latency: number;
  readonly preset: Preset;
  readonly backend: Backend;
  readonly transport: "shared" | "ports";
  readonly manifest: ModelManifest;

  #worklet: AudioWorkletNode;
  #nodes: AudioNode[];
  #mix: GainNode;
  #dry: GainNode;
  #bypass = false;
  #settle: (position: number) => Promise<void>;
  #close: () => void;
  #disposed = false;
  #emitter = new Emitter<SeparatorEvents>();
  #report: ProcessorReport = {
    underruns: 0,
    dryFrames: 0,
    discontinuities: 0,
    droppedFrames: 0,
    dry: false,
  };
  #worker: WorkerStats = {
    hops: 0,
    lateHops: 0,
    reusedMasks: 0,
    overruns: 0,
    hopTimeP50: 0,
    hopTimeP99: 0,
    load: 0,
  };

  constructor(parts: SeparatorParts) {
    const { context, worklet } = parts;
    this.context = context;
    this.preset = parts.preset;
    this.backend = parts.backend;
    this.transport = parts.transport;
    this.manifest = parts.manifest;
    this.latency = parts.latencyFrames / context.sampleRate;
    this.#worklet = worklet;
    this.#settle = parts.settle;
    this.#close = parts.close;

    const input = createGain(context);
    const output = createGain(context);
    this.#mix = createGain(context);
    this.#dry = createGain(context);
    this.#dry.gain.value = 0;
    this.#nodes = [input, worklet, this.#mix, this.#dry, output];
    this.input = input;
    this.output = output;
    const stems: Partial<Record<Stem, AudioNode>> = {};
    const gains: Partial<Record<Stem, AudioParam>> = {};
    STEMS.forEach((stem, index) => {
      const tap = createGain(context);
      const gain = createGain(context);
      worklet.connect(tap, index);
      worklet.connect(gain, index);
      gain.connect(this.#mix);
      this.#nodes.push(tap, gain);
      stems[stem] = tap;
      gains[stem] = gain.gain;
    });
    this.stems = stems as Record<Stem, AudioNode>;
    this.gains = gains as Record<Stem, AudioParam>;
    worklet.connect(this.#dry, STEMS.length);
    this.#mix.connect(output);
    this.#dry.connect(output);
    // Last: a worklet node with an input and nowhere to go would be run until it gets an output, and
    // then not until that is heard, which is a gap in its input.
    input.connect(worklet);
  }

  get bypass(): boolean {
    return this.#bypass;
  }

  set bypass(bypass: boolean) {
    this.#checkAlive();
    if (bypass === this.#bypass) return;
    this.#bypass = bypass;
    this.#fade(this.#mix.gain, bypass ? 0 : 1);
    this.#fade(this.#dry.gain, bypass ? 1 : 0);
  }

  get stats(): SeparatorStats {
    const { underruns, dryFrames, discontinuities } = this.#report;
    return { ...this.#worker, underruns, dryFrames, discontinuities, backend: this.backend };
  }

  connect(destination: AudioNode, output?: number, input?: number): AudioNode;
  connect(destination: AudioParam, output?: number): void;
  connect(destination: AudioNode | AudioParam, output = 0, input = 0): AudioNode | void {
    this.#checkAlive();
    if ("value" in destination) this.output.connect(destination, output);
    else return this.output.connect(destination, output, input);
  }

  disconnect(destination?: AudioNode | AudioParam): void {
    this.#checkAlive();
    if (destination === undefined) this.output.disconnect();
    else this.output.disconnect(destination as AudioNode);
  }

  on<T extends keyof SeparatorEvents>(
    type: T,
    listener: (payload: SeparatorEvents[T]) => void,
  ): () => void {
    return this.#emitter.on(type, listener);
  }

  settle(): Promise<void> {
    this.#checkAlive();
    return this.#settle(Math.round(this.context.currentTime * this.context.sampleRate));
  }

  dispose(): Promise<void> {
    if (!this.#disposed) this.#dispose();
    return Promise.resolve();
  }

  /** What the audio thread says. */
  takeReport(report: ProcessorReport): void {
    const before = this.#report;
    this.#report = report;
    if (report.dry && !before.dry) this.#emitter.emit("dry", { underruns: report.underruns });
    if (!report.dry && before.dry) this.#emitter.emit("recovered", { underruns: report.underruns });
    const { discontinuities: count } = report;
    if (count > before.discontinuities) this.#emitter.emit("discontinuity", { count });
    this.#emitter.emit("stats", this.stats);
  }

  /** What the worker says. */
  takeStats(worker: WorkerStats): void {
    const count = worker.lateHops - this.#worker.lateHops;
    this.#worker = worker;
    if (count > 0) this.#emitter.emit("late", { count });
    this.#emitter.emit("stats", this.stats);
  }

  takeError(error: DannaError): void {
    this.#emitter.emit("error", error);
  }

  /** Both fades are exponentials of the same shape, so they add up to one at every sample. */
  #fade(gain: AudioParam, target: number): void {
    const now = this.context.currentTime;
    gain.cancelScheduledValues(now);
    gain.setTargetAtTime(target, now, BYPASS_SECONDS);
    gain.setValueAtTime(target, now + BYPASS_END_SECONDS);
  }

  #checkAlive(): void {
    if (this.#disposed) throw new DannaError("disposed", "The separator has been disposed of.");
  }

  #dispose(): void {
    this.#disposed = true;
    for (const node of this.#nodes) node.disconnect();
    this.#worklet.port.onmessage = null;
    this.#worklet.onprocessorerror = null;
    this.#close();
    this.#emitter.emit("dispose", undefined);
    this.#emitter.clear();
  }
}
