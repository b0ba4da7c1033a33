// Which stretch of a song a timeline shows. Pure; any thread.

/** Seconds that are shown at the least. */
const LEAST = 4;
/** Share of what is shown that lies before the playhead when the picture goes on. */
const BEFORE = 0.08;

/** Times in seconds. All changes keep the stretch within the song; they give whether they have changed it. */
export class TimelineView {
  #duration = 0;
  #start = 0;
  #span = 0;

  /** First second that is shown. */
  get start(): number {
    return this.#start;
  }

  /** Seconds that are shown. */
  get span(): number {
    return this.#span;
  }

  get end(): number {
    return this.#start + this.#span;
  }

  /** How many times larger than the whole song. */
  get zoom(): number {
    return this.#span > 0 ? this.#duration / this.#span : 1;
  }

  get isWhole(): boolean {
    return this.zoom === 1;
  }

  get isClosest(): boolean {
    return this.#span <= Math.min(LEAST, this.#duration);
  }

  /** Another song, or none: it is shown whole. */
  reset(duration: number): void {
    this.#duration = this.#span = Math.max(0, duration);
    this.#start = 0;
  }

  /** Zooms in by a factor over 1, or out by one below; what is at `at` stays where it is. */
  zoomBy(factor: number, at: number): boolean {
    const share = this.#span > 0 ? (at - this.#start) / this.#span : 0;
    const least = Math.min(LEAST, this.#duration);
    const span = Math.min(this.#duration, Math.max(least, this.#span / factor));
    return this.#set(at - share * span, span);
  }

  moveBy(seconds: number): boolean {
    return this.#set(this.#start + seconds, this.#span);
  }

  shows(at: number): boolean {
    return at >= this.#start && at <= this.end;
  }

  /** Goes on to where `at` is near the beginning, unless it is shown already. */
  follow(at: number): boolean {
    return !this.shows(at) && this.#set(at - BEFORE * this.#span, this.#span);
  }

  #set(start: number, span: number): boolean {
    const before = [this.#start, this.#span];
    this.#span = span;
    this.#start = Math.max(0, Math.min(start, this.#duration - span));
    return before[0] !== this.#start || before[1] !== span;
  }

  /** Where a time stands, in percent of the width: below 0 or above 100 outside of it. */
  percent(at: number): number {
    return this.#span > 0 ? ((at - this.#start) / this.#span) * 100 : 0;
  }

  /** The time at a share of the width. */
  timeAt(share: number): number {
    return this.#start + Math.min(1, Math.max(0, share)) * this.#span;
  }
}
