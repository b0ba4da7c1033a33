// A recording's stems as one file to save: a ZIP of WAV files, or a Stem file. Page or worker.
import { safeFileName } from "../util/file-name.ts";
import type { StemChunk } from "../split/split-stream.ts";
import { zipStems, type StemZipOptions, type WavFormat } from "./zip.ts";

/** "stem.mp4" is Native Instruments' Stem file: the mixture and all stems as AAC, in one file. */
export type StemFormat = WavFormat | "stem.mp4";

export interface StemFileOptions extends Omit<StemZipOptions, "format"> {
  /** The recording's name, without an extension. */
  name: string;
  /** "wav16" by default. A Stem file always has all stems. */
  format?: StemFormat;
}

/**
 * Puts stems into `song_stems.zip`, which holds `song_vocals.wav` …, or into `song.stem.mp4`. They are
 * kept in blobs, which browsers put on disk when they are large.
 * @param chunks the whole recording, in order
 * @throws what `chunks` throws; DannaError "platform" when AAC cannot be encoded here
 */
export async function writeStems(
  chunks: AsyncIterable<StemChunk>,
  { name, format, ...options }: StemFileOptions,
): Promise<File> {
  const base = safeFileName(name);
  if (format === "stem.mp4") return writeStemMp4(chunks, base, options.sampleRate);
  return zipStems(chunks, base, { ...options, format });
}

async function writeStemMp4(
  chunks: AsyncIterable<StemChunk>,
  base: string,
  sampleRate: number,
): Promise<File> {
  const { StemMp4 } = await import("./stem-mp4.ts");
  const file = await StemMp4.open(base, sampleRate);
  try {
    for await (const chunk of chunks) await file.add(chunk);
  } catch (error) {
    await file.cancel();
    throw error;
  }
  return file.finish(`${base}.stem.mp4`);
}
