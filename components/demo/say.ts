// What a demo page says by its script, in the page's language. Page; words.js has run before.
import { errorText } from "../core/error-text.ts";
import { fill, textsFor } from "../core/texts.ts";

/** The words for `english`, which are in words-table.ts; `{name}` is filled in. */
export function say(
  english: string,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const { dannaWords } = globalThis as { dannaWords?: ReadonlyMap<string, string> };
  return fill(dannaWords?.get(english) ?? english, values);
}

/** Cause and cure of an error, by texts that the elements have loaded. */
export const sayError = (error: Error): string =>
  errorText(textsFor(document.documentElement.lang), error).text;
