// Decides from the load of the running separation when to do with less and when to go back. Pure.
//
// Going down is quick, going back slow: after each time that going back proved wrong, twice as slow.

/** Load of one core above which, and share of late or reused hops above which, it is too much. */
const HIGH_LOAD = 0.8;
const HIGH_TROUBLE = 0.02;
/** Load below which there is room for more. */
const LOW_LOAD = 0.5;
/** Seconds of too much, net of those that were not, until a step down. */
const DOWN_SECONDS = 1.5;
/** Seconds of room in a row until a step up, at first and at most. */
const UP_SECONDS = 15;
const LONGEST_UP_SECONDS = 240;
/** A step up that lasted so long was right. */
const PROVEN_SECONDS = 60;
/** After a step nothing is judged for so long: the work that piled up is not its own. */
const SETTLING_SECONDS = 1;

/** What happened in a stretch of audio. */
export interface LoadSample {
  /** Seconds of audio. */
  seconds: number;
  /** Time spent computing as a share of that. */
  load: number;
  /** Share of the hops that came late or did with earlier masks. */
  trouble: number;
}

/** A counter of steps from 0, the wanted quality, down to `last`. */
export class Adaptation {
  #last: number;
  #step = 0;
  #pressure = 0;
  #room = 0;
  #sinceStep = Infinity;
  #upSeconds = UP_SECONDS;
  #wentUp = false;

  constructor(last: number) {
    this.#last = last;
  }

  get step(): number {
    return this.#step;
  }

  /** @returns the step to be at from now on: the same, or one beside it */
  take({ seconds, load, trouble }: LoadSample): number {
    this.#sinceStep += seconds;
    if (this.#sinceStep < SETTLING_SECONDS) return this.#step;
    if (this.#wentUp && this.#sinceStep >= PROVEN_SECONDS) {
      this.#wentUp = false;
      this.#upSeconds = UP_SECONDS;
    }
    const high = load > HIGH_LOAD || trouble > HIGH_TROUBLE;
    this.#pressure = Math.max(0, this.#pressure + (high ? seconds : -seconds));
    this.#room = load < LOW_LOAD && trouble === 0 ? this.#room + seconds : 0;
    if (this.#pressure >= DOWN_SECONDS && this.#step < this.#last) {
      if (this.#wentUp) this.#upSeconds = Math.min(LONGEST_UP_SECONDS, 2 * this.#upSeconds);
      this.#go(1);
      this.#wentUp = false;
    } else if (this.#room >= this.#upSeconds && this.#step > 0) {
      this.#go(-1);
      this.#wentUp = true;
    }
    return this.#step;
  }

  #go(by: number): void {
    this.#step += by;
    this.#sinceStep = 0;
    this.#pressure = 0;
    this.#room = 0;
  }
}
