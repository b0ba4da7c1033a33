// A song's stems by a better model, computed ahead of the playhead in the background and kept for the
// next time. Page thread; the model runs in a worker of its own.
import { DannaError } from "../../errors.ts";
import { expand } from "../../dsp/kept-block.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { readBlock } from "../../dsp/stored-block.ts";
import { pause } from "../../util/async.ts";
import { Emitter } from "../../util/emitter.ts";
import { sha256 } from "../../util/sha256.ts";
import { keptChannels, packRegion } from "../../dsp/packed-region.ts";
import { RegionMap } from "./regions.ts";
import { stemChunks, type RegionStems, type RegionStemsEvents } from "./region-stems.ts";
import { identify, loadInWorkers } from "../../split/page-models.ts";
import type { StemChunk } from "../../split/split-stream.ts";
import { StemDetail } from "./stem-detail.ts";
import { StemLevels } from "./stem-levels.ts";
import { StemStore } from "./stem-store.ts";
import type { WorkerModel } from "../../split/workers/worker-model.ts";
import { TEMPO_RANGE } from "../key-tempo-range.ts";
import type { Song } from "../song.ts";

/** Another number makes everything that was kept before stale. */
const VERSION = 3;
/** Name of the file with the stems' levels. */
const LEVELS = "levels";
/** Name of the file with a region's levels in detail. */
const detailOf = (region: number) => `detail-${region}`;
/** Regions that may lie between what is computed and what is wanted before the work moves. */
const NEAR = 2;

export interface StemsAheadOptions {
  readonly song: Song;
  /** Names of the stems, in the separator's order; the model must give the same ones. */
  readonly stems: readonly string[];
  /** Name of a model or URL of its manifest. */
  readonly model: string;
  readonly baseUrl: string | URL | undefined;
  /** Sample that is being played. */
  readonly playhead: () => number;
  /** Waits until the work may go on, after so many milliseconds of it. */
  readonly pause: (spent: number, signal: AbortSignal) => Promise<void>;
}

interface Run {
  /** What was wanted when it began; it may have begun later in the song. */
  readonly wanted: number;
  /** The region that it is at. */
  region: number;
  readonly controller: AbortController;
  /** When it began, in milliseconds, and where the playhead was. */
  readonly began: number;
  readonly playhead: number;
}

/** `open`, then `start`; any failure of the work is told by `complete`. */
export class StemsAhead extends Emitter<RegionStemsEvents> implements RegionStems {
  readonly map: RegionMap;
  readonly levels: StemLevels;
  readonly detail: StemDetail;
  readonly #options: StemsAheadOptions;
  readonly #life = new AbortController();
  #store: StemStore | undefined;
  #model: Promise<WorkerModel> | undefined;
  #run: Run | undefined;
  /**
   * Samples that the last run's playhead went on before the first stems were there: a model hears up to
   * 16 s of what comes before. Where that takes as long as NEAR, a run that began at the playhead would
   * be behind it for ever.
   */
  #lead = 0;
  #work: Promise<void> | undefined;

