// Hands the song player the kept stems around the playhead, and takes back what lies far off.
// Page thread.
import type { RegionMap } from "./regions.ts";
import type { RegionStore } from "./region-stems.ts";
import type { SongPlayerNode } from "../song-player-node.ts";

/** Regions handed over from the playhead on: about 9 s, for a page that is busy for long. */
const AHEAD = 3;
/** Regions that the player may hold before some are taken back. */
const MOST = 12;

/** Where regions go. */
type RegionTaker = Pick<SongPlayerNode, "setRegion">;

export class RegionFeeder {
  readonly #player: RegionTaker;
  readonly #map: RegionMap;
  readonly #store: RegionStore;
  /** Told when a region turned out to be damaged, and is missing again. */
  readonly #onLost: () => void;
  /** Where the head comes to at a loop's end. */
  #loopStart: number | undefined;
  /** Held by the player or on their way to it, by when they were last wanted. */
  readonly #held = new Set<number>();

  constructor(player: RegionTaker, map: RegionMap, store: RegionStore, onLost: () => void) {
    this.#player = player;
    this.#map = map;
    this.#store = store;
    this.#onLost = onLost;
  }

  /** Resolves when what is ready from `region` on is with the player. */
  async feed(region: number, loopStart?: number): Promise<void> {
    this.#loopStart = loopStart;
    const wanted = Array.from({ length: AHEAD }, (_, i) => region + i);
    if (loopStart !== undefined) wanted.push(loopStart, loopStart + 1);
    await Promise.all(wanted.map((region) => this.#hand(region)));
    this.#takeBack(region);
  }

  async #hand(region: number): Promise<void> {
    if (region >= this.#map.length || !this.#map.has(region)) return;
    if (this.#held.delete(region)) return void this.#held.add(region);
    this.#held.add(region);
    const stems = await this.#store.read(region);
    if (!stems) {
      this.#held.delete(region);
      return this.#onLost();
    }
    // It may have been taken back while it was read: then the head is elsewhere.
    if (this.#held.has(region)) this.#player.setRegion(region, stems.buffer);
  }

  /** Those wanted longest ago go first. */
  #takeBack(region: number): void {
    for (const held of this.#held) {
      if (this.#held.size <= MOST) return;
      const near = held >= region && held < region + AHEAD;
      if (near || held === this.#loopStart) continue;
      this.#held.delete(held);
      this.#player.setRegion(held, undefined);
    }
  }
}
