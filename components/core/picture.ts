// The arithmetic behind the pictures: which bins make a row of a spectrogram, which colour four
// stems make together. Pure; any thread. Allocates only where said.

/** Red, green, blue: 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Lowest frequency drawn, in hertz: the open E of a double bass is 41. */
export const LOWEST_HERTZ = 40;

/** Highest frequency drawn, in hertz, of a sound that has it. */
const highestHertz = (sampleRate: number) => Math.min(16000, sampleRate / 2);

/**
 * Where each row of a spectrogram with logarithmic frequency begins, in bins and their fractions, lowest row first; one
 * entry more than rows, so that row r reaches from `edges[r]` to `edges[r + 1]`. Allocates.
 */
export function rowEdges(rows: number, bins: number, sampleRate: number): Float32Array {
  const top = highestHertz(sampleRate);
  return Float32Array.from({ length: rows + 1 }, (_, r) =>
    Math.min(
      bins - 1,
      ((LOWEST_HERTZ * (top / LOWEST_HERTZ) ** (r / rows)) / sampleRate) * 2 * bins,
    ),
  );
}

/** How far up in the picture a frequency lies: 0 (bottom) to 1. */
export const heightOf = (hertz: number, sampleRate: number): number =>
  Math.log(hertz / LOWEST_HERTZ) / Math.log(highestHertz(sampleRate) / LOWEST_HERTZ);

/** Largest of the bins from `from` to before `to`; within a bin what lies between its level and the next one's. */
export function rowLevel(bins: Uint8Array, from: number, to: number): number {
  if (to - from < 1) {
    const middle = (from + to) / 2;
    const below = Math.floor(middle);
    const above = Math.min(below + 1, bins.length - 1);
    return bins[below] + (bins[above] - bins[below]) * (middle - below);
  }
  let level = 0;
  for (let i = Math.round(from); i < Math.round(to); i++) if (bins[i] > level) level = bins[i];
  return level;
}

// How much a level counts when colours are mixed: as its amplitude does, on the byte scale's 70 dB.
const WEIGHTS = Float64Array.from({ length: 256 }, (_, level) => 10 ** ((level / 255) * (70 / 20)));

/**
 * Fills RGBA pixels, `width` columns wide, with equal columns of a spectrogram, lowest row at the bottom. `levels` are one
 * byte array of FFT bins a stem (0 … 255 on a dB scale), `offsets` what a stem's gain adds on that
 * scale (-Infinity: muted). The loudest stem at a row rules its colour, and its level the colour's
 * strength over `background`.
 */
export function drawSpectrumColumns(
  pixels: Uint8ClampedArray,
  width: number,
  edges: Float32Array,
  levels: readonly Uint8Array[],
  offsets: readonly number[],
  colours: readonly Rgb[],
  background: Rgb,
): void {
  const rows = edges.length - 1;
  for (let r = 0; r < rows; r++) {
    let [red, green, blue, weight, loudest] = [0, 0, 0, 0, 0];
    for (let s = 0; s < levels.length; s++) {
      const level = rowLevel(levels[s], edges[r], edges[r + 1]) + offsets[s];
      if (level <= 0) continue;
      const share = WEIGHTS[Math.min(255, Math.round(level))];
      red += colours[s][0] * share;
      green += colours[s][1] * share;
      blue += colours[s][2] * share;
      weight += share;
      if (level > loudest) loudest = level;
    }
    const at = (rows - 1 - r) * width * 4;
    const strength = Math.min(1, loudest / 255) ** 1.25;
    for (let c = 0; c < 3; c++) {
      const colour = weight > 0 ? (c === 0 ? red : c === 1 ? green : blue) / weight : 0;
      pixels[at + c] = background[c] + (colour - background[c]) * strength;
    }
    pixels[at + 3] = 255;
    for (let x = 1; x < width; x++) pixels.copyWithin(at + 4 * x, at, at + 4);
  }
}

/**
 * Heights of the four bands of a stacked column: together `total` high, shared by amplitude.
 * Written into `heights`.
 */
export function stackHeights(amplitudes: ArrayLike<number>, total: number, heights: Float32Array) {
  let sum = 0;
  for (let s = 0; s < heights.length; s++) sum += amplitudes[s];
  for (let s = 0; s < heights.length; s++) {
    heights[s] = sum > 0 ? (amplitudes[s] / sum) * total : 0;
  }
}

/** Red, green and blue of a CSS colour as `getComputedStyle` gives it: "rgb(1, 2, 3)". */
export function parseRgb(text: string): Rgb {
  const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [];
  const scale = text.startsWith("color(") ? 255 : 1;
  return [(numbers[0] ?? 0) * scale, (numbers[1] ?? 0) * scale, (numbers[2] ?? 0) * scale];
}
