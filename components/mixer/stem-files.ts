// What becomes of files that were dropped or chosen together: a song, its stems, a model. Page thread; loaded with the
// first of them.
import { DannaError } from "../../src/index.ts";
import type { PlayerState, SourceRequest } from "../../src/player/index.ts";
import { areStems } from "../../src/split/index.ts";
import { request, Requests } from "../constants.ts";
import { isLyricsFile } from "../core/lyrics/files.ts";
import { keepFile } from "./last-file.ts";
import { songName } from "../../src/util/file-name.ts";

/** Most files of a folder that are looked at. */
const MOST = 1000;

/** Sound and pictures with sound, by what the system says of the file. */
const isSound = ({ type, name }: File): boolean =>
  /^(audio|video)\//.test(type) || /\.(wav|flac|mp3|ogg|opus|m4a|mp4|aac|webm)$/i.test(name);

/** Of dropped files, in their order. */
export type Handles = readonly (Promise<FileSystemHandle | null> | undefined)[];

/** What of a mixer is needed for it. */
export interface Taker extends HTMLElement {
  readonly songName: string;
  readonly player: { readonly state: PlayerState };
  offerModel(files: readonly File[]): void;
  open(source: SourceRequest): Promise<void>;
}

/**
 * Plays one song of files: the one whose stems they are, or else the first that is no text. A folder's are one song's.
 * @throws DannaError "input" where the folder cannot be read, or is empty
 */
export async function take(
  mixer: Taker,
  chosen: readonly File[],
  folder: FileSystemEntry | null | undefined,
  handles: Handles = [],
): Promise<void> {
  const files = folder ? await filesIn(folder) : chosen;
  if (files.some(({ name }) => /\.onnx$/i.test(name))) return mixer.offerModel(files);
  if (files.length === 0 || !request(mixer, Requests.files, { files })) return;
  const source = sourceAmong(files, folder?.name);
  await mixer.open(source);
  const { status, error } = mixer.player.state;
  if (source.kind !== "file" || status !== "ready" || error) return;
  const handle = await handles[files.indexOf(source.file as File)];
  await keepFile(mixer, mixer.songName, handle);
}

function sourceAmong(files: readonly File[], name: string | undefined): SourceRequest {
  const songs = files.filter((file) => !isLyricsFile(file));
  const sounds = songs.filter(isSound);
  const [file = files[0]] = sounds.length > 0 ? sounds : songs;
  const names = sounds.map((sound) => songName(sound.name));
  const isSong = sounds.length < 2 || (name === undefined && !areStems(names));
  return isSong ? { kind: "file", file } : { kind: "stems", files: sounds, name };
}

/**
 * The files in a folder, without what is hidden.
 * @throws DannaError "input" where it cannot be read
 */
async function filesIn(folder: FileSystemEntry): Promise<File[]> {
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
