// The public separator: its interface, and the composite of audio nodes that implements it. Page.
import type { StreamingManifest } from "../model/manifest.ts";
import type { Backend } from "../engine/runtime.ts";
import { checkOption, DannaError } from "../errors.ts";
import { Emitter } from "../util/emitter.ts";
import { lazy } from "../util/lazy.ts";
import type { Stem } from "../stems.ts";
import type { SeparatorEvents, SeparatorState, SeparatorStats, StemSeparator } from "./api.ts";
import type { AudioThread } from "./audio-thread.ts";
import { createGain, type AnyAudioContext } from "../util/audio-context.ts";
import { switchTo } from "../util/audio-node.ts";
import { LATENCY_MODES, type LatencyMode } from "./latency.ts";
import { NO_REPORT, type Loaded, type ProcessorReport, type WorkerStats } from "./protocol.ts";
import type { Supervision, SupervisionHost, SupervisionParts } from "./supervision.ts";

export interface SeparatorParts {
  context: AnyAudioContext;
  worklet: AudioWorkletNode;
  transport: "shared" | "ports";
  supervision: SupervisionParts;
}

const NO_WORK: WorkerStats = {
  hops: 0,
  lateHops: 0,
  reusedMasks: 0,
  faultyHops: 0,
  overruns: 0,
  hopTimeP50: 0,
  hopTimeP99: 0,
  load: 0,
  busy: 0,
};

/**
 * Nodes: input → worklet → gains → mix → output, worklet → dry → output, and worklet → stems. What
 * is public has only the user's connections, so that nobody cuts the separator's own with
 * `disconnect()`. Through a silent connection to the destination the worklet hears its input without
 * a gap, whether it is heard itself or not.
 */
export class WorkletSeparator implements StemSeparator, SupervisionHost {
  readonly context: AnyAudioContext;
  readonly input: AudioNode;
  readonly output: AudioNode;
  readonly stems: Readonly<Record<Stem, AudioNode>>;
  readonly gains: Readonly<Record<Stem, AudioParam>>;
  readonly transport: "shared" | "ports";

  #worklet: AudioWorkletNode;
  #nodes: AudioNode[];
  #mix: GainNode;
  #dry: GainNode;
  #bypass = false;
  #audioThread: AudioThread;
  #parts: SupervisionParts;
  #loading: Promise<Supervision | undefined>;
  #supervision: Supervision | undefined;
  #latencyMode: LatencyMode;
  #latencyFrames: number;
  #loaded: Pick<Loaded, "manifest" | "backend">;
  #disposed = false;
  #emitter = new Emitter<SeparatorEvents>();
  #report: ProcessorReport = NO_REPORT;
  #worker = NO_WORK;
  #restarts = 0;

