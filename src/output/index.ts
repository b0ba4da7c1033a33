// `danna-sep/output`, for browsers: a recording's stems as files to save. Page or worker.
import {
  splitFile,
  type ServedFiles,
  type SplitFileOptions,
  type SplitSource,
} from "../split/index.ts";
import { fileName } from "../util/file-name.ts";
import { writeStems, type StemFileOptions } from "./save.ts";
import { stemBase } from "./zip.ts";

export type { StemFormat } from "./save.ts";

export interface SaveStemsOptions
  extends SplitFileOptions, ServedFiles, Pick<StemFileOptions, "stems" | "format"> {
  /** The recording's file name, where the source has none. */
  name?: string;
}

/**
 * Splits a recording into one file: a ZIP of WAV files, named as the command names them,
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
