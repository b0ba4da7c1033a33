// Names of the files that a recording's stems are written to, the same in page and command. Pure; any thread.
import { safeFileName } from "../util/file-name.ts";
import { formatOf, type AudioFormat } from "./formats.ts";

/** A file name without its ending: "song" of "song.mp3" and of "song.stem.mp4", ".mp3" of ".mp3". */
export const withoutEnding = (name: string): string =>
  name.replace(/(\.stem)?\.[^.]*$/i, "") || name;

/** The same as any system can have it: the beginning of the names of the stems' files. */
export const stemBase = (name: string): string => safeFileName(withoutEnding(name));

/** "song_vocals.wav". */
export const stemFileName = (base: string, stem: string, format: AudioFormat): string =>
  `${base}_${stem}.${formatOf(format).extension}`;

/** "song_stems.zip". */
export const stemZipName = (base: string): string => `${base}_stems.zip`;

/** "song.stem.mp4". */
export const stemMp4Name = (base: string): string => `${base}.stem.mp4`;
