// Decides with which latency, how many hops per run and which model a separator works: the host's
// latency mode, and what the machine's load leaves of it. Page.
import { Adaptation } from "./adaptation.ts";
import { LATENCY_MODES, type LatencyMode } from "./latency.ts";
import type { Loaded, WorkerStats } from "./protocol.ts";

/** Hops in one run of the model that are tried, least first. */
const RUNS = [1, 2, 4, 8];
/** Share of the hops' duration that one run may take for its hops to be in time. */
const RUN_SHARE = 0.5;

/** One way to work. */
export interface Mode {
  readonly latencyMode: LatencyMode;
  readonly hopsPerRun: number;
  /** Whether the lighter model is used. */
  readonly lighter: boolean;
}

/** "same-latency" forbids only the steps that change the latency. */
export type Adapt = boolean | "same-latency";

/**
 * The ways to work from the wanted one down: several hops per run where the margin has room for
 * them, the lighter model where there is one, then the larger margins.
 * @param room hops that fit into a latency mode's margin; need not be whole
 */
export function planModes(
  latencyMode: LatencyMode,
  {
    adapt,
    lighter,
    room,
  }: { adapt: Adapt; lighter: boolean; room: (latencyMode: LatencyMode) => number },
): Mode[] {
  const modes: Mode[] = [{ latencyMode, hopsPerRun: 1, lighter: false }];
  if (adapt === false) return modes;
  const most = (latencyMode: LatencyMode) =>
    Math.max(
      ...RUNS.filter((hops) => hops === 1 || hops - 1 + RUN_SHARE * hops <= room(latencyMode)),
    );
  const add = (mode: Mode) => {
    const last = modes[modes.length - 1];
    const same = (["latencyMode", "hopsPerRun", "lighter"] as const).every(
      (k) => mode[k] === last[k],
    );
    if (!same) modes.push(mode);
  };
  add({ latencyMode, hopsPerRun: most(latencyMode), lighter: false });
  add({ latencyMode, hopsPerRun: most(latencyMode), lighter });
  if (adapt === "same-latency") return modes;
  for (const larger of LATENCY_MODES.slice(LATENCY_MODES.indexOf(latencyMode) + 1)) {
    add({ latencyMode: larger, hopsPerRun: most(larger), lighter });
  }
  return modes;
}

export interface LiveControlParts {
  adapt: Adapt;
  /** Whether there is a lighter model. */
  lighter: boolean;
  /** Frames of a latency mode's jitter margin. */
  marginOf: (latencyMode: LatencyMode) => number;
  model: Pick<Loaded, "hop" | "manifest">;
  /** Goes to a latency mode's latency. */
  setLatencyMode: (latencyMode: LatencyMode) => void;
  setHopsPerRun: (hops: number) => void;
  /** Does something when the audio thread has followed the last change. */
  later: (action: () => void) => void;
  /** Exchanges the model. @throws DannaError when it cannot be had or does not fit */
  setLighter: (lighter: boolean) => Promise<void>;
  /** Told after each step that the load has caused. */
  onstep: (step: { mode: Mode; step: number; load: number }) => void;
}

export class LiveControl {
  #parts: LiveControlParts;
  #latencyMode: LatencyMode;
  #modes!: Mode[];
  #mode: Mode;
  #adaptation!: Adaptation;
  #lighterThere: boolean;
  #exchanging = false;
  #last: WorkerStats | undefined;

  constructor(latencyMode: LatencyMode, parts: LiveControlParts) {
    this.#parts = parts;
    this.#latencyMode = latencyMode;
    this.#lighterThere = parts.lighter;
    this.#plan();
    this.#mode = this.#modes[0];
  }

  /** Works as wanted at another latency mode, until the load says otherwise. */
  setLatencyMode(latencyMode: LatencyMode): void {
    this.#latencyMode = latencyMode;
    this.#plan();
    this.#enter(this.#modes[0]);
  }

  /** Takes the worker's figures, in which the load of the time since the last ones is. */
  takeStats(stats: WorkerStats): void {
    const last = this.#last;
    this.#last = stats;
    // The first figures of a worker are about its start.
    if (last === undefined || stats.hops <= last.hops || this.#exchanging) return;
    const hops = stats.hops - last.hops;
    const { hop, sampleRate } = this.#parts.model.manifest;
    const seconds = (hops * hop) / sampleRate;
    const late = stats.lateHops - last.lateHops + stats.reusedMasks - last.reusedMasks;
    const load = (stats.busy - last.busy) / 1000 / seconds;
    const before = this.#adaptation.step;
    const step = this.#adaptation.take({ seconds, load, trouble: Math.min(1, late / hops) });
    if (step !== before) this.#step(step, load);
  }

  #plan(): void {
    const { adapt, marginOf, model } = this.#parts;
    this.#modes = planModes(this.#latencyMode, {
      adapt,
      lighter: this.#lighterThere,
      room: (latencyMode) => marginOf(latencyMode) / model.hop,
    });
    this.#adaptation = new Adaptation(this.#modes.length - 1);
  }

  #step(step: number, load: number): void {
    const mode = this.#modes[step];
    this.#enter(mode);
    this.#parts.onstep({ mode, step, load });
  }

  #enter(mode: Mode): void {
    const before = this.#mode;
    this.#mode = mode;
    const { setLatencyMode: setPreset, setHopsPerRun } = this.#parts;
    const changes = [
      () => mode.hopsPerRun !== before.hopsPerRun && setHopsPerRun(mode.hopsPerRun),
      () => mode.latencyMode !== before.latencyMode && setPreset(mode.latencyMode),
    ];
    // A larger margin is there before it is used, a smaller one comes after it is free.
    if (mode.hopsPerRun > before.hopsPerRun) changes.reverse();
    const [first, second] = changes;
    first();
    if (mode.hopsPerRun === before.hopsPerRun || mode.latencyMode === before.latencyMode) second();
    else this.#parts.later(() => this.#mode === mode && second());
    if (mode.lighter !== before.lighter) void this.#exchange();
  }

  /** Until the model is the mode's; one that cannot be had is not tried again. */
  async #exchange(): Promise<void> {
    if (this.#exchanging) return;
    this.#exchanging = true;
    let lighter = !this.#mode.lighter;
    try {
      while (lighter !== this.#mode.lighter) {
        lighter = this.#mode.lighter;
        await this.#parts.setLighter(lighter);
      }
    } catch {
      if (lighter) {
        this.#lighterThere = false;
        this.#plan();
        this.#enter(this.#modes[0]);
      }
    } finally {
      this.#exchanging = false;
      this.#last = undefined;
    }
  }
}
