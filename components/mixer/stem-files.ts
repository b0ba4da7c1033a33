// Several files that may be one song's stems, and what is in a folder that was dropped. Page thread; loaded with the
// first of them.
import { DannaError } from "../../src/index.ts";
import type { SourceRequest } from "../../src/player/index.ts";
import { areStems } from "../../src/split/index.ts";
import { songName } from "../../src/util/file-name.ts";

/** Most files of a folder that are looked at. */
const MOST = 1000;

/** Sound and pictures with sound, by what the system says of the file. */
const isSound = ({ type, name }: File): boolean =>
  /^(audio|video)\//.test(type) || /\.(wav|flac|mp3|ogg|opus|m4a|mp4|aac|webm)$/i.test(name);

/**
 * What is to be played of several files: the stems of one song, or else the first. A folder's are one song's.
 * @param folder name of the one that they are of; else empty
 */
export function sourceAmong(files: readonly File[], folder: string): SourceRequest {
  const sounds = files.filter(isSound);
  const [first = files[0]] = sounds;
  const isSong =
    sounds.length < 2 || (!folder && !areStems(sounds.map(({ name }) => songName(name))));
  return isSong ? { kind: "file", file: first } : { kind: "stems", files: sounds, name: folder };
}

/**
 * The files in a folder, without what is hidden.
 * @throws DannaError "input" where it cannot be read
 */
export async function filesIn(folder: FileSystemEntry): Promise<File[]> {
  const reader = (folder as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  try {
    for (;;) {
      // Browsers give a hundred at a time.
      const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (entries.length === 0 || files.length > MOST) break;
      for (const entry of entries) {
        if (!entry.isFile || entry.name.startsWith(".")) continue;
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        files.push(file);
      }
    }
  } catch (cause) {
    const hint = "drop the files in it instead";
    throw new DannaError("input", `The folder ${folder.name} cannot be read: ${hint}.`, { cause });
  }
  if (files.length > 0) return files;
  throw new DannaError(
    "input",
    `The folder ${folder.name} is empty: drop one that holds a song's stems.`,
  );
}
