// A recording's stems as a ZIP of WAV files, to save. Page or worker.
import { downloadZip } from "client-zip";
import { safeFileName } from "../util/file-name.ts";
import { STEMS, type Stem } from "../stems.ts";
import { WavFile, type WavCodec } from "./wav-file.ts";
import type { StemChunk } from "../split/split-stream.ts";

const CODECS = {
  wav16: "pcm-s16",
  wav24: "pcm-s24",
  wav32f: "pcm-f32",
} as const satisfies Record<string, WavCodec>;

export type WavFormat = keyof typeof CODECS;

export interface StemZipOptions {
  sampleRate: number;
  /** Which stems to save; all by default. */
  stems?: readonly Stem[];
  /** "wav16" by default. */
  format?: WavFormat;
}

/**
 * Puts stems into `BASE_stems.zip`, which holds `BASE_vocals.wav` …, as the command names them. The
 * files are kept in blobs, which browsers put on disk when they are large.
 * @param chunks the whole recording, in order
 * @throws what `chunks` throws
 */
export async function zipStems(
  chunks: AsyncIterable<StemChunk>,
  base: string,
  { sampleRate, stems = STEMS, format = "wav16" }: StemZipOptions,
): Promise<File> {
  const files = stems.map((stem) => ({ stem, wav: new WavFile(sampleRate, CODECS[format]) }));
  for await (const chunk of chunks) {
    for (const { stem, wav } of files) {
      const [left, right] = chunk.stems[stem];
      const planes = new Float32Array(left.length + right.length);
      planes.set(left);
      planes.set(right, left.length);
      wav.add(planes);
    }
  }
  const finished = await Promise.all(
    files.map(({ stem, wav }) => wav.finish(`${base}_${stem}.wav`)),
  );
  const zip = await downloadZip(finished).blob();
  return new File([zip], `${base}_stems.zip`, { type: "application/zip" });
}

/** A recording's file name without its ending, as it begins the names of its stems' files. */
export function stemBase(name: string): string {
  return safeFileName(name.replace(/(\.stem)?\.[^.]*$/i, "") || name);
}
