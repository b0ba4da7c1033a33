// Names of stems. Which stems there are is the model's to say, in its manifest. Any thread.

/** Name of a stem: lower-case letters, digits and dashes. */
export type Stem = string;

/** Stems of most models, in the order in which they are shown; where nothing else is known, these. */
export const DEFAULT_STEMS = [
  "vocals",
  "drums",
  "bass",
  "other",
] as const satisfies readonly Stem[];

/** Stems in the order in which they are shown: the default ones first, then the others as they come. */
export function inDefaultOrder(stems: readonly Stem[]): Stem[] {
  const known: readonly Stem[] = DEFAULT_STEMS;
  return [
    ...known.filter((stem) => stems.includes(stem)),
    ...stems.filter((stem) => !known.includes(stem)),
  ];
}

/** Order of the stems' tracks in a Stem file, behind the mixture's: MUSDB18's, and what DJ software expects. */
export const STEM_TRACKS = ["drums", "bass", "other", "vocals"] as const satisfies readonly Stem[];