  constructor(options: StemsAheadOptions) {
    super();
    this.#options = options;
    const { song, stems } = options;
    this.map = new RegionMap(song.length);
    const { length, sampleRate } = song;
    this.levels = new StemLevels({ length, stems: stems.length });
    this.detail = new StemDetail({ length, sampleRate, stems: stems.length });
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
    const { song, stems, model, baseUrl } = this.#options;
    const id = await identify(model, { baseUrl, signal: this.#life.signal });
    const identity = [VERSION, content, id, song.sampleRate, this.map.samples, ...stems].join();
    const key = await sha256(new TextEncoder().encode(identity));
    const store = await StemStore.open(key, this.map, keptChannels(stems.length));
    store.onforgetful = () => this.emit("change", undefined);
    const levels = await store.readNote(LEVELS);
    if (levels) this.levels.restore(levels);
    this.#life.signal.throwIfAborted();
    this.#store = store;
    // It is for the picture of a part, which can wait.
    this.#restoreDetail(store).catch(() => undefined);
  }

  /** What is kept of the levels in detail; stems that were kept without are looked at. */
  async #restoreDetail(store: StemStore): Promise<void> {
    const { song, stems } = this.#options;
    const { map, detail } = this;
    for (let region = 0; region < map.length; region++) {
      if (!map.has(region)) continue;
      const [start, size] = [map.start(region), map.size(region)];
      const note = await store.readNote(detailOf(region));
      this.#life.signal.throwIfAborted();
      if (
        note &&
        note.length % 4 === 0 &&
        detail.restore(start, size, new Float32Array(note.buffer))
      )
        continue;
      const packed = await store.read(region);
      if (!packed) continue;
      const planes = Array.from({ length: 2 * stems.length }, () => new Float32Array(size));
      packed.read(0, size, expand(await readBlock(song.blocks[region])), 0, planes, 0);
      await this.#addDetail(store, region, planes.slice(0, -2));
      await pause(0, this.#life.signal);
    }
    this.emit("change", undefined);
  }

  async #addDetail(store: StemStore, region: number, planes: Planar): Promise<void> {
    const { map, detail } = this;
    const block = await readBlock(this.#options.song.blocks[region]);
    const energies = detail.add(map.start(region), planes, block, map.size(region));
    await store.writeNote(detailOf(region), new Uint8Array(energies.buffer));
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
    const run = this.#run;
    if (!run || !this.#isFar(run)) return;
    this.#lead = Math.max(this.#lead, this.#passedIn(run));
    run.controller.abort();
  }

  /** Samples played since; a jump in between counts for no more than the fastest playing. */
  #passedIn({ began, playhead }: Run): number {
    const { song, playhead: now } = this.#options;
    const most = TEMPO_RANGE.max * song.sampleRate * ((performance.now() - began) / 1000);
    return Math.min(most, Math.max(0, now() - playhead));
  }

  #wanted(): number | undefined {
    return this.map.nextMissing(this.map.regionAt(this.#options.playhead()));
  }

  /** Where a run begins that is to be there when the playhead comes. */
  #first(wanted: number): number {
    const { playhead } = this.#options;
    const ahead = this.map.regionAt(playhead() + this.#lead);
    const reached = this.map.nextMissing(ahead) ?? wanted;
    const played = this.map.regionAt(playhead());
    return wanted >= played && wanted < ahead && reached >= ahead ? reached : wanted;
  }

  #isFar({ wanted: from, region }: Run): boolean {
    const wanted = this.#wanted();
    return wanted !== undefined && (wanted < from || wanted > region + NEAR);
  }

  async #workOn(): Promise<void> {
    const { signal } = this.#life;
    while (!this.map.complete) {
      const model = await this.#load();
      signal.throwIfAborted();
      const wanted = this.#wanted();
      if (wanted === undefined) break;
      const controller = new AbortController();
      this.#run = {
        wanted,
        region: this.#first(wanted),
        controller,
        began: performance.now(),
        playhead: this.#options.playhead(),
      };
      try {
        await this.#compute(model, this.#run, AbortSignal.any([signal, controller.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (controller.signal.aborted) continue;
        // A worker that has failed never works again.
        await this.#unload();
        throw error;
      } finally {
        this.#run = undefined;
      }
    }
    await this.#unload();
  }

  async #compute(model: WorkerModel, run: Run, signal: AbortSignal): Promise<void> {
    const { song, stems, pause } = this.#options;
    const first = run.region;
    const from = this.map.start(first) / song.sampleRate;
    const { sampleRate, blocks } = song;
    const split = await model.split(song, async () => ({ sampleRate, blocks }), { from, signal });
    const filling = new RegionFiller(this.map, first, stems);
    let since = performance.now();
    for await (const chunk of split) {
      const spent = performance.now() - since;
      for (const { region, planes } of filling.add(chunk)) {
        if (region === first) this.#lead = this.#passedIn(run);
        await this.store.write(region, packRegion(planes));
        this.levels.add(this.map.start(region), planes, await readBlock(song.blocks[region]));
        await this.store.writeNote(LEVELS, this.levels.bytes);
        await this.#addDetail(this.store, region, planes);
        this.emit("region", region);
        this.emit("change", undefined);
      }
      if (filling.region >= this.map.length || this.map.has(filling.region)) return;
      run.region = filling.region;
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
  chunks(): AsyncGenerator<StemChunk, void, undefined> {
    const { song, stems } = this.#options;
    const { map, store } = this;
    return stemChunks(song, stems, { map, store, complete: () => this.complete() });
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
  readonly #stems: readonly string[];
  #planes: Float32Array[];
  #filled = 0;

  constructor(map: RegionMap, first: number, stems: readonly string[]) {
    this.#map = map;
    this.region = first;
    this.#stems = stems;
    this.#planes = this.#empty();
  }

  #empty(): Float32Array[] {
    const size = this.region < this.#map.length ? this.#map.size(this.region) : 0;
    return Array.from({ length: keptChannels(this.#stems.length) }, () => new Float32Array(size));
  }

  /** Takes the next chunk; gives the regions that it completes. */
  *add({ stems }: StemChunk): Generator<{ region: number; planes: Float32Array[] }> {
    const planes: Readonly<Record<string, readonly Float32Array[]>> = stems;
    const missing = this.#stems.find((stem) => !planes[stem]);
    if (missing !== undefined) {
      const message = `The model gives no "${missing}", which the separator does: choose one with the same stems.`;
      throw new DannaError("model", message);
    }
    const kept = this.#stems.slice(0, -1).flatMap((stem) => planes[stem]);
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
