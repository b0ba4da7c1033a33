// What a player needs for its first sound, and not before. Page thread; loaded with the first source.
export { AudioPath } from "./audio-path.ts";
export { openSource } from "./open-source.ts";
export { Recording } from "./recording.ts";
