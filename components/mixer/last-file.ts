// The file that was dropped on a mixer, so that one press opens it again after a reload: its handle, which IndexedDB alone
// can keep, for each mixer by page and id. Page thread; loaded with the first file, or the drop zone.
import { DannaError } from "../../src/index.ts";
import { keptOf, keyOf } from "./last-song.ts";

/** What the browsers that have handles to dropped files give them. */
interface KeptHandle extends FileSystemFileHandle {
  requestPermission?(wanted: { mode: "read" }): Promise<PermissionState>;
}

interface Kept {
  /** As the mixer named it. */
  readonly name: string;
  readonly handle: KeptHandle;
}

const [DATABASE, STORE] = ["danna-sep", "files"];

const resultOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as DOMException);
  });

async function inStore<T>(use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await resultOf(opening);
  try {
    return await resultOf(use(database.transaction(STORE, "readwrite").objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** Keeps what `lastFile` gives. Where nothing may be kept the file is only named. */
export async function keepFile(
  mixer: HTMLElement,
  name: string,
  handle: FileSystemHandle | null | undefined,
): Promise<void> {
  if (handle?.kind !== "file") return;
  const kept: Kept = { name, handle: handle as KeptHandle };
  await inStore((store) => store.put(kept, keyOf(mixer))).catch(() => undefined);
}

/** The file that was open before the reload, where its handle is kept. */
export async function lastFile(mixer: HTMLElement): Promise<KeptHandle | undefined> {
  const name = keptOf(mixer, "song");
  if (!name) return undefined;
  const kept = await inStore<Kept | undefined>((store) => store.get(keyOf(mixer))).catch(
    () => undefined,
  );
  // Another tab may have kept another one meanwhile.
  return kept?.name === name ? kept.handle : undefined;
}

/**
 * Asks for it where the browser must; call it from a gesture.
 * @returns undefined where that was refused
 * @throws DannaError "input" where the file is gone
 */
export async function openAgain(handle: KeptHandle): Promise<File | undefined> {
  const may = (await handle.requestPermission?.({ mode: "read" })) ?? "granted";
  if (may !== "granted") return undefined;
  try {
    return await handle.getFile();
  } catch (cause) {
    const message = `${handle.name} cannot be read; was it moved or changed?`;
    throw new DannaError("input", message, { cause });
  }
}
