// A recording's stems as one file to save: a ZIP of audio files, or a Stem file. Page or worker.
import type { StemChunk } from "../split/split-stream.ts";
import { DannaError } from "../errors.ts";
import type { SongTags } from "../decode/tags.ts";
import type { Stem } from "../stems.ts";
import { safeFileName } from "../util/file-name.ts";
import { AudioBlobWriter } from "./audio-writer.ts";
import { prepareEncoder } from "./encoders.ts";
import { formatOf, type AudioFormat, type StemFormat } from "./formats.ts";
import { fileTags } from "./file-tags.ts";
import { labelledFileName, stemMp4Name, stemZipName } from "./names.ts";
import { zipFiles } from "./zip.ts";

export interface StemFileOptions {
  /** The recording's name, without an extension. */
  name: string;
  sampleRate: number;
  /** Which stems to save; all of the model's by default. A Stem file always has all stems. */
  stems?: readonly Stem[];
  /** "wav16" by default. */
  format?: StemFormat;
  /** The recording's, for formats that have a place for them: FLAC and MP3. */
  tags?: SongTags;
}

/**
 * Puts stems into `song_stems.zip`, which holds `song_vocals.wav` …, or into `song.stem.mp4`. They are
 * kept in blobs, which browsers put on disk when they are large.
 * @param chunks the whole recording, in order
 * @throws what `chunks` throws; DannaError "platform" when the format cannot be encoded here, "input" when
 *   `stems` names one that is not there
 */
export async function writeStems(
  chunks: AsyncIterable<StemChunk>,
  { name, sampleRate, stems, format = "wav16", tags = {} }: StemFileOptions,
): Promise<File> {
  const base = safeFileName(name);
  if (format === "stem.mp4") {
    const { stemMp4File } = await import("./stem-mp4.ts");
    return stemMp4File(chunks, base, stemMp4Name(base), sampleRate);
  }
  // A format that cannot be encoded here is refused before a song is split, where the stems are known.
  await prepareEncoder(formatOf(format), sampleRate);
  let files = await openAll(stems ?? [], format, sampleRate, tags);
  try {
    for await (const chunk of chunks) {
      const made = Object.keys(chunk.stems);
      const unknown = stems?.find((stem) => !made.includes(stem));
      if (unknown !== undefined) {
        throw new DannaError("input", `There is no stem "${unknown}": ${made.join(", ")}.`);
      }
      if (!stems && files.length === 0) files = await openAll(made, format, sampleRate, tags);
      await Promise.all(files.map(({ stem, writer }) => writer.add(chunk.stems[stem])));
    }
    const finished = files.map(({ stem, writer }) =>
      writer.finish(labelledFileName(base, stem, format)),
    );
    return await zipFiles(await Promise.all(finished), stemZipName(base));
  } catch (error) {
    await Promise.all(files.map(({ writer }) => writer.cancel()));
    throw error;
  }
}

function openAll(stems: readonly Stem[], format: AudioFormat, sampleRate: number, tags: SongTags) {
  return Promise.all(
    stems.map(async (stem) => ({
      stem,
      writer: await AudioBlobWriter.open(format, sampleRate, await fileTags(tags, stem)),
    })),
  );
}
