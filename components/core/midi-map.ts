// Which MIDI controller moves which control, and what that asks for. Pure; any thread. webmidi reads the devices.
import type { Stem } from "../../src/index.ts";
import {
  createMix,
  KEY_RANGE,
  positionToDecibels,
  practice,
  presetMix,
  TEMPO_RANGE,
  type PlayerAction,
  type PresetId,
} from "../../src/player/index.ts";

/** A knob, fader or button of a MIDI device: kind, channel (1–16), controller or note number. */
export type MidiControl = `${"cc" | "note"}:${number}:${number}`;

/** What a press does, whatever plays. */
export const PRESSES = {
  "play-pause": { do: "play-pause" },
  restart: { do: "restart" },
  back: { do: "seek-by", seconds: -5 },
  forward: { do: "seek-by", seconds: 5 },
  loop: { do: "loop-cycle" },
  "loop-a": { do: "loop-point", point: "a" },
  "loop-b": { do: "loop-point", point: "b" },
  "loop-clear": { do: "loop-clear" },
  "key-down": { do: "key-by", semitones: -1 },
  "key-up": { do: "key-by", semitones: 1 },
  slower: { do: "tempo-by", factor: -TEMPO_RANGE.step },
  faster: { do: "tempo-by", factor: TEMPO_RANGE.step },
  click: { do: "click" },
  "count-in": { do: "count-in" },
  bypass: { do: "bypass" },
  "zoom-in": { do: "zoom", by: 1 },
  "zoom-out": { do: "zoom", by: -1 },
  spectrogram: { do: "picture" },
  expand: { do: "expand" },
  headphones: { do: "headphones" },
  record: { do: "record" },
  save: { do: "save", what: "mix" },
  "save-cancel": { do: "save-cancel" },
  retry: { do: "retry" },
  dismiss: { do: "dismiss" },
  close: { do: "close" },
  help: { do: "help" },
} as const;

const MIXES = ["original", "karaoke"] as const;
const KNOBS = ["master", "position", "key", "tempo"] as const;
const OF_STEMS = ["gain", "mute", "solo", "minus", "only"] as const;

/** Something in the mixer that MIDI can move. The first kind takes a value, the second a press. */
export type MidiKnob = `gain:${Stem}` | (typeof KNOBS)[number];
export type MidiPress = keyof typeof PRESSES;
export type MidiButton =
  | `${Exclude<(typeof OF_STEMS)[number], "gain">}:${Stem}`
  | (typeof MIXES)[number]
  | MidiPress;
export type MidiTarget = MidiKnob | MidiButton;

/** What of the player's and of the mixer's face a MIDI device can ask for. */
export type MidiAction =
  | (typeof PRESSES)[MidiPress]
  | Extract<
      PlayerAction,
      { do: "gain" | "master" | "seek" | "key" | "tempo" | "mute" | "solo" | "mix" }
    >;

export type MidiMap = Readonly<Partial<Record<MidiControl, MidiTarget>>>;

/** All that MIDI can move in a mixer of these stems. */
export const midiTargets = (stems: readonly Stem[]): readonly MidiTarget[] => [
  ...stems.flatMap((stem) => OF_STEMS.map((what): MidiTarget => `${what}:${stem}`)),
  ...KNOBS,
  ...MIXES,
  ...(Object.keys(PRESSES) as MidiPress[]),
];

function isMidiTarget(target: unknown): target is MidiTarget {
  const [what, stem] = typeof target === "string" ? target.split(/:(.*)/s) : [];
  if (what === undefined) return false;
  return midiTargets(stem && /^[a-z][a-z0-9-]*$/.test(stem) ? [stem] : []).some(
    (each) => each === target,
  );
}

export const isMidiPressName = (target: MidiTarget): target is MidiPress => target in PRESSES;

/** What a press asks for in a mixer of these stems. */
export function midiPress(button: MidiButton, stems: readonly Stem[]): MidiAction {
  if (isMidiPressName(button)) return PRESSES[button];
  const [what, stem] = button.split(":");
  if (what === "minus") return { do: "mix", mix: createMix({ [stem]: { muted: true } }, stems) };
  if (what === "only") return { do: "mix", mix: practice(stem, stems) };
  if (what === "mute" || what === "solo") return { do: what, stem };
  return { do: "mix", mix: presetMix(what as PresetId, stems) };
}

/** What a knob asks for that is at a share of its travel, 0 to 1, in a song of so many seconds. */
export function midiTurn(knob: MidiKnob, share: number, duration: number): MidiAction {
  const within = ({ min, max }: { min: number; max: number }) => min + share * (max - min);
  if (knob === "master") return { do: "master", decibels: positionToDecibels(share) };
  if (knob === "position") return { do: "seek", position: share * duration };
  if (knob === "key") return { do: "key", semitones: within(KEY_RANGE) };
  if (knob === "tempo") return { do: "tempo", factor: within(TEMPO_RANGE) };
  return { do: "gain", stem: knob.slice("gain:".length), decibels: positionToDecibels(share) };
}

/** The map in which `control` moves `target`, and nothing else does. */
export function learnMidi(map: MidiMap, control: MidiControl, target: MidiTarget): MidiMap {
  return { ...forgetMidi(map, target), [control]: target };
}

/** The map in which nothing moves `target`. */
export function forgetMidi(map: MidiMap, target: MidiTarget): MidiMap {
  return Object.fromEntries(Object.entries(map).filter(([, each]) => each !== target));
}

export function midiControlOf(map: MidiMap, target: MidiTarget): MidiControl | undefined {
  return (Object.keys(map) as MidiControl[]).find((control) => map[control] === target);
}

export function isMidiKnob(target: MidiTarget): target is MidiKnob {
  return target.startsWith("gain:") || KNOBS.some((knob) => knob === target);
}

/** Whether a button is pressed: controllers count from the middle of their range, notes always. */
export function isMidiPress(value: number): boolean {
  return value >= 0.5;
}

/** A map read from untrusted JSON text; entries that are none are left out. */
export function parseMidiMap(text: string | null): MidiMap {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      ([control, target]) =>
        /^(cc|note):([1-9]|1[0-6]):(\d|[1-9]\d|1[01]\d|12[0-7])$/.test(control) &&
        isMidiTarget(target),
    ),
  );
}
