// Scores of many kinds, for the tests of tempo and key.
import type { Score } from "../support/band.ts";

const ROCK = {
  meter: 4,
  steps: 4,
  kick: "x.......x.x.....",
  snare: "....x.......x...",
  hat: "x.x.x.x.x.x.x.x.",
  bass: "x...x...x...x.x.",
  comping: "x.....x...x.....",
  melody: "....x.x...x.x...",
} as const;
const HOUSE = {
  meter: 4,
  steps: 4,
  kick: "x...x...x...x...",
  snare: "....x.......x...",
  hat: "..x...x...x...x.",
  bass: "..x...x...x...x.",
  comping: "x.....x.....x...",
} as const;
const BALLAD = {
  meter: 4,
  steps: 4,
  kick: "x.........x.....",
  snare: "........x.......",
  hat: "x...x...x...x...",
  bass: "x.......x.......",
  comping: "x...x...x...x...",
  melody: "..x.x...x...x...",
} as const;
const WALTZ = {
  meter: 3,
  steps: 2,
  kick: "x.....",
  snare: "..x.x.",
  bass: "x.....",
  comping: "..x.x.",
  melody: "x...x.",
} as const;
const SLOW_SIX = {
  meter: 2,
  steps: 3,
  kick: "x.....",
  snare: "...x..",
  hat: "xxxxxx",
  bass: "x..x..",
  comping: "x.xx.x",
  melody: "x.xx..",
} as const;
const SWING = {
  meter: 4,
  steps: 2,
  swing: 1 / 6,
  hat: "x.xxx.xx",
  kick: "x...x...",
  snare: "..x...x.",
  bass: "x.x.x.x.",
  comping: "...x..x.",
  melody: "x..xx.x.",
} as const;
const FUNK = {
  meter: 4,
  steps: 4,
  kick: "x..x......x.....",
  snare: "....x..x.x..x...",
  hat: "x.xxx.xxx.xxx.xx",
  bass: "x..x..x...x..x..",
  comping: "..x..x....x...x.",
} as const;
const REGGAE = {
  meter: 4,
  steps: 4,
  kick: "........x.......",
  snare: "........x.......",
  hat: "x.x.x.x.x.x.x.x.",
  bass: "x.....x.x...x...",
  comping: "....x.......x...",
  melody: "x...x.....x.....",
} as const;
const PIANO = {
  meter: 4,
  steps: 2,
  bass: "x...x...",
  comping: "xxxxxxxx",
  melody: "x.x.x..x",
} as const;
const PICKING = {
  meter: 4,
  steps: 2,
  bass: "x...x...",
  comping: "x.xx.xx.",
  melody: "....x.x.",
} as const;

const POP = "0 7 9m 5";
const JAZZ = "2m7 77 0M7 0M7";
const BLUES = "07 57 07 07 57 57 07 07 77 57 07 77";
const ANDALUSIA = "0m 10 8 7";
const SAD = "0m 8 3 10";
const MINOR = "0m 5m 77 0m";

const song =
  (name: string, style: Omit<Score, "name" | "bpm" | "tonic" | "mode" | "chords">) =>
  (bpm: number, tonic: number, mode: "major" | "minor", chords: string, more = {}): Score => ({
    name,
    bpm,
    tonic,
    mode,
    chords,
    ...style,
    ...more,
  });

/** In twelve styles, from 60 to 180 beats in a minute, tuned from 432 to 445 Hz. */
export const SONGS: readonly Score[] = [
  song("rock", ROCK)(120, 7, "major", POP),
  song("rock, fast", ROCK)(168, 4, "minor", SAD, { tuning: 442 }),
  song("rock, slow and low", ROCK)(76, 2, "major", "0 5 0 7", { tuning: 432 }),
  song("rock with a drummer who hurries", ROCK)(132, 9, "minor", SAD, {
    drift: 0.06,
    loose: 0.012,
  }),
  song("house", HOUSE)(126, 5, "minor", SAD),
  song("house, fast", HOUSE)(140, 1, "minor", ANDALUSIA),
  song("ballad", BALLAD)(66, 0, "major", "0 9m 5 7", { start: 1.1 }),
  song("ballad in minor", BALLAD)(72, 11, "minor", MINOR, { attack: 0.15 }),
  song("waltz", WALTZ)(138, 2, "major", "0 7 7 0"),
  song("waltz in minor, with a pickup", WALTZ)(168, 9, "minor", MINOR, { start: 1.6, pickup: 1 }),
  song("six eight", SLOW_SIX)(60, 10, "major", "0 9m 5 7"),
  song("six eight in minor", SLOW_SIX)(80, 4, "minor", SAD, { tuning: 445 }),
  song("swing", SWING)(144, 5, "major", JAZZ),
  song("swing, fast", SWING)(180, 10, "major", JAZZ, { loose: 0.008 }),
  song("blues shuffle", SWING)(112, 9, "major", BLUES),
  song("funk", FUNK)(104, 4, "minor", "0m7 57 0m7 57"),
  song("funk in major", FUNK)(98, 8, "major", "0 10 5 0"),
  song("reggae", REGGAE)(150, 7, "major", "0 5 0 7"),
  song("piano alone", PIANO)(92, 3, "major", POP, { start: 0.9, pickup: 2 }),
  song("piano alone, as played", PIANO)(108, 6, "minor", MINOR, { loose: 0.015, tuning: 436 }),
  song("picked guitar", PICKING)(88, 7, "major", "0 0 5 7"),
  song("picked guitar in minor", PICKING)(124, 0, "minor", ANDALUSIA, {
    drift: -0.04,
    loose: 0.01,
  }),
  song("strings and voice", BALLAD)(84, 2, "minor", MINOR, {
    kick: undefined,
    snare: undefined,
    hat: undefined,
    attack: 0.12,
  }),
  song("drum and bass", FUNK)(172, 6, "minor", SAD),
];
