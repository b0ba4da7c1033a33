// The presets that ship with the player, for whatever stems there are. Pure; any thread, any runtime.
import { DEFAULT_STEMS, type Stem } from "../stems.ts";
import { createMix, sameMix, type Channel, type Mix } from "./mix.ts";

const MUTED: Partial<Channel> = { muted: true };

/** What each built-in preset does to a stem, in the order in which they are shown. */
const RULES = {
  original: () => ({}),
  karaoke: (stem) => (stem === "vocals" ? MUTED : {}),
  guide: (stem) => (stem === "vocals" ? { gain: -12 } : {}),
  acappella: (stem) => (stem === "vocals" ? {} : MUTED),
  instrumentalDrums: (stem) => (stem === "vocals" || stem === "bass" ? MUTED : {}),
  noDrums: (stem) => (stem === "drums" ? MUTED : {}),
  noBass: (stem) => (stem === "bass" ? MUTED : {}),
} as const satisfies Record<string, (stem: Stem) => Partial<Channel>>;

/** Built-in presets. Their names are texts of the elements. */
export type PresetId = keyof typeof RULES;

export const PRESET_IDS = Object.keys(RULES) as readonly PresetId[];

/** A built-in preset for these stems. */
export const presetMix = (id: PresetId, stems: readonly Stem[]): Mix =>
  createMix(Object.fromEntries(stems.map((stem) => [stem, RULES[id](stem)])), stems);

/** The built-in presets for the default stems. */
export const PRESETS = Object.fromEntries(
  PRESET_IDS.map((id) => [id, presetMix(id, DEFAULT_STEMS)]),
) as Readonly<Record<PresetId, Mix>>;

/** Practice: one stem soloed, everything else neutral. */
export function practice(stem: Stem, stems: readonly Stem[] = DEFAULT_STEMS): Mix {
  return createMix({ [stem]: { soloed: true } }, stems);
}

/** The stem that `mix` practises, if it is exactly a practice mix. */
export function practisedStem(mix: Mix): Stem | undefined {
  const stems = Object.keys(mix);
  return stems.find((stem) => sameMix(mix, practice(stem, stems)));
}

/** The built-in preset that `mix` is exactly. */
export function matchingPreset(mix: Mix): PresetId | undefined {
  return PRESET_IDS.find((id) => sameMix(mix, presetMix(id, Object.keys(mix))));
}
