// Decides with which latency and how many hops per run a separator works: the host's latency mode, and
// what the machine's load leaves of it. Page.
import { Adaptation } from "./adaptation.ts";
import { LATENCY_MODES, type LatencyMode } from "./latency.ts";
import type { Loaded, WorkerStats } from "./protocol.ts";

/** Hops in one run of the model that are tried, least first. */
const RUNS = [1, 2, 4, 8];
/** Share of the hops' duration that one run may take for its hops to be in time. */
const RUN_SHARE = 0.5;

/** One way to work. */
export interface Way {
  readonly latencyMode: LatencyMode;
  readonly hopsPerRun: number;
}

/** "same-latency" forbids only the steps that change the latency. */
export type Adapt = boolean | "same-latency";

/**
 * The ways to work from the wanted one down: several hops per run where the margin has room for
 * them, then the larger margins.
 * @param room hops that fit into a latency mode's margin; need not be whole
 */
export function planWays(
  latencyMode: LatencyMode,
  { adapt, room }: { adapt: Adapt; room: (latencyMode: LatencyMode) => number },
): Way[] {
  const wanted: Way = { latencyMode, hopsPerRun: 1 };
  if (adapt === false) return [wanted];
  const most = (latencyMode: LatencyMode): Way => ({
    latencyMode,
    hopsPerRun: Math.max(
      ...RUNS.filter((hops) => hops === 1 || hops - 1 + RUN_SHARE * hops <= room(latencyMode)),
    ),
  });
  const first = most(latencyMode);
  const ways = first.hopsPerRun > 1 ? [wanted, first] : [wanted];
  if (adapt === "same-latency") return ways;
  const larger = LATENCY_MODES.slice(LATENCY_MODES.indexOf(latencyMode) + 1);
  return [...ways, ...larger.map(most)];
}

export interface LiveControlParts {
  adapt: Adapt;
  /** Frames of a latency mode's jitter margin. */
  marginOf: (latencyMode: LatencyMode) => number;
  model: Pick<Loaded, "hop" | "manifest">;
  /** Goes to a latency mode's latency. */
  setLatencyMode: (latencyMode: LatencyMode) => void;
  setHopsPerRun: (hops: number) => void;
  /** Does something when the audio thread has followed the last change. */
  later: (action: () => void) => void;
  /** Called after each step that the load has caused, and where a chosen latency mode ends them. */
  onstep: (step: { way: Way; step: number; load: number }) => void;
}

export class LiveControl {
  #parts: LiveControlParts;
  #latencyMode: LatencyMode;
  #ways!: Way[];
  #way: Way;
  #adaptation!: Adaptation;
  #last: WorkerStats | undefined;
  /** Of one core, as the last figures had it. */
  #load = 0;

  constructor(latencyMode: LatencyMode, parts: LiveControlParts) {
    this.#parts = parts;
    this.#latencyMode = latencyMode;
    this.#plan();
    this.#way = this.#ways[0];
  }

  /** Works as wanted at another latency mode, until the load says otherwise. */
  setLatencyMode(latencyMode: LatencyMode): void {
    const { step } = this.#adaptation;
    this.#latencyMode = latencyMode;
    this.#plan();
    this.#enter(this.#ways[0]);
    if (step > 0) this.#parts.onstep({ way: this.#way, step: 0, load: this.#load });
  }

  /** Takes the worker's figures, in which the load of the time since the last ones is. */
  takeStats(stats: WorkerStats): void {
    const last = this.#last;
    this.#last = stats;
    // The first figures of a worker are about its start.
    if (last === undefined || stats.hops <= last.hops) return;
    const hops = stats.hops - last.hops;
    const { hop, sampleRate } = this.#parts.model.manifest;
    const seconds = (hops * hop) / sampleRate;
    const late = stats.lateHops - last.lateHops + stats.reusedMasks - last.reusedMasks;
    const load = (stats.busy - last.busy) / 1000 / seconds;
    this.#load = load;
    const before = this.#adaptation.step;
    const step = this.#adaptation.take({ seconds, load, trouble: Math.min(1, late / hops) });
    if (step !== before) this.#step(step, load);
  }

  #plan(): void {
    const { adapt, marginOf, model } = this.#parts;
    this.#ways = planWays(this.#latencyMode, {
      adapt,
      room: (latencyMode) => marginOf(latencyMode) / model.hop,
    });
    this.#adaptation = new Adaptation(this.#ways.length - 1);
  }

  #step(step: number, load: number): void {
    const way = this.#ways[step];
    this.#enter(way);
    this.#parts.onstep({ way, step, load });
  }

  #enter(way: Way): void {
    const before = this.#way;
    this.#way = way;
    const { setLatencyMode, setHopsPerRun } = this.#parts;
    const changes = [
      () => way.hopsPerRun !== before.hopsPerRun && setHopsPerRun(way.hopsPerRun),
      () => way.latencyMode !== before.latencyMode && setLatencyMode(way.latencyMode),
    ];
    // A larger margin is there before it is used, a smaller one comes after it is free.
    if (way.hopsPerRun > before.hopsPerRun) changes.reverse();
    const [first, second] = changes;
    first();
    if (way.hopsPerRun === before.hopsPerRun || way.latencyMode === before.latencyMode) second();
    else this.#parts.later(() => this.#way === way && second());
  }
}
