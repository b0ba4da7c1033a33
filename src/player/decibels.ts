// Decibels for knobs: range, taper, steps, text in and out. Pure; any thread, any runtime.

/** Softest value of a gain control. It means silence: a gain of exactly zero. */
export const MIN_DECIBELS = -60;
/** Loudest value of a gain control. */
export const MAX_DECIBELS = 12;

/** One step of a control: arrow key or wheel notch, the same with Shift, and a Page key. */
export const STEP = { normal: 1, fine: 0.1, page: 6 } as const;

// Fader law: position (share of the travel) against decibels, straight lines between. Three
// quarters of the travel lie below 0 dB and half of it in the 24 dB in which people mix.
const TAPER: readonly (readonly [position: number, decibels: number])[] = [
  [0, MIN_DECIBELS],
  [0.25, -30],
  [0.5, -12],
  [0.75, 0],
  [1, MAX_DECIBELS],
];

function interpolate(x: number, from: 0 | 1, to: 0 | 1): number {
  let i = 1;
  while (i < TAPER.length - 1 && x > TAPER[i][from]) i++;
  const [left, right] = [TAPER[i - 1], TAPER[i]];
  return left[to] + ((x - left[from]) / (right[from] - left[from])) * (right[to] - left[to]);
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

/**
 * A value a gain control can hold: clamped to its range and rounded to 0.1 dB. Anything at or
 * below the range's foot, -Infinity included, is `MIN_DECIBELS`; NaN is 0 dB.
 */
export function toControlDecibels(decibels: number): number {
  if (Number.isNaN(decibels)) return 0;
  // The sum with zero turns a rounded -0 into 0.
  return Math.round(clamp(decibels, MIN_DECIBELS, MAX_DECIBELS) * 10) / 10 + 0;
}

/** Linear gain of a control's value: exactly 0 at `MIN_DECIBELS`, exactly 1 at 0 dB. */
export function toGain(decibels: number): number {
  return decibels <= MIN_DECIBELS ? 0 : 10 ** (decibels / 20);
}

/** Level in dBFS of a linear amplitude; -Infinity for silence. */
export function toDecibels(amplitude: number): number {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : -Infinity;
}

/** Control value at a share of the travel (0 to 1, clamped), not rounded. */
export function positionToDecibels(position: number): number {
  return interpolate(clamp(position, 0, 1), 0, 1);
}

/** Share of the travel (0 to 1) at a control value (clamped). */
export function decibelsToPosition(decibels: number): number {
  return interpolate(clamp(decibels, MIN_DECIBELS, MAX_DECIBELS), 1, 0);
}

/**
 * Short text of a control value in a language: "−6.0", "+3.5", "0.0", "−∞", with a true minus
 * sign, so that columns of figures align.
 */
export function formatDecibels(decibels: number, lang = "en"): string {
  if (decibels <= MIN_DECIBELS) return "−∞";
  return new Intl.NumberFormat(lang, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  })
    .format(decibels)
    .replace("-", "−");
}

/**
 * Control value of what a person typed: "-6", "−6,5", "+3 dB", "-inf", "off". Undefined where it
 * is no number.
 */
export function parseDecibels(text: string): number | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/\s*db$/, "")
    .replace(/[−–]/g, "-")
    .replace(",", ".");
  if (/^(-\s*(∞|inf(inity)?)|off)$/.test(plain)) return MIN_DECIBELS;
  if (!/^[+-]?\s*(\d+\.?\d*|\.\d+)$/.test(plain)) return undefined;
  return toControlDecibels(Number(plain.replace(/\s/g, "")));
}
