// Keeps the packed stems of songs between visits, in the browser's origin-private file system; in
// memory where it cannot be had, is full, or has no room for the song. Page or worker.
//
// One folder a song and model, one file a region: its SHA-256 in 64 hexadecimal digits, then its
// bytes; notes lie beside them. A file comes into being whole or not at all; one that has changed since is taken away.
import { DannaError } from "../../errors.ts";
import { sha256 } from "../../util/sha256.ts";
import { packedBytes, PackedRegion } from "../../dsp/packed-region.ts";
import type { RegionMap } from "./regions.ts";

const ROOT = "danna-sep-stems";
/** An empty file, written anew whenever its song is opened: when the song was last used. */
const USED = "used";
const DIGITS = 64;
const NO_ROOM =
  "The better stems of a song this long take more than a page holds in memory, and the browser gives no more room on " +
  "disk: make room, or leave a private window. What is ready stays, the rest plays as it is separated live.";
/** Most bytes that all songs take, where no single one has more, or one in memory; and the share of what the browser allows this origin. */
const MOST_BYTES = 2 ** 31;
const MOST_SHARE = 0.5;

/** A song that is kept. */
export interface KeptSong {
  readonly key: string;
  readonly bytes: number;
  /** When it was last used, in any unit. */
  readonly used: number;
}

/**
 * Which songs must go so that `needed` bytes more fit into `capacity`: those longest unused. Undefined
 * where they would not even fit alone.
 */
export function songsToEvict(
  songs: readonly KeptSong[],
  capacity: number,
  needed: number,
): string[] | undefined {
  if (needed > capacity) return undefined;
  let total = songs.reduce((sum, { bytes }) => sum + bytes, needed);
  const evicted: string[] = [];
  for (const { key, bytes } of [...songs].sort((a, b) => a.used - b.used)) {
    if (total <= capacity) break;
    total -= bytes;
    evicted.push(key);
  }
  return evicted;
}

type Iterable<T> = T & { entries(): AsyncIterable<[string, FileSystemHandle]> };

async function* entriesOf(folder: FileSystemDirectoryHandle) {
  yield* (folder as Iterable<FileSystemDirectoryHandle>).entries();
}

async function fileIn(folder: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch {
    return undefined;
  }
}

async function writeFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  parts: readonly BlobPart[],
): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  try {
    await writable.write(new Blob([...parts]));
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => undefined);
    throw error;
  }
}

/** What others put there, or take away meanwhile, counts as nothing. */
async function sizeOf(key: string, folder: FileSystemDirectoryHandle): Promise<KeptSong> {
  let bytes = 0;
  let used = 0;
  for await (const [name] of entriesOf(folder)) {
    const file = await fileIn(folder, name);
    if (!file) continue;
    bytes += file.size;
    if (name === USED) used = file.lastModified;
  }
  return { key, bytes, used };
}

async function otherSongs(root: FileSystemDirectoryHandle, key: string): Promise<KeptSong[]> {
  const songs: KeptSong[] = [];
  for await (const [name, handle] of entriesOf(root)) {
    if (name === key || handle.kind !== "directory") continue;
    const song = await sizeOf(name, handle as FileSystemDirectoryHandle).catch(() => undefined);
    if (song) songs.push(song);
  }
  return songs;
}

/** Whether there is room for `needed` bytes under `key`, for which other songs may have to go. */
async function makeRoom(
  root: FileSystemDirectoryHandle,
  key: string,
  needed: number,
): Promise<boolean> {
  const { quota = Infinity } = await navigator.storage.estimate();
  const capacity = Math.min(Math.max(MOST_BYTES, needed), quota * MOST_SHARE);
  const evicted = songsToEvict(await otherSongs(root, key), capacity, needed);
  // One that is open in another tab stays; writing tells whether there is room all the same.
  for (const name of evicted ?? []) {
    await root.removeEntry(name, { recursive: true }).catch(() => undefined);
  }
  return evicted !== undefined;
}

