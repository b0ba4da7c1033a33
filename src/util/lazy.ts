// Parts of the library that are fetched when they are first used. Any thread.
//
// What no page needs for its first sound is imported as `part(import("./file.ts"))` and by nothing
// else that is loaded at once: its code then lies in a chunk of its own, outside of what every page
// downloads. The budget of that, and the list of it, is in test/package/package.test.ts.
import { DannaError } from "../errors.ts";

/** @throws DannaError "fetch" when the part's file cannot be loaded */
export async function lazy<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    throw new DannaError(
      "fetch",
      "A part of Danna-Sep cannot be loaded: is the network there, and the folder of the built files whole?",
      { cause },
    );
  }
}
