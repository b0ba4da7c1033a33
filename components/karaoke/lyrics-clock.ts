// When lyrics change: at each beginning and end of what is sung, by timers that are set anew from the sound's
// position, so that they cost no frames and do not drift. Page thread.
import { nextBoundary } from "../core/lyrics/lyrics.ts";
import type { PlayerLink } from "./player-link.ts";
import { isLooping } from "../../src/player/index.ts";

/** Longest time between two looks, in milliseconds: what is not foreseen is seen then. */
const LONGEST = 250;
/** Shortest: an audio clock goes on in steps of a few. */
const SHORTEST = 4;

export class LyricsClock {
  readonly #link: PlayerLink;
  readonly #show: (time: number) => void;
  #boundaries: Float64Array = new Float64Array();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `show` is called with seconds of the song, whenever something may have changed. */
  constructor(link: PlayerLink, show: (time: number) => void) {
    this.#link = link;
    this.#show = show;
  }

  set boundaries(times: Float64Array) {
    this.#boundaries = times;
    this.look();
  }

  /** Shows what is sung now, and comes again with the next change while the song runs. */
  look = (): void => {
    this.stop();
    const { heard, player } = this.#link;
    this.#show(heard);
    const { running, tempo, loop } = player?.state ?? {};
    if (!running || !tempo) return;
    const end = loop && isLooping(loop) && loop.b > heard ? loop.b : Infinity;
    const next = Math.min(nextBoundary(this.#boundaries, heard), end);
    const wait = Math.min(LONGEST, Math.max(SHORTEST, ((next - heard) / tempo) * 1000));
    this.#timer = setTimeout(this.look, wait);
  };

  stop(): void {
    clearTimeout(this.#timer);
  }
}
