// What a player knows of the song that is open, and does with it: tempo, beats and key in the snapshot, clicks on the
// beats, the count-in. Page thread; loaded with the first song.
import type { KnownStems } from "../split/workers/song-analyst.ts";
import { Scope } from "../util/scope.ts";
import type { AudioPath } from "./audio-path.ts";
import { nearestBeat } from "./beats.ts";
import type { BufferTransport } from "./buffer-transport.ts";
import { Metronome } from "./metronome.ts";
import { SongKnowledge } from "./song-knowledge.ts";
import type { Song } from "./song.ts";
import type { PlayerState } from "./state.ts";

export interface SongSenseHost {
  readonly path: AudioPath;
  state(): PlayerState;
  set(changes: Partial<PlayerState>): void;
  /** A region's stems; undefined where they are not ready. */
  stems(region: number): Promise<KnownStems | undefined>;
  /** Whether the user wants the song to play. */
  wantsPlay(): boolean;
  /** It is being counted, or no more, or more is known of it. */
  follow(): void;
}

export class SongSense {
  readonly #host: SongSenseHost;
  readonly #transport: BufferTransport;
  readonly #song: Song;
  readonly #scope = new Scope();
  readonly #life = new AbortController();
  #knowledge: SongKnowledge | undefined;
  #metronome: Metronome | undefined;
  #counting = false;

  constructor(song: Song, transport: BufferTransport, host: SongSenseHost) {
    this.#host = host;
    this.#song = song;
    this.#transport = transport;
    this.keepTime();
  }

  get #beats(): Float64Array | undefined {
    return this.#host.state().analysis?.tempo?.beats;
  }

  /** Aborted when the song is closed. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Whether the song is being counted in. */
  get counting(): boolean {
    return this.#counting;
  }

  /** Finds tempo and key, and once more when all stems are there. */
  analyse(): void {
    const { path, state, set, stems } = this.#host;
    this.#knowledge ??= new SongKnowledge({
      song: this.#song,
      baseUrl: path.baseUrl,
      stems,
      onChange: (analysis) => {
        set({ analysis });
        this.follow();
      },
    });
    if (state().better?.ready === 1) this.refine();
  }

  /** All stems are there. */
  refine(): void {
    this.#knowledge?.refine();
  }

  /** Latency, or what is known, has changed. */
  follow(): void {
    this.#metronome?.follow();
  }

  /** Takes over whether clicks are heard. */
  keepTime(): void {
    const { click, countIn } = this.#host.state();
    if (click || countIn) this.#metronome ??= this.#openMetronome();
    if (this.#metronome) this.#metronome.on = click;
  }

  #openMetronome(): Metronome {
    const { path } = this.#host;
    const transport = this.#transport;
    const metronome = new Metronome({
      context: path.context,
      destination: path.destination,
      sounding: () => transport.sounding,
      latency: () => path.latency,
      beats: () => this.#beats,
    });
    const follow = () => metronome.follow();
    this.#scope.add(transport.on("sounding", follow), transport.on("change", follow));
    return metronome;
  }

  /** The nearest beat, where beats are known. */
  onBeat(time: number): number {
    return nearestBeat(this.#beats, time);
  }

  /** The context's time at which the song is to begin, in time for that; undefined is at once, "ended" not by this. */
  async countIn(): Promise<number | "ended" | undefined> {
    const { state, follow, wantsPlay } = this.#host;
    const { countIn, tempo } = state();
    const { paused, position, duration } = this.#transport;
    if (!countIn || !paused || !this.#metronome) return undefined;
    this.#counting = true;
    const begins = this.#metronome.countIn(position < duration ? position : 0, tempo);
    follow();
    const time = await begins;
    this.#counting = false;
    return wantsPlay() ? time : "ended";
  }

  /** Ends a count-in that runs. */
  stopCounting(): void {
    this.#metronome?.stopCounting();
  }

  /** The song is closed. */
  dispose(): void {
    this.#life.abort();
    this.#scope.end();
    this.#knowledge?.dispose();
    this.#metronome?.dispose();
    this.#host.set({ analysis: undefined });
  }
}
