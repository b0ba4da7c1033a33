// Names of songs, and of files that are named after them. They come from anywhere: addresses, other
// people's files, attributes. Pure; any thread.

/** Name of the file at an address: "My song.mp3" of "/music/My%20song.mp3?v=2". */
export function fileName(address: string): string {
  const name = address.split(/[?#]/)[0].split("/").pop() ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    // A per cent sign that encodes nothing.
    return name;
  }
}

/** The same without its extension, which of a Stem file is ".stem.mp4". */
export const songName = (address: string): string =>
  fileName(address).replace(/(\.stem)?\.[^.]*$/i, "");

/** Whether a file is called as Stem files are. */
export const isStemFileName = (name: string): boolean => /\.stem\.(mp4|m4a)$/i.test(name);

/** Control characters, what parts paths, and what some system or other forbids. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Surrogate}/\\:*?"<>|]+/gu;
const LONGEST = 150;

/** `name` as a file can have it on any system, in any folder: no path, never empty. */
export function safeFileName(name: string): string {
  const safe = name
    .replace(UNFIT, "_")
    .slice(0, LONGEST)
    .replace(/^[\s.]+|[\s.]+$/g, "");
  return safe || "recording";
}
