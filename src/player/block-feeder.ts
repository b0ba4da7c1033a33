// Hands the song player the samples around the playhead: all at once where memory is shared, else copies of
// a few regions, so that the song itself lies in memory once. Page thread.
import type { KeptBlock } from "../dsp/kept-block.ts";
import { REGION, type HandedBlock, type SampleLoop } from "./protocol.ts";

/** Regions handed over from the playhead on: about 9 s, for a page that is busy for long. */
const AHEAD = 3;
/** Regions that the player may hold before those farthest in the past are taken back. */
const MOST = 12;

export class BlockFeeder {
  readonly #blocks: readonly KeptBlock[];
  readonly #hand: (blocks: readonly HandedBlock[]) => void;
  readonly #shared: boolean;
  /** Held by the player, by when they were last wanted. */
  readonly #held = new Set<number>();
  #region = 0;
  #loop: SampleLoop | undefined;

  constructor(blocks: readonly KeptBlock[], hand: (blocks: readonly HandedBlock[]) => void) {
    this.#blocks = blocks;
    this.#hand = hand;
    this.#shared = globalThis.crossOriginIsolated;
    if (this.#shared) hand(blocks.map((block, region) => [region, block]));
  }

  /** What playing from a sample takes. */
  feed(sample: number, loop: SampleLoop | undefined): void {
    this.#loop = loop;
    this.follow(Math.floor(sample / REGION));
  }

  setLoop(loop: SampleLoop | undefined): void {
    this.feed(this.#region * REGION, loop);
  }

  /** The playhead is in another region. */
  follow(region: number): void {
    this.#region = region;
    if (this.#shared) return;
    const wanted = [region, ...(this.#loop ? [Math.floor(this.#loop.a / REGION)] : [])]
      .flatMap((from) => Array.from({ length: AHEAD }, (_, i) => from + i))
      .filter((wanted) => wanted < this.#blocks.length);
    const handed: HandedBlock[] = [];
    for (const region of wanted) {
      if (!this.#held.delete(region)) handed.push([region, this.#blocks[region]]);
      this.#held.add(region);
    }
    for (const region of this.#held) {
      if (this.#held.size <= MOST) break;
      this.#held.delete(region);
      handed.push([region, undefined]);
    }
    if (handed.length > 0) this.#hand(handed);
  }
}
