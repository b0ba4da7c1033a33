// Runs in the page of stem-store-browser.test.ts: writes and reads stems that are kept.
import { packRegion } from "../../src/dsp/packed-region.ts";
import { RegionMap } from "../../src/player/ahead/regions.ts";
import { StemStore } from "../../src/player/ahead/stem-store.ts";

const SAMPLES = 1000;
/** Channels that are kept of four stems. */
const KEPT = 6;
const ROOT = "danna-sep-stems";

async function rootFolder(): Promise<FileSystemDirectoryHandle> {
  const top = await navigator.storage.getDirectory();
  return top.getDirectoryHandle(ROOT, { create: true });
}

async function put(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  await writable.write("not ours");
  await writable.close();
}

const page = {
  /** Writes a song of one region. */
  async write(key: string): Promise<boolean> {
    const store = await StemStore.open(key, new RegionMap(SAMPLES), KEPT);
    const planes = Array.from({ length: KEPT }, () => new Float32Array(SAMPLES).fill(0.5));
    await store.write(0, packRegion(planes));
    return store.lasting;
  },

  /** Whether a song's only region is there and whole, and whether more of it would be kept. */
  async read(key: string): Promise<{ there: boolean; lasting: boolean }> {
    const map = new RegionMap(SAMPLES);
    const store = await StemStore.open(key, map, KEPT);
    return { there: map.complete && (await store.read(0)) !== undefined, lasting: store.lasting };
  },

  /** A file among the songs, a folder among a song's regions, a file of another name there. */
  async litter(key: string): Promise<void> {
    const root = await rootFolder();
    await put(root, "stray");
    const other = await root.getDirectoryHandle("other", { create: true });
    await other.getDirectoryHandle("folder", { create: true });
    await put(other, "readme");
    await (await root.getDirectoryHandle(key)).getDirectoryHandle("folder", { create: true });
  },
};

export type StorePage = typeof page;
Object.assign(globalThis, { store: page });
