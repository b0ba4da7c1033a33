// Hands the song player the samples around the playhead: what is in shared memory all at once, else copies of a few
// regions, so that the song itself lies in memory once, or in a file. Page thread.
import { isStored, readBlock, type SongBlock, type StoredBlock } from "../dsp/stored-block.ts";
import { REGION, type HandedBlock, type SampleLoop } from "./protocol.ts";

/** Regions handed over from the playhead on: about 9 s, for a page that is busy for long. */
const AHEAD = 3;
/** Regions that the player may hold before those farthest in the past are taken back. */
const MOST = 12;

export class BlockFeeder {
  /** Told when samples cannot be read any more: somebody has removed the song's file. */
  onlost: (() => void) | undefined;
  readonly #blocks: readonly SongBlock[];
  readonly #hand: (blocks: readonly HandedBlock[]) => void;
  readonly #shared: boolean;
  /** Held by the player or on their way to it, by when they were last wanted. */
  readonly #held = new Set<number>();
  #region = 0;
  #loop: SampleLoop | undefined;

  constructor(blocks: readonly SongBlock[], hand: (blocks: readonly HandedBlock[]) => void) {
    this.#blocks = blocks;
    this.#hand = hand;
    this.#shared = globalThis.crossOriginIsolated;
    if (!this.#shared) return;
    hand(blocks.flatMap((block, region) => (isStored(block) ? [] : [[region, block] as const])));
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
    const wanted = [region, ...(this.#loop ? [Math.floor(this.#loop.a / REGION)] : [])]
      .flatMap((from) => Array.from({ length: AHEAD }, (_, i) => from + i))
      .filter((wanted) => wanted < this.#blocks.length);
    const handed: HandedBlock[] = [];
    for (const region of wanted) {
      const block = this.#blocks[region];
      if (this.#shared && !isStored(block)) continue;
      if (!this.#held.delete(region)) {
        if (isStored(block)) void this.#read(region, block);
        else handed.push([region, block]);
      }
      this.#held.add(region);
    }
    for (const region of this.#held) {
      if (this.#held.size <= MOST) break;
      this.#held.delete(region);
      handed.push([region, undefined]);
    }
    if (handed.length > 0) this.#hand(handed);
  }

  async #read(region: number, block: StoredBlock): Promise<void> {
    try {
      const kept = await readBlock(block);
      // It may have been taken back while it was read: then the head is elsewhere.
      if (this.#held.has(region)) this.#hand([[region, kept]]);
    } catch {
      this.#held.delete(region);
      this.onlost?.();
    }
  }
}
