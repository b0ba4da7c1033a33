// Stems of a song in regions, as they are played and saved: computed ahead, or the song's own. Page thread.
import { expand } from "../../dsp/kept-block.ts";
import { readBlock } from "../../dsp/stored-block.ts";
import type { PackedRegion } from "../../dsp/packed-region.ts";
import type { StemChunk } from "../../split/split-stream.ts";
import type { Stem } from "../../stems.ts";
import type { Emitter } from "../../util/emitter.ts";
import type { Song } from "../song.ts";
import type { RegionMap } from "./regions.ts";

export interface RegionStemsEvents {
  /** A region's stems are there. */
  region: number;
  /** What is ready, or whether it is kept, changed. */
  change: undefined;
}

/** Where the stems of regions are. */
export interface RegionStore {
  /** Whether what is there now is there at the next visit. */
  readonly lasting: boolean;
  /** Undefined where they are not there, or damaged: then they are missing in the map, too. */
  read(region: number): Promise<PackedRegion | undefined>;
}

export interface RegionStems extends Pick<Emitter<RegionStemsEvents>, "on"> {
  readonly map: RegionMap;
  /** See `BetterStems.levels` and `.detail`. */
  readonly levels: { readonly values: Float32Array };
  readonly detail: { readonly values: Float32Array };
  readonly store: RegionStore;
  /** Finds what is there already of the song whose file has that SHA-256. */
  open(content: string): Promise<void>;
  /** The playhead may be elsewhere. */
  follow(): void;
  /**
   * Resolves when every region is ready.
   * @throws what kept the work from going on
   */
  complete(): Promise<void>;
  /** The whole song's stems, from what is ready. */
  chunks(): AsyncGenerator<StemChunk, void, undefined>;
  /** Ends the work. */
  dispose(): Promise<void>;
}

/** A song's stems in order; what turns out to be missing is computed first. */
export async function* stemChunks(
  { blocks, sampleRate }: Song,
  stems: readonly Stem[],
  { map, store, complete }: Pick<RegionStems, "map" | "store" | "complete">,
): AsyncGenerator<StemChunk, void, undefined> {
  for (let region = 0; region < map.length; region++) {
    const size = map.size(region);
    let packed = await store.read(region);
    // What was damaged is computed anew.
    while (!packed) {
      await complete();
      packed = await store.read(region);
    }
    const planes = Array.from({ length: 2 * stems.length }, () => new Float32Array(size));
    packed.read(0, size, expand(await readBlock(blocks[region])), 0, planes, 0);
    const entries = stems.map((stem, i) => [stem, [planes[2 * i], planes[2 * i + 1]]]);
    const start = map.start(region);
    yield { start, sampleRate, stems: Object.fromEntries(entries) as StemChunk["stems"] };
  }
}