  constructor(parts: SeparatorParts) {
    const { context, worklet, supervision } = parts;
    const { audioThread, connection, loaded, latencyMode } = supervision;
    this.context = context;
    this.transport = parts.transport;
    this.#worklet = worklet;
    this.#audioThread = audioThread;
    this.#parts = supervision;
    this.#latencyMode = latencyMode;
    this.#latencyFrames = supervision.latencyOf(latencyMode);
    this.#loaded = loaded;
    connection.onstats = (stats) => this.takeStats(stats);
    audioThread.onreport = (report) => this.#takeReport(report);
    worklet.onprocessorerror = () =>
      this.emit(
        "error",
        new DannaError("worker", "The audio worklet failed; make a new separator."),
      );
    this.#loading = this.#loadSupervision();

    const input = createGain(context);
    const output = createGain(context);
    this.#mix = createGain(context);
    this.#dry = createGain(context);
    this.#dry.gain.value = 0;
    this.#nodes = [input, worklet, this.#mix, this.#dry, output];
    this.input = input;
    this.output = output;
    const names = loaded.manifest.stems;
    const stems: Record<Stem, AudioNode> = {};
    const gains: Record<Stem, AudioParam> = {};
    names.forEach((stem, index) => {
      const tap = createGain(context);
      const gain = createGain(context);
      worklet.connect(tap, index);
      worklet.connect(gain, index);
      gain.connect(this.#mix);
      this.#nodes.push(tap, gain);
      stems[stem] = tap;
      gains[stem] = gain.gain;
    });
    this.stems = stems;
    this.gains = gains;
    worklet.connect(this.#dry, names.length);
    this.#mix.connect(output);
    this.#dry.connect(output);
    const silence = createGain(context);
    silence.gain.value = 0;
    this.#nodes.push(silence);
    worklet.connect(silence, names.length);
    silence.connect(context.destination as AudioNode);
    input.connect(worklet);
  }

  get bypass(): boolean {
    return this.#bypass;
  }

  set bypass(bypass: boolean) {
    this.#checkAlive();
    if (bypass === this.#bypass) return;
    this.#bypass = bypass;
    const now = this.context.currentTime;
    switchTo(this.#mix.gain, bypass ? 0 : 1, now);
    switchTo(this.#dry.gain, bypass ? 1 : 0, now);
  }

  get latency(): number {
    return this.#latencyFrames / this.context.sampleRate;
  }

  get latencyMode(): LatencyMode {
    return this.#latencyMode;
  }

  set latencyMode(latencyMode: LatencyMode) {
    this.#checkAlive();
    checkOption("latencyMode", latencyMode, LATENCY_MODES);
    if (latencyMode === this.#latencyMode) return;
    this.#latencyMode = latencyMode;
    this.setLatency(this.#parts.latencyOf(latencyMode));
    void this.#loading.then((supervision) => {
      // Disposing ends the worker, to which a change of latency is a message.
      if (!this.#disposed) supervision?.setLatencyMode(latencyMode);
    });
  }

  get backend(): Backend {
    return this.#loaded.backend;
  }

  get manifest(): StreamingManifest {
    return this.#loaded.manifest;
  }

  get state(): SeparatorState {
    return this.#supervision?.state ?? "running";
  }

  get stats(): SeparatorStats {
    const { underruns, dryFrames, faultySamples, discontinuities } = this.#report;
    return {
      ...this.#worker,
      restarts: this.#restarts,
      underruns,
      dryFrames,
      faultySamples,
      discontinuities,
      backend: this.backend,
    };
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

  async settle(): Promise<void> {
    this.#checkAlive();
    const [position, supervision] = await Promise.all([
      this.#audioThread.position(),
      this.#loading,
    ]);
    await (supervision ?? this.#parts.connection).settle(position);
  }

  dispose(): Promise<void> {
    if (!this.#disposed) this.#dispose();
    return Promise.resolve();
  }

  restart(): void {
    this.#checkAlive();
    this.#supervision?.restart();
  }

  /** Without it, sound goes on as it is, and the worker's end is the end of the stems. */
  async #loadSupervision(): Promise<Supervision | undefined> {
    try {
      const { Supervision } = await lazy(import("./supervision.ts"));
      if (!this.#disposed) this.#supervision = new Supervision(this.#parts, this);
    } catch (error) {
      this.emit("error", error as DannaError);
      this.#parts.connection.failed.catch((error: DannaError) => this.emit("error", error));
    }
    return this.#supervision;
  }

  takeWorker(loaded: Loaded): void {
    this.#loaded = loaded;
    this.#restarts++;
  }

  setLatency(frames: number): void {
    if (frames === this.#latencyFrames) return;
    this.#latencyFrames = frames;
    // Whoever listens, and tells the audio thread, is heard there no later than this.
    this.emit("latency", { latency: this.latency });
    this.#audioThread.tell({ type: "latency", latency: frames });
  }

  emit<T extends keyof SeparatorEvents>(type: T, payload: SeparatorEvents[T]): void {
    this.#emitter.emit(type, payload);
  }

  /** What the audio thread says. */
  #takeReport(report: ProcessorReport): void {
    const before = this.#report;
    this.#report = report;
    this.#supervision?.heard(report, before, this.context.sampleRate);
    if (report.dry && !before.dry) this.emit("dry", { underruns: report.underruns });
    if (!report.dry && before.dry) this.emit("recovered", { underruns: report.underruns });
    const { discontinuities: count } = report;
    if (count > before.discontinuities) this.emit("discontinuity", { count });
    this.emit("stats", this.stats);
  }

  /** What the worker says. */
  takeStats(worker: WorkerStats): void {
    const count = worker.lateHops - this.#worker.lateHops;
    this.#worker = worker;
    if (count > 0) this.emit("late", { count });
    this.emit("stats", this.stats);
  }

  #checkAlive(): void {
    if (this.#disposed) throw new DannaError("disposed", "The separator has been disposed of.");
  }

  #dispose(): void {
    this.#disposed = true;
    for (const node of this.#nodes) node.disconnect();
    this.#worklet.onprocessorerror = null;
    this.#audioThread.close();
    this.#parts.connection.close();
    this.#supervision?.close();
    this.emit("dispose", undefined);
    this.#emitter.clear();
  }
}
