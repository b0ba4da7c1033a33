// How much the work in the background rests so that live audio never waits for it. Pure.

/** What live audio says of itself. */
export interface LiveState {
  readonly playing: boolean;
  /** Late hops so far. */
  readonly lateHops: number;
  /** Of one core, 0 to 1. */
  readonly load: number;
}

/** Share of its time that the work takes while music plays. */
const SHARE = 0.75;
/** Load of the separator from which the work takes little, and that little. */
const [HIGH_LOAD, LITTLE] = [0.6, 0.25];
/** Rest after a late hop, in milliseconds: doubled with each that follows soon, up to a limit. */
const [FIRST_REST, LONGEST_REST] = [1000, 16_000];

export class Pace {
  #lateHops: number | undefined;
  #rest = 0;

  /**
   * Milliseconds to rest after `spent` milliseconds of work. A paused song needs no rest; a late hop
   * since the last call stops the work for a while, and longer when it happens again.
   */
  rest(spent: number, { playing, lateHops, load }: LiveState): number {
    const late = this.#lateHops !== undefined && lateHops > this.#lateHops;
    this.#lateHops = lateHops;
    if (late) this.#rest = Math.min(LONGEST_REST, Math.max(FIRST_REST, 2 * this.#rest));
    else this.#rest /= 2;
    if (!playing) return 0;
    const share = load > HIGH_LOAD ? LITTLE : SHARE;
    return (late ? this.#rest : 0) + spent / share - spent;
  }
}
