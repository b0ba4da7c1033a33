// Where the sound of an Ogg stream stands, by the positions in its pages: what is missing between them
// becomes silence. The decoders give a page's sound when they have seen the next one. Any thread.
import type { DecodedBlock } from "./decoded-block.ts";
import { BEGIN_OF_STREAM, END_OF_STREAM, granuleOf, pageData } from "./ogg-pages.ts";
import { opusHeader } from "./opus-header.ts";
import { oggFormat } from "./sniff.ts";
import { silence, TOLERANCE } from "./timeline.ts";

export class OggClock {
  /** The page whose sound comes next. */
  #page: Uint8Array | undefined;
  /** Samples given of this link. */
  #position = 0;
  /** Samples that Opus' pages count and its decoder does not give. */
  #priming = 0;
  /** Position, as pages count it, of the first sample given. */
  #origin: number | undefined;

  /** At the next link of a chain. */
  restart(): void {
    [this.#page, this.#position, this.#origin] = [undefined, 0, undefined];
  }

  /** A page was given to the decoder. */
  read(page: Uint8Array): void {
    if (page[5] & BEGIN_OF_STREAM) {
      const header = pageData(page);
      this.#priming = oggFormat(page) === "opus" ? opusHeader(header).preSkip : 0;
    }
    this.#page = page;
  }

  /** A page's sound, with the silence that belongs before it. */
  *place(blocks: readonly DecodedBlock[]): Generator<DecodedBlock> {
    const [block] = blocks;
    const granule = this.#page && granuleOf(this.#page);
    if (!block || granule === undefined) return yield* blocks;
    const samples = blocks.reduce((sum, { channels }) => sum + channels[0].length, 0);
    // A stream may begin at any position, which its first page tells where it is not the last one, too.
    const last = ((this.#page?.[5] ?? 0) & END_OF_STREAM) !== 0;
    this.#origin ??= last ? this.#priming : granule - samples;
    const missing = granule - this.#origin - this.#position - samples;
    this.#position += samples;
    if (missing > TOLERANCE * block.sampleRate) {
      this.#position += missing;
      for (const channels of silence(missing, block.channels.length, block.sampleRate)) {
        yield { ...block, channels };
      }
    }
    yield* last && missing < 0 ? shortened(blocks, -missing) : blocks;
  }
}

/** Without the last `samples`. */
function* shortened(blocks: readonly DecodedBlock[], samples: number): Generator<DecodedBlock> {
  let left = blocks.reduce((sum, { channels }) => sum + channels[0].length, 0) - samples;
  for (const block of blocks) {
    const channels = block.channels.map((plane) => plane.subarray(0, Math.max(0, left)));
    left -= block.channels[0].length;
    if (channels[0].length > 0) yield { ...block, channels };
  }
}
