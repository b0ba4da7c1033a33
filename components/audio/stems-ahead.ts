// A song's stems by a better model, computed ahead of the playhead in the background and kept for the
// next time. Page thread; the model runs in a worker of its own.
import { DannaError } from "../../src/errors.ts";
import { Emitter } from "../../src/events.ts";
import { sha256 } from "../../src/engine/sha256.ts";
import { KEPT_CHANNELS, packRegion } from "../../src/split/packed-region.ts";
import { RegionMap } from "../../src/split/regions.ts";
import { identify, loadInWorkers } from "../../src/split/served.ts";
import { STEM_CHANNELS } from "../../src/split/stage.ts";
import type { StemChunk } from "../../src/split/split-stream.ts";
import { StemStore } from "../../src/split/stem-store.ts";
import type { WorkerModel } from "../../src/split/worker-model.ts";
import { STEMS, type Stem } from "../../src/stems.ts";
import type { Song } from "./song.ts";

/** Another number makes everything that was kept before stale. */
const VERSION = 1;
/** Regions that may lie between what is computed and what is wanted before the work moves. */
const NEAR = 2;

export interface StemsAheadOptions {
  readonly song: Song;
  /** Name of a model or URL of its manifest. */
  readonly model: string;
  readonly baseUrl: string | URL | undefined;
  /** Sample that is being played. */
  readonly playhead: () => number;
  /** Waits until the work may go on, after so many milliseconds of it. */
  readonly pause: (spent: number, signal: AbortSignal) => Promise<void>;
}

export interface StemsAheadEvents {
  /** A region's stems are there. */
  region: number;
  /** What is ready, or whether it is kept, changed. */
  change: undefined;
}

/** `open`, then `start`; any failure of the work is told by `complete`. */
export class StemsAhead extends Emitter<StemsAheadEvents> {
  readonly map: RegionMap;
  readonly #options: StemsAheadOptions;
  readonly #life = new AbortController();
  #store: StemStore | undefined;
  #model: Promise<WorkerModel> | undefined;
  #run: { region: number; controller: AbortController } | undefined;
  #work: Promise<void> | undefined;

  constructor(options: StemsAheadOptions) {
    super();
    this.#options = options;
    this.map = new RegionMap(options.song.channels[0].length);
  }

  /** Where the stems are kept; `open` first. */
  get store(): StemStore {
    if (!this.#store) throw new DannaError("disposed", "The stems are not open.");
    return this.#store;
  }

  /**
   * Finds what is kept from before, without loading the model.
   * @param content SHA-256 of the song's file
   * @throws DannaError "fetch" or "manifest" when there is no such model
   */
  async open(content: string): Promise<void> {
    const { song, model, baseUrl } = this.#options;
    const id = await identify(model, { baseUrl, signal: this.#life.signal });
    const identity = [VERSION, content, id, song.sampleRate, this.map.samples].join();
    const key = await sha256(new TextEncoder().encode(identity));
    const store = await StemStore.open(key, this.map);
    store.onforgetful = () => this.emit("change", undefined);
    this.#life.signal.throwIfAborted();
    this.#store = store;
  }

  /** Works on what is missing until nothing is. */
  start(): void {
    this.#work ??= this.#workOn().finally(() => (this.#work = undefined));
    this.#work.catch(() => undefined);
  }

  /**
   * Resolves when every region is ready.
   * @throws what kept the work from going on
   */
  async complete(): Promise<void> {
    while (!this.map.complete) {
      this.start();
      await this.#work;
    }
  }

  /** Moves the work to the playhead, where it is far off. */
  follow(): void {
    if (this.#run && this.#isFar(this.#run.region)) this.#run.controller.abort();
  }

  #wanted(): number | undefined {
    return this.map.nextMissing(this.map.regionAt(this.#options.playhead()));
  }

  #isFar(region: number): boolean {
    const wanted = this.#wanted();
    return wanted !== undefined && (wanted < region || wanted > region + NEAR);
  }

  async #workOn(): Promise<void> {
    const { signal } = this.#life;
    for (let region = this.#wanted(); region !== undefined; region = this.#wanted()) {
      const controller = new AbortController();
      this.#run = { region, controller };
      try {
        await this.#compute(region, AbortSignal.any([signal, controller.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (!controller.signal.aborted) throw error;
      } finally {
        this.#run = undefined;
      }
    }
    await this.#unload();
  }

  async #compute(first: number, signal: AbortSignal): Promise<void> {
    const { song, pause } = this.#options;
    const model = await this.#load();
    signal.throwIfAborted();
    const from = this.map.start(first) / song.sampleRate;
    const { sampleRate, channels } = song;
    const split = await model.split(song, async () => ({ sampleRate, channels }), { from, signal });
    const filling = new RegionFiller(this.map, first);
    let since = performance.now();
    for await (const chunk of split) {
      const spent = performance.now() - since;
      for (const { region, planes } of filling.add(chunk)) {
        await this.store.write(region, packRegion(planes));
        this.emit("region", region);
        this.emit("change", undefined);
      }
      if (filling.region >= this.map.length || this.map.has(filling.region)) return;
      if (this.#run) this.#run.region = filling.region;
      this.follow();
      await pause(spent, signal);
      since = performance.now();
    }
  }

  #load(): Promise<WorkerModel> {
    const { model, baseUrl } = this.#options;
    const { signal } = this.#life;
    this.#model ??= loadInWorkers(model, 1, { baseUrl, signal }).catch((error: unknown) => {
      this.#model = undefined;
      throw error;
    });
    return this.#model;
  }

