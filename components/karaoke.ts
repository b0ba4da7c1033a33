// The elements of karaoke, beside a mixer: what `danna-sep/karaoke` gives. Importing this defines them. Safe to
// import on a server.
export { StemLyrics } from "./stem-lyrics.ts";
export { StemPitch } from "./stem-pitch.ts";
export { createPitchDetector, createSinger } from "../src/player/singer/index.ts";
export type {
  Pitch,
  PitchDetector,
  RoundTrip,
  Singer,
  SingerEvents,
  SingerState,
  Take,
  TakeOptions,
} from "../src/player/singer/index.ts";
export { StemSinger } from "./stem-singer.ts";
export type { Line, Lyrics, LyricsTiming, NoteKind, Word } from "./core/lyrics/lyrics.ts";
export { parseLyrics } from "./core/lyrics/parse.ts";
