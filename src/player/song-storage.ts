// The file of a long song that is open, in the browser's origin-private file system: it is removed with the song, or,
// where the page ended before, by the next page that opens one. Page thread; loaded with the first song.
import { SONG_FOLDER } from "../split/workers/song-file.ts";
import { Scope } from "../util/scope.ts";

/** Held by a file's page for as long as that lives. */
const lockOf = (name: string) => `${SONG_FOLDER} ${name}`;

const folderOf = async () =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(SONG_FOLDER);

/** Removes files whose pages are no more. */
async function sweep(): Promise<void> {
  const folder = await folderOf();
  for await (const name of folder.keys()) {
    await navigator.locks.request(
      lockOf(name),
      { ifAvailable: true },
      async (lock) => lock && folder.removeEntry(name).catch(() => undefined),
    );
  }
}

export class SongStorage {
  readonly name: string = crypto.randomUUID();
  readonly #scope = new Scope();
  #folder: FileSystemDirectoryHandle | undefined;

  private constructor() {
    const held = new Promise<void>((resolve) => this.#scope.add(resolve));
    navigator.locks.request(lockOf(this.name), () => held).catch(() => undefined);
    const leave = (event: Event) => (event as PageTransitionEvent).persisted || this.free();
    this.#scope.listen(globalThis as unknown as Window, "pagehide", leave);
    // There is no folder where no song was long, and none in a private window.
    sweep().catch(() => undefined);
  }

  /** A name for a file, which a worker makes; undefined where the browser has no place for one. */
  static claim(): SongStorage | undefined {
    const { storage, locks } = navigator as Partial<Navigator>;
    return storage && "getDirectory" in storage && locks ? new SongStorage() : undefined;
  }

  /** What the worker has written. */
  async file(): Promise<File> {
    this.#folder = await folderOf();
    return (await this.#folder.getFileHandle(this.name)).getFile();
  }

  /** Removes the file, if there is one. */
  free(): void {
    const remove = async () => (this.#folder ?? (await folderOf())).removeEntry(this.name);
    // What is not there, or still open, is the next page's to look for.
    remove()
      .catch(() => undefined)
      .finally(() => this.#scope.end());
  }
}
