// Decodes stems that come with their song away from the page, region by region, as a page keeps them. Web worker.
import { blobFile } from "../../decode/audio-file.ts";
import { readTags, type SongTags } from "../../decode/tags.ts";
import { cellsOf } from "../../dsp/cells.ts";
import { keepBlock, keptBuffers, type KeptBlock } from "../../dsp/kept-block.ts";
import { packRegion } from "../../dsp/packed-region.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";
import { DannaError } from "../../errors.ts";
import type { Stem } from "../../stems.ts";
import { transfer } from "../../util/rpc.ts";
import { openStems, placesIn, type StemStream } from "../own-stems.ts";
import type { DecodeSettings } from "./song-decoder.ts";

/** A file of one stem, or where that is not said a Stem file. */
export interface SentStem {
  readonly blob: Blob;
  readonly name: string;
  readonly stem: Stem | undefined;
}

export interface DecodedRegion {
  /** The sum of all stems. */
  readonly mixture: KeptBlock;
  /** All stems, as `packRegion` packs them. */
  readonly packed: ArrayBuffer;
  /** How loud they are, as `cellsOf` gives it. */
  readonly cells: Float32Array<ArrayBuffer>;
}

/** The calls (comlink) of a decoder: `open` once, then `next` until there is no region. */
export interface StemsDecodeControl {
  /** The stems in their order; undefined for a file that is no Stem file. */
  open(
    sent: readonly SentStem[],
    settings: DecodeSettings,
  ): Promise<{ stems: readonly Stem[]; tags: SongTags } | undefined>;
  next(): Promise<DecodedRegion | undefined>;
}

export class StemsDecoder implements StemsDecodeControl {
  #stream: StemStream | undefined;
  #settings: DecodeSettings | undefined;
  #given = 0;

  async open(sent: readonly SentStem[], settings: DecodeSettings) {
    const files = sent.map(({ blob, name, stem }) => ({ stem, file: blobFile(blob, name) }));
    const [{ file, stem }] = files;
    const places =
      stem === undefined
        ? await placesIn(file)
        : files.map(({ file, stem }) => ({ file, stem: stem! }));
    if (!places) return undefined;
    this.#settings = settings;
    this.#stream = await openStems(places, settings.block, settings.sampleRate);
    // Files of single stems say what they hold, and not what the song is called.
    const tags = stem === undefined ? await readTags(file) : {};
    return { stems: this.#stream.stems, tags };
  }

  async next(): Promise<DecodedRegion | undefined> {
    if (!this.#stream || !this.#settings) {
      throw new DannaError("worker", "next() came before open().");
    }
    const { value, done } = await this.#stream.blocks.next();
    if (done) return undefined;
    const planes = value as Planar;
    const compact = this.#given >= this.#settings.exact;
    this.#given += planes[0].length;
    const mixture = keepBlock(sumOf(planes), { compact, shared: globalThis.crossOriginIsolated });
    const packed = packRegion(planes.slice(0, -CHANNELS));
    const cells = cellsOf(planes);
    return transfer({ mixture, packed, cells }, [
      ...[packed, cells.buffer],
      ...keptBuffers([mixture]),
    ]);
  }
}

function sumOf(planes: Planar): Planar {
  return [0, 1].map((channel) => {
    const sum = new Float32Array(planes[0].length);
    planes.forEach((plane, i) => {
      if (i % CHANNELS !== channel) return;
      for (let n = 0; n < sum.length; n++) sum[n] += plane[n];
    });
    return sum;
  });
}
