// The key that a song's pitch classes fit best: profiles of Albrecht & Shanahan ("The use of large corpora to
// train a new type of key-finding algorithm", Music Perception 31(1), 2013), compared by correlation (Krumhansl,
// "Cognitive foundations of musical pitch", 1990). Pure; any thread.
import type { Chroma } from "./chroma.ts";

export interface Key {
  /** Semitones above C, 0 to 11. */
  readonly tonic: number;
  readonly mode: "major" | "minor";
}

const PROFILES = {
  major: [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.08, 0.008, 0.081],
  minor: [0.22, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052],
} as const;

/** Share of the bass, whose notes are mostly the chords' roots. */
const BASS = 0.3;
/** Least correlation with the best profile from which a song has a key. */
const CLEAR = 0.55;

/** Undefined where none fits. */
export function findKey({ classes, bass }: Chroma): Key | undefined {
  const heard = classes.map((value, i) => value + BASS * bass[i]);
  let best: Key | undefined;
  let highest = CLEAR;
  for (const mode of ["major", "minor"] as const) {
    for (let tonic = 0; tonic < 12; tonic++) {
      const rotated = PROFILES[mode].map((_, i) => heard[(tonic + i) % 12]);
      const fit = correlation(rotated, PROFILES[mode]);
      if (fit > highest) [highest, best] = [fit, { tonic, mode }];
    }
  }
  return best;
}

/** Pearson's; 0 where one of them does not vary. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += (a[i] - meanA) * (b[i] - meanB);
    squaresA += (a[i] - meanA) ** 2;
    squaresB += (b[i] - meanB) ** 2;
  }
  const scale = Math.sqrt(squaresA * squaresB);
  return scale > 0 ? product / scale : 0;
}
