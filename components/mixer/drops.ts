// What is dropped: files, or a folder with those in it. Page thread.
import { lazy } from "../../src/player/index.ts";

interface Taker {
  takeFiles(files: readonly File[], folder?: string): void;
  fail(error: Error): void;
}

/** Gives `mixer` what was dropped; of a folder what is in it. */
export function takeDrop(mixer: Taker, { items, files }: DataTransfer): void {
  // The items are empty as soon as the event is over.
  const entries = [...items].map((item) => item.webkitGetAsEntry());
  const folder = entries.find((entry) => entry?.isDirectory);
  if (!folder) return mixer.takeFiles([...files]);
  lazy(import("./stem-files.ts"))
    .then(async ({ filesIn }) => mixer.takeFiles(await filesIn(folder), folder.name))
    .catch((error: Error) => mixer.fail(error));
}
