// The file in which a long song's blocks lie while it is open, in the browser's origin-private file system. Web worker.
import type { KeptBlock } from "../../dsp/kept-block.ts";
import { toStored, type StoredPlace } from "../../dsp/stored-block.ts";

/** Folder of these files. */
export const SONG_FOLDER = "danna-sep-songs";

/** What of a FileSystemSyncAccessHandle is used; workers alone have it. */
interface SyncFile {
  write(bytes: Uint8Array, options: { at: number }): number;
  close(): void;
}

type SyncFileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncFile> };

export class SongFile {
  readonly #file: SyncFile;
  #size = 0;

  private constructor(file: SyncFile) {
    this.#file = file;
  }

  /** Makes the file; undefined where the browser refuses. */
  static async create(name: string): Promise<SongFile | undefined> {
    try {
      const top = await navigator.storage.getDirectory();
      const folder = await top.getDirectoryHandle(SONG_FOLDER, { create: true });
      const handle = await folder.getFileHandle(name, { create: true });
      return new SongFile(await (handle as SyncFileHandle).createSyncAccessHandle());
    } catch {
      // Private windows and old browsers, in ways of their own.
      return undefined;
    }
  }

  /** Writes a block behind the last; undefined where there is no room. */
  add(block: KeptBlock): StoredPlace | undefined {
    const { bytes, stored } = toStored(block);
    const at = this.#size;
    try {
      if (this.#file.write(bytes, { at }) < bytes.length) return undefined;
    } catch {
      return undefined;
    }
    this.#size += bytes.length;
    return { ...stored, at };
  }

  /** Nothing is added any more, and others can read it. */
  close(): void {
    this.#file.close();
  }
}
