// The colours of the palette as private tokens, each with its public one in front. Page thread.
import { unsafeCSS } from "lit";
import { PALETTE } from "./palette.ts";

export const tokens = unsafeCSS(
  Object.entries(PALETTE)
    .map(
      ([name, [light, dark]]) => `--_${name}: var(--stem-${name}, light-dark(${light}, ${dark}));`,
    )
    .join("\n"),
);
