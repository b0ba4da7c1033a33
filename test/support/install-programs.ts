// Installs what the tests of the code and of the recipe need, at once, before they start. Runs in Node.
import { findChromium, findFfmpeg, installPackages } from "./programs.ts";

installPackages("ffmpeg", "g++", "fluidsynth", "timgm6mb-soundfont");
console.log(`chromium: ${findChromium()}`);
console.log(`ffmpeg: ${findFfmpeg()}`);
