// The presets that ship with the mixer. Pure; any thread, any runtime.
import { STEMS, type Stem } from "../stems.ts";
import { createMix, sameMix, type Channel, type Mix } from "./mix.ts";

const MUTED: Partial<Channel> = { muted: true };

/** Built-in presets in the order they are shown. Their names are texts (`preset.ID`). */
export const PRESETS = {
  original: createMix(),
  karaoke: createMix({ vocals: MUTED }),
  guide: createMix({ vocals: { gain: -12 } }),
  acappella: createMix({ drums: MUTED, bass: MUTED, other: MUTED }),
  instrumentalDrums: createMix({ vocals: MUTED, bass: MUTED }),
  noDrums: createMix({ drums: MUTED }),
  noBass: createMix({ bass: MUTED }),
} as const satisfies Record<string, Mix>;

export type PresetId = keyof typeof PRESETS;

export const PRESET_IDS = Object.keys(PRESETS) as readonly PresetId[];

/** Practice: one stem soloed, everything else neutral. */
export function practice(stem: Stem): Mix {
  return createMix({ [stem]: { soloed: true } });
}

/** The stem that `mix` practises, if it is exactly a practice mix. */
export function practisedStem(mix: Mix): Stem | undefined {
  return STEMS.find((stem) => sameMix(mix, practice(stem)));
}

/** The built-in preset that `mix` is exactly. */
export function matchingPreset(mix: Mix): PresetId | undefined {
  return PRESET_IDS.find((id) => sameMix(mix, PRESETS[id]));
}
