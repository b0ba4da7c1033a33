// The mix of a song with its key, tempo and loop, which the song has again after its page was loaded anew. Page thread; loaded
// with the first sound, or with a page that is.
import type { PlayerState } from "../../src/player/index.ts";
import { MAX_PRESET_NAME, PresetStore, type UserPreset } from "../core/preset-store.ts";
import { cameBack } from "./came-back.ts";
import { keep, keptOf } from "./last-song.ts";

interface Host extends HTMLElement {
  /** Whether the page's address may name a mix. */
  readonly songLink: boolean;
  readonly presets: { apply(preset: UserPreset): void };
}

/** Keeps the mixes of a mixer's songs, and gives that of the first song back where the page was loaded anew. */
export class LastMix {
  readonly #host: Host;
  readonly #store: PresetStore;
  #song: string | undefined;
  #known: Partial<PlayerState> = {};

  constructor(host: Host) {
    this.#host = host;
    this.#store = new PresetStore({
      getItem: () => keptOf(host, "mix") ?? null,
      setItem: (_, mixes) => keep(host, "mix", mixes),
    });
  }

  /** After each change of the player's. */
  follow({ source, mix, key, tempo, loop }: PlayerState): void {
    const song =
      source?.kind === "file"
        ? (source.address || source.title).slice(-MAX_PRESET_NAME).trim()
        : "";
    const known = this.#known;
    const changed =
      mix !== known.mix || key !== known.key || tempo !== known.tempo || loop !== known.loop;
    this.#known = { mix, key, tempo, loop };
    if (!song) {
      // Closed: there is nothing to come back to.
      if (!this.#song) return;
      keep(this.#host, "mix", undefined);
      this.#song = "";
    } else if (song !== this.#song) {
      if (this.#song === undefined && cameBack() && !this.#isLinked) this.#restore(song);
      this.#song = song;
    } else if (changed) {
      this.#store.save(song, mix, { key, tempo, loop });
    }
  }

  /** The address says what is heard. */
  get #isLinked(): boolean {
    return this.#host.songLink && /[#&]song=/.test(location.hash);
  }

  #restore(song: string): void {
    const kept = this.#store.list().find(({ name }) => name === song);
    if (kept) this.#host.presets.apply(kept);
  }
}
