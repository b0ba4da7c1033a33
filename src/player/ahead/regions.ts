// Which stretches of a song have better stems already, and which come next. Pure; any thread.
import { REGION } from "../protocol.ts";

/** A stretch of a song, in shares of its length. */
export type Span = readonly [start: number, end: number];

/** Regions of a song and whether their stems are there. */
export class RegionMap {
  readonly samples: number;
  readonly #ready: Uint8Array;
  #count = 0;

  constructor(samples: number) {
    this.samples = samples;
    this.#ready = new Uint8Array(Math.ceil(samples / REGION));
  }

  /** How many regions there are. */
  get length(): number {
    return this.#ready.length;
  }

  /** Share of the regions that is ready, 0 to 1. */
  get share(): number {
    return this.length === 0 ? 0 : this.#count / this.length;
  }

  get complete(): boolean {
    return this.#count === this.length;
  }

  has(region: number): boolean {
    return this.#ready[region] === 1;
  }

  add(region: number): void {
    if (region >= this.length || this.has(region)) return;
    this.#ready[region] = 1;
    this.#count++;
  }

  delete(region: number): void {
    if (!this.has(region)) return;
    this.#ready[region] = 0;
    this.#count--;
  }

  /** First sample of a region; of the one after the last, the song's end. */
  start(region: number): number {
    return Math.min(this.samples, region * REGION);
  }

  /** Samples of a region. */
  size(region: number): number {
    return this.start(region + 1) - this.start(region);
  }

  regionAt(sample: number): number {
    return Math.min(this.length - 1, Math.max(0, Math.floor(sample / REGION)));
  }

  /**
   * The missing region to compute next, when the one at `from` is played: the first from there on,
   * else from the song's start. Undefined when none is missing.
   */
  nextMissing(from: number): number | undefined {
    if (this.complete) return undefined;
    for (let i = 0; i < this.length; i++) {
      const region = (from + i) % this.length;
      if (!this.has(region)) return region;
    }
    return undefined;
  }

  /** Stretches that are ready, as shares of the song, 0 to 1. */
  spans(): Span[] {
    const spans: [number, number][] = [];
    for (let region = 0; region < this.length; region++) {
      if (!this.has(region)) continue;
      const [start, end] = [this.start(region), this.start(region + 1)];
      const last = spans.at(-1);
      if (last && last[1] === start) last[1] = end;
      else spans.push([start, end]);
    }
    return spans.map(([start, end]) => [start / this.samples, end / this.samples]);
  }
}
