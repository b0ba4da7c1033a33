// Percentiles of the time that the last hops took. Any thread; nothing is allocated per hop.

/** About twelve seconds of hops. */
const WINDOW = 1024;

export class HopTimes {
  #times = new Float64Array(WINDOW);
  #count = 0;

  /** @param time of one hop, in any unit */
  add(time: number): void {
    this.#times[this.#count++ % WINDOW] = time;
  }

  /** Figures over the window, in the unit of the times; 0 before the first. */
  summary(): { p50: number; p99: number; mean: number } {
    const times = this.#times.slice(0, Math.min(this.#count, WINDOW)).sort();
    if (times.length === 0) return { p50: 0, p99: 0, mean: 0 };
    const at = (share: number) => times[Math.ceil(share * times.length) - 1];
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    return { p50: at(0.5), p99: at(0.99), mean };
  }
}
