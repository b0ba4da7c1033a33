// The stems that a song brings with it: all there from the start, kept in blobs, which browsers put on disk when they
// are large. Page thread; loaded with the first such song.
import { expand } from "../../dsp/kept-block.ts";
import { PackedRegion } from "../../dsp/packed-region.ts";
import type { Stem } from "../../stems.ts";
import { Emitter } from "../../util/emitter.ts";
import { RegionMap } from "../ahead/regions.ts";
import { StemLevels } from "../ahead/stem-levels.ts";
import { stemChunks, type RegionStems, type RegionStemsEvents } from "../ahead/region-stems.ts";
import type { Song } from "../song.ts";

export class OwnStems extends Emitter<RegionStemsEvents> implements RegionStems {
  readonly map: RegionMap;
  readonly levels: StemLevels;
  readonly store: RegionStems["store"];
  readonly names: readonly Stem[];
  readonly #song: Song;

  /** @param regions packed, each by its region */
  constructor(song: Song, names: readonly Stem[], regions: readonly Blob[]) {
    super();
    this.#song = song;
    this.names = names;
    this.map = new RegionMap(song.length);
    for (const region of regions.keys()) this.map.add(region);
    this.levels = new StemLevels({ length: song.length, stems: names.length });
    this.store = {
      lasting: true,
      read: async (region) => new PackedRegion(await regions[region].arrayBuffer()),
    };
  }

  /** Finds how loud the stems are along the song, region by region. */
  async measure(signal: AbortSignal): Promise<void> {
    for (let region = 0; region < this.map.length; region++) {
      const planes = await this.#planes(region);
      signal.throwIfAborted();
      this.levels.add(this.map.start(region), planes.slice(0, -2), this.#song.blocks[region]);
    }
    this.emit("change", undefined);
  }

  async #planes(region: number): Promise<Float32Array[]> {
    const packed = await this.store.read(region);
    const size = this.map.size(region);
    const planes = Array.from({ length: 2 * this.names.length }, () => new Float32Array(size));
    packed?.read(0, size, expand(this.#song.blocks[region]), 0, planes, 0);
    return planes;
  }

  /** Left and right of each stem, whole. */
  async samples(): Promise<Float32Array[]> {
    const { length } = this.#song;
    const whole = Array.from({ length: 2 * this.names.length }, () => new Float32Array(length));
    for (let region = 0; region < this.map.length; region++) {
      const start = this.map.start(region);
      (await this.#planes(region)).forEach((plane, c) => whole[c].set(plane, start));
    }
    return whole;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  follow(): void {
    // Nothing is computed.
  }

  complete(): Promise<void> {
    return Promise.resolve();
  }

  chunks() {
    const { map, store } = this;
    return stemChunks(this.#song, this.names, { map, store, complete: () => this.complete() });
  }

  /** Nobody listens any more; the stems stay. */
  dispose(): Promise<void> {
    this.clear();
    return Promise.resolve();
  }
}