/** The folder of a song, and whether it may grow; what it holds can be read in any case. */
async function openFolder(
  key: string,
  needed: number,
): Promise<{ folder: FileSystemDirectoryHandle; lasting: boolean }> {
  const top = await navigator.storage.getDirectory();
  const root = await top.getDirectoryHandle(ROOT, { create: true });
  try {
    if (await makeRoom(root, key, needed)) {
      const folder = await root.getDirectoryHandle(key, { create: true });
      await writeFile(folder, USED, []);
      return { folder, lasting: true };
    }
  } catch {
    // A full disk: nothing can be added.
  }
  return { folder: await root.getDirectoryHandle(key), lasting: false };
}

export class StemStore {
  /** Told once when from now on nothing is kept for the next visit. */
  onforgetful: (() => void) | undefined;
  readonly #map: RegionMap;
  #folder: FileSystemDirectoryHandle | undefined;
  #lasting: boolean;
  readonly #memory = new Map<number, ArrayBuffer>();
  #inMemory = 0;

  private constructor(
    map: RegionMap,
    folder: FileSystemDirectoryHandle | undefined,
    lasting: boolean,
  ) {
    this.#map = map;
    this.#folder = folder;
    this.#lasting = lasting;
  }

  /**
   * Opens what is kept under `key`, the identity of a song and a model, and adds it to `map`. Makes
   * room for the whole song, of which so many channels are kept.
   */
  static async open(key: string, map: RegionMap, channels: number): Promise<StemStore> {
    let needed = 0;
    for (let region = 0; region < map.length; region++) {
      needed += DIGITS + packedBytes(map.size(region), channels);
    }
    // Private windows, old browsers and full disks refuse in ways of their own.
    const opened = await openFolder(key, needed).catch(() => undefined);
    const folder = opened?.folder;
    const store = new StemStore(map, folder, opened?.lasting ?? false);
    for (let region = 0; folder && region < map.length; region++) {
      const file = await fileIn(folder, String(region));
      if (file?.size === DIGITS + packedBytes(map.size(region), channels)) map.add(region);
    }
    return store;
  }

  /** Whether what is written now is there at the next visit. */
  get lasting(): boolean {
    return this.#lasting;
  }

  /** A region's stems. One that is damaged is removed, from the map, too. */
  async read(region: number): Promise<PackedRegion | undefined> {
    const kept = this.#memory.get(region);
    if (kept) return new PackedRegion(kept.slice(0));
    const file = this.#folder && (await fileIn(this.#folder, String(region)));
    if (!file) {
      this.#map.delete(region);
      return undefined;
    }
    try {
      const digits = await file.slice(0, DIGITS).text();
      const buffer = await file.slice(DIGITS).arrayBuffer();
      if ((await sha256(new Uint8Array(buffer))) === digits) return new PackedRegion(buffer);
    } catch {
      // Unreadable: as good as damaged.
    }
    this.#map.delete(region);
    await this.#folder?.removeEntry(String(region)).catch(() => undefined);
    return undefined;
  }

  /**
   * Keeps a region, and adds it to the map.
   * @throws DannaError "input" where there is no room
   */
  async write(region: number, packed: ArrayBuffer): Promise<void> {
    const parts = async () => [await sha256(new Uint8Array(packed)), packed];
    if (!this.#lasting || !(await this.#writeFile(String(region), await parts()))) {
      this.#inMemory += packed.byteLength;
      if (this.#inMemory > MOST_BYTES) throw new DannaError("input", NO_ROOM);
      this.#memory.set(region, packed);
    }
    this.#map.add(region);
  }

  /** What was written beside the regions under a name of its own; undefined where there is none. */
  async readNote(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const file = this.#folder && (await fileIn(this.#folder, name));
    const buffer = await file?.arrayBuffer().catch(() => undefined);
    return buffer && new Uint8Array(buffer);
  }

  /** Keeps a little beside the regions, where they are kept. */
  async writeNote(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#lasting) await this.#writeFile(name, [bytes]);
  }

  async #writeFile(name: string, parts: readonly BlobPart[]): Promise<boolean> {
    if (!this.#folder) return false;
    try {
      await writeFile(this.#folder, name, parts);
      return true;
    } catch {
      this.#lasting = false;
      this.onforgetful?.();
      return false;
    }
  }
}
