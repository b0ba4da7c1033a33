// The user's own presets, kept in localStorage. Page thread.
import { DannaError } from "../../src/index.ts";
import { parseMix, type Mix } from "../../src/player/index.ts";

export interface UserPreset {
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
      const { name, mix } = (entry ?? {}) as Record<string, unknown>;
      const parsed = parseMix(mix);
      return typeof name === "string" && name !== "" && parsed ? [{ name, mix: parsed }] : [];
    });
  }

  /**
   * Keeps `mix` under `name`, in the place of one with that name if there is one. Throws a
   * `DannaError` ("input" for an empty or too long name, "storage" where nothing can be kept).
   */
  save(name: string, mix: Mix): void {
    const trimmed = name.trim();
    if (trimmed === "" || trimmed.length > MAX_PRESET_NAME) {
      throw new DannaError("input", `A preset needs a name of 1 to ${MAX_PRESET_NAME} characters.`);
    }
    const presets = this.list();
    const at = presets.findIndex((preset) => preset.name === trimmed);
    if (at >= 0) presets[at] = { name: trimmed, mix };
    else presets.push({ name: trimmed, mix });
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

/** The page's localStorage, or undefined where reading it throws (blocked cookies, sandbox). */
export function pageStorage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
