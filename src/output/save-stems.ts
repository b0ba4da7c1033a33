// Splits a recording and puts its stems into one file. Page or worker; the work is done in workers.
import { splitFile, type SplitFileOptions, type SplitSource } from "../split/index.ts";
import type { ServedFiles } from "../split/page-models.ts";
import { fileName } from "../util/file-name.ts";
import { stemBase } from "./names.ts";
import { writeStems, type StemFileOptions } from "./write-stems.ts";

export interface SaveStemsOptions
  extends SplitFileOptions, ServedFiles, Pick<StemFileOptions, "stems" | "format"> {
  /** The recording's file name, where the source has none. */
  name?: string;
}

/**
 * Splits a recording into one file: a ZIP of audio files, named as the command names them,
 * `song_vocals.wav`, or a Stem file for DJ software.
 * @throws as `splitFile` and `writeStems`
 */
export async function saveStems(
  source: SplitSource,
  { stems, format, name = sourceName(source), ...options }: SaveStemsOptions = {},
): Promise<File> {
  const split = await splitFile(source, options);
  const { sampleRate } = split;
  try {
    return await writeStems(split, { name: stemBase(name), sampleRate, stems, format });
  } finally {
    await split.cancel();
  }
}

function sourceName(source: SplitSource): string {
  if (typeof source === "string" || source instanceof URL)
    return fileName(new URL(source, location.href).pathname);
  return source instanceof File ? source.name : "recording";
}
