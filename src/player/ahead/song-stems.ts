// What makes a song's stems better while it plays, and saves them: the work ahead of the playhead, the
// player and the graph brought together. Page thread; loaded when it is first needed.
import type { StemSeparator } from "../../index.ts";
import { Emitter } from "../../util/emitter.ts";
import { Scope } from "../../util/scope.ts";
import type { Stem } from "../../stems.ts";
import type { RegionStems } from "./region-stems.ts";
import type { Span } from "./regions.ts";
import type { StemChunk } from "../../split/split-stream.ts";
import type { KnownStems } from "../../split/workers/song-analyst.ts";
import { isLooping } from "../loop.ts";
import { Pace } from "./pace.ts";
import type { MixerGraph } from "../graph.ts";
import type { SaveProgress } from "../state.ts";
import { RegionFeeder } from "./region-feeder.ts";
import type { Song } from "../song.ts";
import type { Transport } from "../transport.ts";
import { StemsAhead } from "./stems-ahead.ts";
import { WiderMargin } from "./wider-margin.ts";
import { abortable, pause } from "../../util/async.ts";

/** Writes a whole song's stems, which come in order, into one file. */
export type WriteSong = (chunks: AsyncIterable<StemChunk>) => Promise<File>;

/** What lets a song's stems be heard: the song player, or what follows a media element. */
export interface StemsPlayer {
  /** Has the bus. */
  readonly node: AudioNode;
  /** Told of every region that the playhead enters. */
  onregion: ((region: number) => void) | undefined;
  /** Lets the stems that are handed over replace the separator's, or fades back and drops them. */
  setBlending(on: boolean): void;
  /** Hands over the packed stems of a region, or takes them back. */
  setRegion(region: number, stems: ArrayBuffer | undefined): void;
}

/** Where in the song it is. */
export interface Playhead extends Pick<Transport, "position" | "paused" | "loop" | "on"> {
  /** Whether the song sounds as it is. */
  readonly isOriginal: boolean;
}

export interface SongStemsOptions {
  readonly song: Song;
  /** SHA-256 of the song's file. */
  readonly content: string;
  readonly player: StemsPlayer;
  readonly transport: Playhead;
  readonly graph: MixerGraph;
  /** Their names, in the order of what they take the place of. */
  readonly stems: readonly Stem[];
  /** Undefined where the song brings its stems. */
  readonly separator: StemSeparator | undefined;
  /** What computes them, or the song's own. */
  readonly model: string | RegionStems;
  readonly baseUrl: string | URL | undefined;
}

/** Share of a save that goes into writing, where stems had to be computed first. */
const WRITING = 0.1;
/** Seconds after which the speed is worth a guess. */
const GUESS = 1;

export class SongStems extends Emitter<{ change: undefined; error: Error }> {
  readonly #options: SongStemsOptions;
  readonly #ahead: RegionStems;
  readonly #pace = new Pace();
  readonly #margin: WiderMargin | undefined;
  /** Calls of `#complete` that have not ended. */
  #working = 0;
  readonly #scope = new Scope();
  #feeder: RegionFeeder | undefined;

  constructor(options: SongStemsOptions) {
    super();
    this.#options = options;
    const { song, stems, model, baseUrl, separator, transport } = options;
    this.#margin = separator && new WiderMargin(separator);
    this.#scope.add(transport.on("change", () => this.#narrowSoon()));
    const playhead = () => this.#playhead();
    const pause = (spent: number, signal: AbortSignal) => this.#pause(spent, signal);
    this.#ahead =
      typeof model === "string"
        ? new StemsAhead({ song, stems, model, baseUrl, playhead, pause })
        : model;
    this.#ahead.on("change", () => this.emit("change", undefined));
  }

  /**
   * Finds what is kept from before.
   * @throws as `StemsAhead.open`
   */
  open(): Promise<void> {
    return this.#ahead.open(this.#options.content);
  }

  /** Stretches that are ready, as shares of the song. */
  get spans(): readonly Span[] {
    return this.#ahead.map.spans();
  }

  /** Loudness of the stems that are ready: see `BetterStems.levels`. */
  get levels(): Float32Array {
    return this.#ahead.levels.values;
  }

  /** See `BetterStems.detail`. */
  get detail(): Float32Array {
    return this.#ahead.detail.values;
  }

  /** Share of the song that is ready. */
  get ready(): number {
    return this.#ahead.map.share;
  }

