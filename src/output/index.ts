// What writes stems and mixes to files, for pages: the face of this folder. Node's folder writer and the
// disk's errors are not here, as they need its file system.
export { AUDIO_FORMATS, STEM_FORMATS, type AudioFormat, type StemFormat } from "./formats.ts";
export { stemBase } from "./names.ts";
export { saveStems, type SaveStemsOptions } from "./save-stems.ts";
export { writeMix, type MixFileOptions } from "./write-mix.ts";
export { writeStems, type StemFileOptions } from "./write-stems.ts";
export { zipFiles } from "./zip.ts";
