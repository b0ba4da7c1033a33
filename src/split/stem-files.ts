// A recording's stems as one file to save: a ZIP of WAV files, or a Stem file. Page or worker.
import { downloadZip } from "client-zip";
import { safeFileName } from "../song-name.ts";
import { STEMS, type Stem } from "../stems.ts";
import { WavFile, type WavCodec } from "../wav/wav-file.ts";
import type { StemChunk } from "./split-stream.ts";

const CODECS = {
  wav16: "pcm-s16",
  wav24: "pcm-s24",
  wav32f: "pcm-f32",
} as const satisfies Record<string, WavCodec>;

/** "stem.mp4" is Native Instruments' Stem file: the mixture and all stems as AAC, in one file. */
export type StemFormat = keyof typeof CODECS | "stem.mp4";

export interface StemFileOptions {
  /** The recording's file name. */
  name: string;
  sampleRate: number;
  /** Which stems to save; all by default. A Stem file always has all. */
  stems?: readonly Stem[];
  /** "wav16" by default. */
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
  { name, sampleRate, stems = STEMS, format = "wav16" }: StemFileOptions,
): Promise<File> {
  const base = safeFileName(name.replace(/(\.stem)?\.[^.]*$/i, "") || name);
  if (format === "stem.mp4") return writeStemMp4(chunks, base, sampleRate);
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
