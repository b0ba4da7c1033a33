// The colours of the elements: only the music has colour, everything else is neutral. Pure data.
// test/components/palette.test.ts holds the contrast that each pair must have.

/** A colour on light and on dark ground. */
export type Pair = readonly [light: string, dark: string];

export const PALETTE = {
  vocals: ["#c2255c", "#ff7d9f"],
  drums: ["#9a6500", "#f4b840"],
  bass: ["#3556d4", "#8fa8ff"],
  other: ["#0b7a68", "#41d3b3"],
  background: ["#f6f5f2", "#0f1113"],
  surface: ["#ffffff", "#181b1e"],
  raised: ["#efede8", "#24282c"],
  line: ["#dcd9d2", "#33383d"],
  control: ["#8a8780", "#737b83"],
  text: ["#16181a", "#f3f2ef"],
  muted: ["#5d5b56", "#a6adb4"],
  danger: ["#c62828", "#ff8a80"],
} as const satisfies Record<string, Pair>;

/** Colours of stems beyond those of the palette, by name and, for any other, in turn. */
export const MORE_STEMS: readonly (readonly [name: string, colours: Pair])[] = [
  ["guitar", ["#a8480e", "#ff9b5e"]],
  ["piano", ["#7a3fc0", "#c79bff"]],
  ["strings", ["#1b6f9c", "#63c7f2"]],
  ["wind", ["#4d6b1f", "#a9d05c"]],
];
