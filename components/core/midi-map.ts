// Which MIDI controller moves which control. Pure; any thread. webmidi reads the devices.
import type { Stem } from "../../src/index.ts";

/** A knob, fader or button of a MIDI device: kind, channel (1–16), controller or note number. */
export type MidiControl = `${"cc" | "note"}:${number}:${number}`;

/** Something in the mixer that MIDI can move. The first kind takes a value, the second a press. */
export type MidiKnob = `gain:${Stem}` | "master" | "key" | "tempo";
export type MidiButton = `${"mute" | "solo"}:${Stem}` | "play-pause" | "bypass" | "record";
export type MidiTarget = MidiKnob | MidiButton;

export type MidiMap = Readonly<Partial<Record<MidiControl, MidiTarget>>>;

export const MIDI_STORAGE_KEY = "danna-sep.midi";

/** All that MIDI can move in a mixer of these stems. */
export const midiTargets = (stems: readonly Stem[]): readonly MidiTarget[] => [
  ...stems.flatMap((stem): MidiTarget[] => [`gain:${stem}`, `mute:${stem}`, `solo:${stem}`]),
  "master",
  "key",
  "tempo",
  "play-pause",
  "bypass",
  "record",
];

const isMidiTarget = (target: unknown): target is MidiTarget =>
  typeof target === "string" &&
  /^((gain|mute|solo):[a-z][a-z0-9-]*|master|key|tempo|play-pause|bypass|record)$/.test(target);

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
  return /^(gain:|master$|key$|tempo$)/.test(target);
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
