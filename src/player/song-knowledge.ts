// What a player finds out of a song while it plays: tempo, beats and key, from the mixture at first, from the stems
// once all of them are there. Page thread, which only hands regions to a worker; loaded with the first song.
import type { SongAnalysis } from "../analysis/song-analysis.ts";
import type { AnalysisControl, KnownStems } from "../split/workers/song-analyst.ts";
import { readBlock } from "../dsp/stored-block.ts";
import { pause } from "../util/async.ts";
import type { Song } from "./song.ts";
import { withSongWorker } from "./song-worker.ts";

/** Times the work's own time that it rests after each region: live audio comes first. */
const REST = 3;

export interface SongKnowledgeHost {
  readonly song: Song;
  readonly baseUrl: string | URL | undefined;
  /** A region's stems; undefined where they are not ready. */
  stems(region: number): Promise<KnownStems | undefined>;
  onChange(analysis: SongAnalysis): void;
}

export class SongKnowledge {
  readonly #host: SongKnowledgeHost;
  readonly #life = new AbortController();
  #known: SongAnalysis | undefined;
  #work: Promise<void>;
  #refined = false;

  /** Begins at once. What fails, or is not clear, stays unknown. */
  constructor(host: SongKnowledgeHost) {
    this.#host = host;
    this.#work = this.#analyse(() => undefined);
  }

  /** All stems are there: says once more what they say clearer. */
  refine(): void {
    if (this.#refined) return;
    this.#refined = true;
    this.#work = this.#work.then(() => this.#analyse((region) => this.#host.stems(region)));
  }

  async #analyse(
    stemsOf: (region: number) => Promise<KnownStems | undefined> | undefined,
  ): Promise<void> {
    const { song, baseUrl, onChange } = this.#host;
    const { signal } = this.#life;
    if (signal.aborted) return;
    const found = await withSongWorker<AnalysisControl, SongAnalysis>(
      "analyse",
      baseUrl,
      async (analyst, calls) => {
        await calls.guard(analyst.open(song.sampleRate), signal);
        for (const [region, block] of song.blocks.entries()) {
          const stems = await stemsOf(region);
          const kept = await readBlock(block);
          const began = performance.now();
          await calls.guard(analyst.push(kept, stems), signal);
          await pause(REST * (performance.now() - began), signal);
        }
        return calls.guard(analyst.finish(), signal);
      },
    ).catch(() => undefined);
    if (!found || signal.aborted) return;
    const before = this.#known;
    this.#known = Object.freeze({
      tempo: found.tempo ?? before?.tempo,
      key: found.key ?? before?.key,
      tuning: found.tuning ?? before?.tuning,
    });
    onChange(this.#known);
  }

  /** The song is closed. */
  dispose(): void {
    this.#life.abort(new DOMException("the song was closed", "AbortError"));
  }
}
