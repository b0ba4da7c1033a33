// Makes sure that Chromium and ffmpeg are there before the tests start. Runs in Node.
import { findChromium, findFfmpeg } from "./programs.ts";

console.log(`chromium: ${findChromium()}`);
console.log(`ffmpeg: ${findFfmpeg()}`);
