// Contrast of the elements' colours: components/styles/palette.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { PALETTE, type Pair } from "../../components/styles/palette.ts";

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio, WCAG 2.2: 1 to 21. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["background", "surface", "raised"] as const;

for (const [scheme, i] of [
  ["light", 0],
  ["dark", 1],
] as const) {
  const of = (name: keyof typeof PALETTE) => (PALETTE[name] as Pair)[i];

  test(`${scheme}: text, lesser text and warnings have 4.5 : 1 on every ground`, () => {
    for (const name of ["text", "muted", "danger"] as const) {
      for (const ground of GROUNDS) {
        const ratio = contrast(of(name), of(ground));
        assert.ok(ratio >= 4.5, `${name} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`${scheme}: stems have 4.5 : 1 on cards and pictures, and under a pressed Solo's text`, () => {
    for (const stem of DEFAULT_STEMS) {
      for (const ground of ["background", "surface"] as const) {
        const ratio = contrast(of(stem), of(ground));
        assert.ok(ratio >= 4.5, `${stem} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`${scheme}: borders of fields have 3 : 1`, () => {
    for (const ground of ["background", "surface"] as const) {
      const ratio = contrast(of("control"), of(ground));
      assert.ok(ratio >= 3, `${ground}: ${ratio.toFixed(2)}`);
    }
  });
}
