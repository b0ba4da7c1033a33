// Which files are a song's words. Pure; any thread.

/** Endings of the files that are taken for lyrics, and not for songs. */
export const LYRICS_FILES = [".lrc", ".txt"] as const;

/** Whether a file that came with others is the song's words. */
export const isLyricsFile = ({ name, type }: Pick<File, "name" | "type">): boolean =>
  LYRICS_FILES.some((ending) => name.toLowerCase().endsWith(ending)) || type.startsWith("text/");
