// The stems that a song brings with it: all there from the start, kept in blobs, which browsers put on disk when they
// are large. Page thread; loaded with the first such song.
import { columnLevels } from "../../dsp/cells.ts";
import { expand } from "../../dsp/kept-block.ts";
import { readBlock } from "../../dsp/stored-block.ts";
import { PackedRegion } from "../../dsp/packed-region.ts";
import { joined } from "../../dsp/planar-queue.ts";
import type { Stem } from "../../stems.ts";
import { Emitter } from "../../util/emitter.ts";
import { RegionMap } from "../ahead/regions.ts";
import { stemChunks, type RegionStems, type RegionStemsEvents } from "../ahead/region-stems.ts";
import { detailDepth, OUTLINE_COLUMNS } from "../outline.ts";
import type { Song } from "../song.ts";

export class OwnStems extends Emitter<RegionStemsEvents> implements RegionStems {
  readonly map: RegionMap;
  readonly levels: RegionStems["levels"];
  readonly detail: RegionStems["detail"];
  readonly store: RegionStems["store"];
  readonly names: readonly Stem[];
  readonly #song: Song;

  /** @param regions packed stems and their cells, each by its region */
  constructor(
    song: Song,
    names: readonly Stem[],
    regions: readonly Blob[],
    cells: readonly Float32Array[],
  ) {
    super();
    this.#song = song;
    this.names = names;
    this.map = new RegionMap(song.length);
    for (const region of regions.keys()) this.map.add(region);
    const [whole] = joined(
      cells.map((each) => [each]),
      1,
    );
    const { length, sampleRate } = song;
    const levels = (columns: number) =>
      columnLevels(whole, { length, stems: names.length, columns });
    const depth = detailDepth(length / sampleRate);
    this.levels = { values: levels(OUTLINE_COLUMNS) };
    this.detail = { values: levels(OUTLINE_COLUMNS * 2 ** depth) };
    this.store = {
      lasting: true,
      read: async (region) => new PackedRegion(await regions[region].arrayBuffer()),
    };
  }

  async #planes(region: number): Promise<Float32Array[]> {
    const packed = await this.store.read(region);
    const size = this.map.size(region);
    const planes = Array.from({ length: 2 * this.names.length }, () => new Float32Array(size));
    packed?.read(0, size, expand(await readBlock(this.#song.blocks[region])), 0, planes, 0);
    return planes;
  }

  /** Left and right of each stem from one sample to another. */
  async read(from: number, to: number): Promise<Float32Array[]> {
    const made = Array.from({ length: 2 * this.names.length }, () => new Float32Array(to - from));
    for (let region = this.map.regionAt(from); region < this.map.length; region++) {
      const start = this.map.start(region);
      if (start >= to) break;
      const first = Math.max(0, from - start);
      (await this.#planes(region)).forEach((plane, c) =>
        made[c].set(plane.subarray(first, to - start), start + first - from),
      );
    }
    return made;
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
