// What "save" and "save-cancel" do: one save at a time, its progress and its file in the snapshot. Page
// thread; loaded with the first.
import { DannaError } from "../index.ts";
import { lazy } from "../util/lazy.ts";
import type { SaveOptions } from "./actions.ts";
import type { SongImprover } from "./ahead/better-stems.ts";
import type { WriteSong } from "./ahead/song-stems.ts";
import type { AudioPath } from "./audio-path.ts";
import { toGain } from "./decibels.ts";
import { isLooping } from "./loop.ts";
import { effectiveGains } from "./mix.ts";
import type { PlayerState } from "./state.ts";

/** What a save needs of the player. */
export interface SaveHost {
  state(): PlayerState;
  path(): AudioPath | undefined;
  set(changes: Partial<PlayerState>): void;
  /** Of the song that is open; undefined without one. */
  improver(): Promise<SongImprover | undefined>;
}

export class SaveAction {
  readonly #host: SaveHost;
  #running: AbortController | undefined;

  constructor(host: SaveHost) {
    this.#host = host;
  }

  /**
   * Takes the place of a save that runs. Gives the file; undefined when it was cancelled, or nothing is open.
   * @throws DannaError what kept the stems from being computed, or the file from being written
   */
  async save(options: SaveOptions): Promise<File | undefined> {
    const host = this.#host;
    const path = host.path();
    if (!path) return undefined;
    this.cancel();
    const running = new AbortController();
    this.#running = running;
    host.set({ saving: { done: 0, remaining: undefined }, saved: undefined });
    try {
      const write = writerOf(options, host.state(), path);
      const improver = await host.improver();
      running.signal.throwIfAborted();
      const file = await improver?.save(
        write,
        (saving) => this.#running === running && host.set({ saving }),
        running.signal,
      );
      if (this.#running === running) host.set({ saved: file });
      return file;
    } catch (error) {
      // What fails after a cancel is nobody's concern.
      if (running.signal.aborted || (error as Error).name === "AbortError") return undefined;
      throw error;
    } finally {
      if (this.#running === running) this.cancel();
    }
  }

  cancel(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#host.set({ saving: undefined });
  }
}

/** What writes the file; gains, key, tempo and loop are as they are now, whatever becomes of them. */
function writerOf(
  options: SaveOptions,
  state: PlayerState,
  { context: { sampleRate }, stretchFile }: AudioPath,
): WriteSong {
  const name = options.name ?? state.source?.title ?? "";
  const { what = "stems", format = "wav16" } = options;
  const { title = name, artist, cover } = state.source ?? {};
  const tags = { title, ...(artist && { artist }), ...(cover && { cover }) };
  if (what === "stems") {
    const stems = [...(options.stems ?? state.stems)];
    return async (chunks) => {
      const { writeStems } = await lazy(import("../output/write-stems.ts"));
      return writeStems(chunks, { name, sampleRate, stems, format, tags });
    };
  }
  if (format === "stem.mp4") {
    throw new DannaError("input", "A mix has no Stem file: save it as WAV, FLAC or MP3.");
  }
  const { loop, key, tempo } = state;
  const range = options.range !== "song" && isLooping(loop) ? loop : undefined;
  const gains = gainsOf(state);
  return async (chunks) => {
    const { writeMix } = await lazy(import("../output/write-mix.ts"));
    const isOriginal = key === 0 && tempo === 1;
    const retuning = isOriginal ? undefined : await lazy(import("./retune-offline.ts"));
    return writeMix(chunks, {
      name,
      sampleRate,
      gains,
      format,
      tags,
      ...(options.label && { label: options.label }),
      ...(range && {
        range: [Math.round(range.a * sampleRate), Math.round(range.b * sampleRate)],
      }),
      ...(retuning && {
        effect: (blocks) => retuning.retuned(blocks, { sampleRate, key, tempo, stretchFile }),
      }),
    });
  };
}

/** Linear gain of each stem as it is heard, master included. */
function gainsOf({ mix, stems, master, bypass }: PlayerState): Readonly<Record<string, number>> {
  const heard = effectiveGains(mix, stems);
  const whole = toGain(master);
  return Object.fromEntries(stems.map((stem) => [stem, whole * (bypass ? 1 : heard[stem])]));
}
