// Which files are a song's words. Pure; any thread.

/** Whether a file that came with others is the song's words. */
export const isLyricsFile = ({ name, type }: Pick<File, "name" | "type">): boolean =>
  /\.(lrc|txt)$/i.test(name) || type.startsWith("text/");
