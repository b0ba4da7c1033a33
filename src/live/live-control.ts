// Decides with which latency, how many hops per run and which model a separator works: the host's
// preset, and what the machine's load leaves of it. Page.
import { Adaptation } from "./adaptation.ts";
import { PRESETS, type Preset } from "./latency.ts";
import type { Loaded, WorkerStats } from "./protocol.ts";

/** Hops in one run of the model that are tried, least first. */
const RUNS = [1, 2, 4, 8];
/** Share of the hops' duration that one run may take for its hops to be in time. */
const RUN_SHARE = 0.5;

/** One way to work. */
export interface Mode {
  readonly preset: Preset;
  readonly hopsPerRun: number;
  /** Whether the lighter model is used. */
  readonly lighter: boolean;
}

/** "same-latency" forbids only the steps that change the latency. */
export type Adapt = boolean | "same-latency";

/**
 * The ways to work from the wanted one down: several hops per run where the margin has room for
 * them, the lighter model where there is one, then the larger margins.
 * @param room hops that fit into a preset's margin; need not be whole
 */
export function planModes(
  preset: Preset,
  { adapt, lighter, room }: { adapt: Adapt; lighter: boolean; room: (preset: Preset) => number },
): Mode[] {
  const modes: Mode[] = [{ preset, hopsPerRun: 1, lighter: false }];
  if (adapt === false) return modes;
  const most = (preset: Preset) =>
    Math.max(...RUNS.filter((hops) => hops === 1 || hops - 1 + RUN_SHARE * hops <= room(preset)));
  const add = (mode: Mode) => {
    const last = modes[modes.length - 1];
    const same = (["preset", "hopsPerRun", "lighter"] as const).every((k) => mode[k] === last[k]);
    if (!same) modes.push(mode);
  };
  add({ preset, hopsPerRun: most(preset), lighter: false });
  add({ preset, hopsPerRun: most(preset), lighter });
  if (adapt === "same-latency") return modes;
  for (const larger of PRESETS.slice(PRESETS.indexOf(preset) + 1)) {
    add({ preset: larger, hopsPerRun: most(larger), lighter });
  }
  return modes;
}

export interface LiveControlParts {
  adapt: Adapt;
  /** Whether there is a lighter model. */
  lighter: boolean;
  /** Frames of a preset's jitter margin. */
  marginOf: (preset: Preset) => number;
  model: Pick<Loaded, "hop" | "manifest">;
  /** Goes to a preset's latency. */
  setPreset: (preset: Preset) => void;
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
  #preset: Preset;
  #modes!: Mode[];
  #mode: Mode;
  #adaptation!: Adaptation;
  #lighterThere: boolean;
  #exchanging = false;
  #last: WorkerStats | undefined;

  constructor(preset: Preset, parts: LiveControlParts) {
    this.#parts = parts;
    this.#preset = preset;
    this.#lighterThere = parts.lighter;
    this.#plan();
    this.#mode = this.#modes[0];
  }

  /** Works as wanted at another preset, until the load says otherwise. */
  setPreset(preset: Preset): void {
    this.#preset = preset;
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
    this.#modes = planModes(this.#preset, {
      adapt,
      lighter: this.#lighterThere,
      room: (preset) => marginOf(preset) / model.hop,
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
    const { setPreset, setHopsPerRun } = this.#parts;
    const changes = [
      () => mode.hopsPerRun !== before.hopsPerRun && setHopsPerRun(mode.hopsPerRun),
      () => mode.preset !== before.preset && setPreset(mode.preset),
    ];
    // A larger margin is there before it is used, a smaller one comes after it is free.
    if (mode.hopsPerRun > before.hopsPerRun) changes.reverse();
    const [first, second] = changes;
    first();
    if (mode.hopsPerRun === before.hopsPerRun || mode.preset === before.preset) second();
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
