// A recording's stems as one file to save: a ZIP of audio files, or a Stem file. Page or worker.
import type { StemChunk } from "../split/split-stream.ts";
import { STEMS, type Stem } from "../stems.ts";
import { safeFileName } from "../util/file-name.ts";
import { AudioBlobWriter } from "./audio-writer.ts";
import type { AudioFormat, StemFormat } from "./formats.ts";
import { stemFileName, stemMp4Name, stemZipName } from "./names.ts";
import { zipFiles } from "./zip.ts";

export interface StemFileOptions {
  /** The recording's name, without an extension. */
  name: string;
  sampleRate: number;
  /** Which stems to save; all by default. A Stem file always has all stems. */
  stems?: readonly Stem[];
  /** "wav16" by default. */
  format?: StemFormat;
}

/**
 * Puts stems into `song_stems.zip`, which holds `song_vocals.wav` …, or into `song.stem.mp4`. They are
 * kept in blobs, which browsers put on disk when they are large.
 * @param chunks the whole recording, in order
 * @throws what `chunks` throws; DannaError "platform" when the format cannot be encoded here
 */
export async function writeStems(
  chunks: AsyncIterable<StemChunk>,
  { name, sampleRate, stems = STEMS, format = "wav16" }: StemFileOptions,
): Promise<File> {
  const base = safeFileName(name);
  if (format === "stem.mp4") {
    const { stemMp4File } = await import("./stem-mp4.ts");
    return stemMp4File(chunks, base, stemMp4Name(base), sampleRate);
  }
  const files = await openAll(stems, format, sampleRate);
  try {
    for await (const chunk of chunks) {
      await Promise.all(files.map(({ stem, writer }) => writer.add(chunk.stems[stem])));
    }
    const finished = files.map(({ stem, writer }) =>
      writer.finish(stemFileName(base, stem, format)),
    );
    return await zipFiles(await Promise.all(finished), stemZipName(base));
  } catch (error) {
    await Promise.all(files.map(({ writer }) => writer.cancel()));
    throw error;
  }
}

function openAll(stems: readonly Stem[], format: AudioFormat, sampleRate: number) {
  return Promise.all(
    stems.map(async (stem) => ({ stem, writer: await AudioBlobWriter.open(format, sampleRate) })),
  );
}
