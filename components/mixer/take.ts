// What a mixer does with files that are chosen or dropped: the rest is in stem-files.ts, which is loaded with the first.
// Page thread.
import { lazy } from "../../src/player/index.ts";
import type { Handles, Taker } from "./stem-files.ts";

/** Plays one song of files, or of a folder; what fails is reported. */
export function takeFrom(
  mixer: Taker & { fail(error: Error): void },
  files: readonly File[],
  folder?: FileSystemEntry,
  handles?: Handles,
): void {
  lazy(import("./stem-files.ts"))
    .then(({ take }) => take(mixer, files, folder, handles))
    .catch((error: Error) => mixer.fail(error));
}

/** To be asked within the event: what is dropped is empty as soon as that is over. */
export const folderAmong = (items: DataTransferItemList): FileSystemEntry | undefined =>
  [...items].map((item) => item.webkitGetAsEntry()).find((entry) => entry?.isDirectory) ??
  undefined;

/** The same of the handles of files, where the browser has them. */
export const handlesOf = (items: DataTransferItemList): Handles =>
  [...items]
    .filter(({ kind }) => kind === "file")
    .map((item) => (item as DroppedItem).getAsFileSystemHandle?.().catch(() => null));

type DroppedItem = DataTransferItem & {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
};
