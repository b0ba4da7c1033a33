// A player's side of better stems: when a song's stems are computed ahead, what is known of them, and saving
// them. Page thread; loaded with the first song. With it the whole folder could be left out.
import { DannaError } from "../../errors.ts";
import type { KnownStems } from "../../split/workers/song-analyst.ts";
import type { AudioPath } from "../audio-path.ts";
import type { OpenedSong } from "../open-song.ts";
import type { BetterStems, PlayerSettings, SaveProgress } from "../state.ts";
import type { RegionStems } from "./region-stems.ts";
import { SongStems, type Playhead, type StemsPlayer, type WriteSong } from "./song-stems.ts";

/** A song that plays, or that a media element does. */
export interface ImprovedSong extends Pick<OpenedSong, "song" | "own" | "content"> {
  readonly player: StemsPlayer;
  readonly transport: Playhead;
}

export interface BetterStemsHost {
  /** As they are now. */
  settings(): PlayerSettings;
  readonly path: AudioPath;
  readonly song: ImprovedSong;
  /** What is known changed; undefined where none are made. */
  onChange(known: BetterStems | undefined): void;
  onError(error: Error): void;
}

/** Better stems of one song. What fails leaves the separator's. */
export class SongImprover {
  readonly #host: BetterStemsHost;
  #stems: SongStems | undefined;
  /** Aborted when better stems are no longer wanted, whether they are there or on their way. */
  #improving = new AbortController();
  readonly #life = new AbortController();

  constructor(host: BetterStemsHost) {
    this.#host = host;
  }

  get #model(): string | RegionStems | undefined {
    const { own } = this.#host.song;
    if (own) return own.stems;
    const { studioModel, quality } = this.#host.settings();
    // Where none is named, it is the package's own.
    return studioModel ?? (quality === "studio" ? "studio" : undefined);
  }

  get #known(): BetterStems | undefined {
    const stems = this.#stems;
    if (!stems) return undefined;
    const { heard, ready, spans, kept, levels, detail } = stems;
    return { heard, ready, spans, kept, levels, detail };
  }

  /** Lets the song's stems get better. Resolves when those at the playhead are on their way. */
  async improve(): Promise<void> {
    const { onChange, onError } = this.#host;
    const model = this.#model;
    if (!model || this.#life.signal.aborted) return;
    const { signal } = this.#improving;
    try {
      const stems = await this.#open(model);
      if (signal.aborted) return void stems.dispose();
      this.#stems = stems;
      stems.on("change", () => onChange(this.#known));
      stems.on("error", onError);
      await stems.play();
      if (signal.aborted) return;
      stems.start();
      onChange(this.#known);
    } catch (error) {
      if (!signal.aborted) onError(error as Error);
    }
  }

  async #open(model: string | RegionStems): Promise<SongStems> {
    const { song, path, settings } = this.#host;
    const { graph, separator, heard } = path;
    if (!graph || !heard) {
      throw new DannaError("input", "Only a song that has been opened has stems to compute.");
    }
    const names = Object.keys(heard.stems);
    const content = song.own ? "" : await song.content();
    const { baseUrl } = settings();
    const parts = { ...song, content, graph, separator, stems: names, model, baseUrl };
    const stems = new SongStems(parts);
    try {
      await stems.open();
    } catch (error) {
      await stems.dispose();
      throw error;
    }
    return stems;
  }

  /** A region's stems; undefined where they are not ready. */
  region(region: number): Promise<KnownStems | undefined> {
    return this.#stems?.region(region) ?? Promise.resolve(undefined);
  }

  /** The separator's stems are heard again; `improve` begins anew, with what the settings are then. */
  leave(): void {
    this.#improving.abort();
    this.#improving = new AbortController();
    const stems = this.#stems;
    this.#stems = undefined;
    if (!stems) return;
    void stems.dispose();
    this.#host.onChange(undefined);
  }

  /**
   * Computes what is missing of the song's stems and lets `write` put them into one file. Where none are
   * computed ahead it takes the studio model, or else the live one.
   * @throws DannaError; the signal's reason when aborted
   */
  async save(
    write: WriteSong,
    onProgress: (progress: SaveProgress) => void,
    signal: AbortSignal,
  ): Promise<File> {
    if (this.#stems) return this.#stems.save(write, onProgress, signal);
    const { model } = this.#host.settings();
    const live = model === undefined ? "live" : new URL(model, document.baseURI).href;
    const stems = await this.#open(this.#model ?? live);
    try {
      return await stems.save(write, onProgress, AbortSignal.any([signal, this.#life.signal]));
    } finally {
      void stems.dispose();
    }
  }

  /** The song is closed. */
  dispose(): void {
    this.#life.abort(new DOMException("the song was closed", "AbortError"));
    this.leave();
  }
}