  /** A region's packed stems, and their names in that order; undefined where they are not ready. */
  async region(region: number): Promise<KnownStems | undefined> {
    const { map, store } = this.#ahead;
    const stems = map.has(region) ? await store.read(region) : undefined;
    return stems && { packed: stems.buffer, names: this.#options.stems };
  }

  /** Whether what is ready is there at the next visit. */
  get kept(): boolean {
    return this.#ahead.store.lasting;
  }

  /** Whether what sounds now comes from here. */
  get heard(): boolean {
    const { map } = this.#ahead;
    const { transport, separator } = this.#options;
    const plays = this.#feeder !== undefined && (transport.isOriginal || !separator);
    return plays && map.has(map.regionAt(this.#playhead()));
  }

  /** Lets ready stems be heard. Resolves when those at the playhead, if any, are on their way. */
  async play(): Promise<void> {
    const { player, transport, graph } = this.#options;
    const { map, store } = this.#ahead;
    const feeder = new RegionFeeder(player, map, store, () => this.#recompute());
    this.#feeder = feeder;
    const feed = (region: number) => {
      const { loop } = transport;
      const start = isLooping(loop)
        ? map.regionAt(loop.a * this.#options.song.sampleRate)
        : undefined;
      return feeder.feed(region, start);
    };
    const feedHere = () => feed(map.regionAt(this.#playhead()));
    player.onregion = (region) => {
      void feed(region);
      this.emit("change", undefined);
    };
    graph.blend(player.node);
    player.setBlending(true);
    this.#scope.add(
      () => player.setBlending(false),
      () => (player.onregion = undefined),
      this.#ahead.on("region", () => void feedHere()),
      transport.on("change", () => {
        void feedHere();
        this.#ahead.follow();
        this.emit("change", undefined);
      }),
    );
    await feedHere();
  }

  /** Computes what is missing, ahead of the playhead; failures are told as "error". */
  start(): void {
    this.#complete().catch((error: Error) => {
      if (error.name !== "AbortError") this.emit("error", error);
    });
  }

  /**
   * Computes what is missing and writes all into one file.
   * @throws DannaError what kept the work from going on; the signal's reason
   */
  async save(
    write: WriteSong,
    onProgress: (progress: SaveProgress) => void,
    signal: AbortSignal,
  ): Promise<File> {
    const { map } = this.#ahead;
    const before = map.share;
    const writing = map.complete ? 1 : WRITING;
    const started = performance.now();
    const tell = (done: number) => {
      const time = (performance.now() - started) / 1000;
      const remaining = done > 0 && time > GUESS ? (time * (1 - done)) / done : undefined;
      onProgress({ done, remaining });
    };
    const computed = () => (before < 1 ? (map.share - before) / (1 - before) : 1);
    const off = this.#ahead.on("change", () => tell((1 - writing) * computed()));
    tell(0);
    try {
      const chunks = this.#told(tell, writing, signal);
      // Also while the file is being ended, after the last chunk: what comes of it then is dropped.
      return await abortable(write(chunks), signal);
    } finally {
      off();
    }
  }

  async *#told(tell: (done: number) => void, writing: number, signal: AbortSignal) {
    // A file that cannot be written here is refused before: a song takes minutes to compute.
    await abortable(this.#complete(), signal);
    const { samples } = this.#ahead.map;
    for await (const chunk of this.#ahead.chunks()) {
      signal.throwIfAborted();
      yield chunk;
      tell(
        1 - writing + writing * ((chunk.start + Object.values(chunk.stems)[0][0].length) / samples),
      );
    }
  }

  /** Live audio has the wider margin for as long as the work takes, and until a pause comes. */
  async #complete(): Promise<void> {
    if (this.#ahead.map.complete) return;
    this.#margin?.widen();
    this.#working++;
    try {
      await this.#ahead.complete();
    } finally {
      this.#working--;
      this.#narrowSoon();
    }
  }

  #narrowSoon(): void {
    if (this.#working === 0 && this.#options.transport.paused) this.#margin?.narrow();
  }

  #recompute(): void {
    this.emit("change", undefined);
    this.start();
  }

  #playhead(): number {
    const { transport, song } = this.#options;
    return Math.round(transport.position * song.sampleRate);
  }

  #pause(spent: number, signal: AbortSignal): Promise<void> {
    const { separator, transport } = this.#options;
    if (!separator) return Promise.resolve();
    const { lateHops, load } = separator.stats;
    const time = this.#pace.rest(spent, { playing: !transport.paused, lateHops, load });
    return time > 0 ? pause(time, signal) : Promise.resolve();
  }

  /** Ends the work; the separator's stems are heard again. */
  async dispose(): Promise<void> {
    this.#scope.end();
    this.#margin?.dispose();
    this.clear();
    await this.#ahead.dispose();
  }
}
