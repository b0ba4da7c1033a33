// The elements of karaoke, beside a mixer: what `danna-sep/karaoke` gives. Importing this defines them. Safe to
// import on a server.
export { StemLyrics } from "./stem-lyrics.ts";
export { StemPitch } from "./stem-pitch.ts";
export { StemSinger } from "./stem-singer.ts";
export type { Line, Lyrics, LyricsTiming, NoteKind, Word } from "./core/lyrics/lyrics.ts";
export { parseLyrics } from "./core/lyrics/parse.ts";
