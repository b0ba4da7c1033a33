// Which key does what. Pure; any thread. Who hears the keys is components/mixer/listen.ts, by tinykeys.
import { DEFAULT_STEMS, type Stem } from "../../src/index.ts";
import type { PlayerAction } from "../../src/player/index.ts";

/** Something a key, a MIDI button, a media key or a button of the host's can ask the mixer for. */
export type Action =
  | PlayerAction
  | { readonly do: "help" }
  /** Zooms the waveforms in, or out with -1. */
  | { readonly do: "zoom"; readonly by: 1 | -1 };

/** Those of them that have keys. */
export type ShortcutAction =
  | { readonly do: "play-pause" | "restart" | "loop-clear" | "click" | "count-in" }
  | { readonly do: "bypass" | "record" | "help" }
  | { readonly do: "seek-by"; readonly seconds: number }
  | { readonly do: "zoom"; readonly by: 1 | -1 }
  | { readonly do: "loop-point"; readonly point: "a" | "b" }
  | { readonly do: "key-by"; readonly semitones: number }
  | { readonly do: "tempo-by"; readonly factor: number }
  | { readonly do: "mute" | "solo"; readonly stem: Stem };

export interface Shortcut {
  /** In tinykeys' notation. */
  readonly keys: string;
  readonly action: ShortcutAction;
}

/** Most stems that have keys of their own. */
export const MOST_KEYS = 9;

/** All shortcuts for a mixer of these stems, in the order of the list shown to the user. */
export const shortcutsFor = (stems: readonly Stem[]): readonly Shortcut[] => [
  { keys: "Space", action: { do: "play-pause" } },
  { keys: "ArrowLeft", action: { do: "seek-by", seconds: -5 } },
  { keys: "ArrowRight", action: { do: "seek-by", seconds: 5 } },
  { keys: "Digit0", action: { do: "restart" } },
  { keys: "i", action: { do: "loop-point", point: "a" } },
  { keys: "o", action: { do: "loop-point", point: "b" } },
  { keys: "l", action: { do: "loop-clear" } },
  ...stems.slice(0, MOST_KEYS).flatMap((stem, i): Shortcut[] => [
    { keys: `Digit${i + 1}`, action: { do: "mute", stem } },
    { keys: `Shift+Digit${i + 1}`, action: { do: "solo", stem } },
  ]),
  { keys: "Minus", action: { do: "key-by", semitones: -1 } },
  { keys: "Equal", action: { do: "key-by", semitones: 1 } },
  { keys: "BracketLeft", action: { do: "tempo-by", factor: -0.05 } },
  { keys: "BracketRight", action: { do: "tempo-by", factor: 0.05 } },
  { keys: "z", action: { do: "zoom", by: 1 } },
  { keys: "Shift+z", action: { do: "zoom", by: -1 } },
  { keys: "c", action: { do: "click" } },
  { keys: "Shift+c", action: { do: "count-in" } },
  { keys: "b", action: { do: "bypass" } },
  { keys: "r", action: { do: "record" } },
  { keys: "Shift+?", action: { do: "help" } },
];

export const SHORTCUTS = shortcutsFor(DEFAULT_STEMS);

/** What of an event's innermost target decides whether a key belongs to the target instead. */
export interface KeyTarget {
  readonly localName?: string;
  readonly isContentEditable?: boolean;
  getAttribute?(name: string): string | null;
}

/**
 * Whether a key press belongs to the control it happened in: text goes to fields, arrows to
 * sliders and lists, Space to buttons. A knob that takes a digit says so itself.
 */
export function belongsToTarget(key: string, target: KeyTarget | undefined): boolean {
  const name = target?.localName ?? "";
  const role = target?.getAttribute?.("role") ?? "";
  const type = target?.getAttribute?.("type") ?? "text";
  if (target?.isContentEditable || name === "textarea") return true;
  if (name === "input" && type !== "range" && type !== "checkbox") return true;
  const isSlider = role === "slider" || name === "input";
  if (isSlider || name === "select" || role === "option" || role === "menuitem") {
    return /^(Arrow|Home|End|Page)/.test(key) || (name === "select" && key === " ");
  }
  return (
    (key === " " || key === "Enter") && (name === "button" || name === "a" || name === "summary")
  );
}
