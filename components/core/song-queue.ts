// Songs that wait, each with its words. Pure; any thread.
import { songName } from "../../src/util/file-name.ts";
import { isLyricsFile } from "./lyrics/files.ts";

/** A song, and its words where they came with it. */
export interface QueuedSong {
  readonly song: File;
  readonly words?: File;
}

/** The songs among files, in their order, each with the words of its name; a single song takes any words. */
export function pairSongs(files: readonly File[]): QueuedSong[] {
  const songs = files.filter((file) => !isLyricsFile(file));
  const words = files.filter(isLyricsFile);
  const nameOf = ({ name }: File) => songName(name).toLowerCase();
  return songs.map((song) => {
    const own = words.find((file) => nameOf(file) === nameOf(song));
    const its = own ?? (songs.length === 1 ? words.at(0) : undefined);
    return its ? { song, words: its } : { song };
  });
}
