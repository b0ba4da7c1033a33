// What a separator needs once it sounds: another worker for one that failed, and other ways to work
// under load. A part of its own, loaded after the first sound. Page.
import type { SeparatorEvents, StemSeparatorOptions } from "./api.ts";
import type { AudioThread } from "./audio-thread.ts";
import { marginFrames, type LatencyMode } from "./latency.ts";
import { LiveControl } from "./live-control.ts";
import type { Loaded, ProcessorReport, WorkerStats } from "./protocol.ts";
import { WorkerSupervisor, type SupervisorLoadOptions, type WorkerState } from "./supervisor.ts";
import type { WorkerConnection } from "./worker-connection.ts";

export interface SupervisionParts {
  /** The first worker, at work, and how it was loaded. */
  connection: WorkerConnection;
  loaded: Loaded;
  loadOptions: SupervisorLoadOptions;
  /** Starts another worker. */
  open: () => WorkerConnection;
  options: Pick<StemSeparatorOptions, "adapt" | "spare">;
  audioThread: AudioThread;
  latencyMode: LatencyMode;
  /** Frames from input to output. */
  latencyOf: (latencyMode: LatencyMode) => number;
}

/** The separator, as far as it is kept up. */
export interface SupervisionHost {
  /** Figures with the counts of all workers so far. */
  takeStats(stats: WorkerStats): void;
  /** Another worker is heard, in the place of one that failed. */
  takeWorker(loaded: Loaded): void;
  setLatency(frames: number): void;
  emit<T extends keyof SeparatorEvents>(type: T, payload: SeparatorEvents[T]): void;
}

const NO_COUNTS = {
  hops: 0,
  lateHops: 0,
  reusedMasks: 0,
  faultyHops: 0,
  overruns: 0,
};

type Counts = typeof NO_COUNTS;

function sum<T extends Counts>(counts: T, more: Counts): T {
  const sums = { ...counts };
  for (const count of Object.keys(NO_COUNTS) as (keyof Counts)[]) sums[count] += more[count];
  return sums;
}

/** In which the audio thread follows a change of latency, and the worker one of its runs. */
const CHANGE_MILLISECONDS = 250;

export class Supervision {
  readonly #supervisor: WorkerSupervisor;
  readonly #control: LiveControl;
  /** Of the present worker, and of those before it. */
  #counts: Counts = NO_COUNTS;
  #countsBefore: Counts = NO_COUNTS;
  #closed = false;

  constructor(parts: SupervisionParts, host: SupervisionHost) {
    const { audioThread, loadOptions, loaded, latencyOf } = parts;
    // Rendered offline, there is no load to follow, and no hurry.
    const { realTime } = loadOptions;
    const { spare = true, adapt = true } = parts.options;
    const supervisor = new WorkerSupervisor(loadOptions, {
      open: parts.open,
      join: (model) => audioThread.join(model),
      leave: () => audioThread.tell({ type: "disconnect" }),
      spare: realTime && spare,
    });
    const control = new LiveControl(parts.latencyMode, {
      adapt: realTime && adapt,
      marginOf: (latencyMode) =>
        marginFrames(latencyMode, { ...loaded, sampleRate: loadOptions.sampleRate }),
      model: loaded,
      setLatencyMode: (latencyMode) => {
        const latency = latencyOf(latencyMode);
        supervisor.adjust({ latency });
        host.setLatency(latency);
      },
      setHopsPerRun: (hopsPerRun) => supervisor.adjust({ hopsPerRun }),
      later: (action) => void setTimeout(() => this.#closed || action(), CHANGE_MILLISECONDS),
      onstep: ({ way: { latencyMode, hopsPerRun }, step, load }) => {
        const latency = latencyOf(latencyMode) / loadOptions.sampleRate;
        host.emit("adapt", { step, load, hopsPerRun, latency });
      },
    });
    supervisor.listener = {
      began: () => {
        this.#countsBefore = sum(this.#countsBefore, this.#counts);
        this.#counts = NO_COUNTS;
      },
      stats: (stats) => {
        this.#counts = stats;
        host.takeStats(sum(stats, this.#countsBefore));
        control.takeStats(stats);
      },
      restarting: (failure) => host.emit("restarting", failure),
      restarted: (loaded, failedAt) => {
        host.takeWorker(loaded);
        const seconds = (performance.now() - failedAt) / 1000;
        host.emit("restarted", { seconds, backend: loaded.backend });
      },
      gaveUp: (error) => host.emit("error", error),
    };
    supervisor.latency = latencyOf(parts.latencyMode);
    supervisor.take({ connection: parts.connection, loaded });
    this.#supervisor = supervisor;
    this.#control = control;
  }

  get state(): WorkerState {
    return this.#supervisor.state;
  }

  setLatencyMode(latencyMode: LatencyMode): void {
    this.#control.setLatencyMode(latencyMode);
  }

  /** What the audio thread said, and before. */
  heard(report: ProcessorReport, before: ProcessorReport, sampleRate: number): void {
    const stalledTime = (1000 * report.stalledFrames) / sampleRate;
    this.#supervisor.heard(report.handovers > before.handovers, stalledTime);
  }

  settle(position: number): Promise<void> {
    return this.#supervisor.settle(position);
  }

  restart(): void {
    this.#supervisor.restart();
  }

  close(): void {
    this.#closed = true;
    this.#supervisor.close();
  }
}
