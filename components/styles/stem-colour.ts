// The colour of a stem, whatever its name. Page thread.
import { MORE_STEMS, PALETTE } from "./palette.ts";

const isKnown = (stem: string): boolean => Object.hasOwn(PALETTE, stem);

/**
 * A CSS colour: that of the palette, or `--stem-NAME`, or one of the further colours, the same for a name
 * at all times.
 */
export function stemColour(stem: string): string {
  if (isKnown(stem)) return `var(--_${stem})`;
  const letters = [...stem].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  const named = MORE_STEMS.find(([name]) => name === stem);
  const [, [light, dark]] = named ?? MORE_STEMS[letters % MORE_STEMS.length];
  return `var(--stem-${CSS.escape(stem)}, light-dark(${light}, ${dark}))`;
}

/** Gives an element the colour of a stem that its style sheet does not know. */
export function colourByStem(element: HTMLElement, stem: string | undefined): void {
  if (stem === undefined || isKnown(stem)) element.style.removeProperty("--_stem");
  else element.style.setProperty("--_stem", stemColour(stem));
}
