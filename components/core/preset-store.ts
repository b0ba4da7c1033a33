// The user's own presets, kept in localStorage. Page thread.
import { DannaError } from "../../src/index.ts";
import { clampKey, clampTempo, parseMix, type Loop, type Mix } from "../../src/player/index.ts";

/** What a mix keeps beside gains, mutes and solos. */
export interface Tuning {
  /** Semitones. */
  readonly key: number;
  /** A factor. */
  readonly tempo: number;
  /** Seconds. */
  readonly loop: Loop;
}

export interface UserPreset extends Partial<Tuning> {
  readonly name: string;
  readonly mix: Mix;
}

export const PRESET_STORAGE_KEY = "danna-sep.presets";
export const MAX_PRESET_NAME = 40;

/** What of `Storage` the store uses. */
export type KeyValueStorage = Pick<Storage, "getItem" | "setItem">;

/**
 * Reads and writes the user's presets. Entries that cannot be read (written by a later version,
 * or by hand) are left out and overwritten by the next save. Every method reads afresh, so two
 * mixers or two tabs share one list.
 */
export class PresetStore {
  /** `storage` is undefined where the browser denies it: the list is then empty and `save` throws. */
  constructor(private readonly storage: KeyValueStorage | undefined) {}

  /** All presets, in the order they were first saved. */
  list(): UserPreset[] {
    let entries: unknown;
    try {
      entries = JSON.parse(this.storage?.getItem(PRESET_STORAGE_KEY) ?? "[]");
    } catch {
      return [];
    }
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: unknown) => {
      const { name, mix, ...tuning } = (entry ?? {}) as Record<string, unknown>;
      const parsed = parseMix(mix);
      if (typeof name !== "string" || name === "" || !parsed) return [];
      return [{ name, mix: parsed, ...parseTuning(tuning) }];
    });
  }

  /**
   * Keeps `mix` and `tuning` under `name`, in the place of one with that name if there is one. Throws a
   * `DannaError` ("input" for an empty or too long name, "storage" where nothing can be kept).
   */
  save(name: string, mix: Mix, tuning: Partial<Tuning> = {}): void {
    const trimmed = name.trim();
    if (trimmed === "" || trimmed.length > MAX_PRESET_NAME) {
      throw new DannaError("input", `A preset needs a name of 1 to ${MAX_PRESET_NAME} characters.`);
    }
    const presets = this.list();
    const at = presets.findIndex((preset) => preset.name === trimmed);
    const preset = { name: trimmed, mix, ...tuning };
    if (at >= 0) presets[at] = preset;
    else presets.push(preset);
    this.#write(presets);
  }

  /** Removes the preset of that name, if there is one. Throws as `save` does. */
  remove(name: string): void {
    this.#write(this.list().filter((preset) => preset.name !== name));
  }

  #write(presets: readonly UserPreset[]): void {
    try {
      if (!this.storage) throw new Error("no storage");
      this.storage.setItem(PRESET_STORAGE_KEY, JSON.stringify(presets));
    } catch (cause) {
      throw new DannaError(
        "storage",
        "The preset could not be kept: the browser's storage is full or denied to this page.",
        { cause },
      );
    }
  }
}

/** Of untrusted values, those that can be used. */
function parseTuning({ key, tempo, loop }: Record<string, unknown>): Partial<Tuning> {
  const { a, b } = (loop ?? {}) as Record<string, unknown>;
  return {
    ...(typeof key === "number" && { key: clampKey(key) }),
    ...(typeof tempo === "number" && { tempo: clampTempo(tempo) }),
    ...(typeof a === "number" && typeof b === "number" && a >= 0 && b > a && { loop: { a, b } }),
  };
}

/** The page's localStorage, or undefined where reading it throws (blocked cookies, sandbox). */
export function pageStorage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