  async #unload(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    await (await model?.catch(() => undefined))?.dispose();
  }

  /** The whole song's stems, from what is ready; compute all of it first. */
  async *chunks(): AsyncGenerator<StemChunk, void, undefined> {
    const { song } = this.#options;
    const { sampleRate } = song;
    for (let region = 0; region < this.map.length; region++) {
      const start = this.map.start(region);
      const size = this.map.size(region);
      let packed = await this.store.read(region);
      // What was damaged is computed anew.
      while (!packed) {
        await this.complete();
        packed = await this.store.read(region);
      }
      const planes = Array.from({ length: STEM_CHANNELS }, () => new Float32Array(size));
      packed.read(0, size, song.channels, start, planes, 0);
      const entries = STEMS.map((stem, i) => [stem, [planes[2 * i], planes[2 * i + 1]]]);
      yield { start, sampleRate, stems: Object.fromEntries(entries) as StemChunk["stems"] };
    }
  }

  /** Ends the work and frees the model. What is ready stays kept. */
  async dispose(): Promise<void> {
    this.#life.abort(new DOMException("the song was closed", "AbortError"));
    this.clear();
    await this.#unload();
  }
}

/** Cuts chunks into regions. */
class RegionFiller {
  /** The region being filled. */
  region: number;
  readonly #map: RegionMap;
  #planes: Float32Array[];
  #filled = 0;

  constructor(map: RegionMap, first: number) {
    this.#map = map;
    this.region = first;
    this.#planes = this.#empty();
  }

  #empty(): Float32Array[] {
    const size = this.region < this.#map.length ? this.#map.size(this.region) : 0;
    return Array.from({ length: KEPT_CHANNELS }, () => new Float32Array(size));
  }

  /** Takes the next chunk; gives the regions that it completes. */
  *add({ stems }: StemChunk): Generator<{ region: number; planes: Float32Array[] }> {
    const kept = STEMS.slice(0, KEPT_CHANNELS / 2).flatMap((stem: Stem) => stems[stem]);
    const { length } = kept[0];
    for (let at = 0; at < length && this.region < this.#map.length;) {
      const size = this.#map.size(this.region);
      const take = Math.min(length - at, size - this.#filled);
      kept.forEach((plane, c) => this.#planes[c].set(plane.subarray(at, at + take), this.#filled));
      at += take;
      this.#filled += take;
      if (this.#filled < size) continue;
      const full = { region: this.region, planes: this.#planes };
      this.region++;
      this.#filled = 0;
      this.#planes = this.#empty();
      yield full;
    }
  }
}
