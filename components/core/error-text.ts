// What the elements say of an error in the page's language. Pure; any thread.
import type { DannaErrorCode } from "../../src/errors.ts";
import { fill, type TextKey, type Texts } from "./texts.ts";

/** The text for an error's code: "errorFetch" for "fetch". Whatever else is called code has none. */
const keyOf = (code: unknown) =>
  `error${String(code).replace(/^./, (letter) => letter.toUpperCase())}` as TextKey;

/** An error for people. */
export interface ErrorText {
  /** Cause and cure. */
  readonly text: string;
  /** The error's own words, which are English; empty where `text` has them. */
  readonly details: string;
}

/**
 * Cause and cure of an error by its code; `own` are texts that say more in the place where it arose. Errors of
 * no code, which nobody foresaw, and texts of English are the error's message.
 */
export function errorText(
  texts: Texts,
  error: Error,
  own: { readonly [code in DannaErrorCode]?: TextKey } = {},
): ErrorText {
  const { message } = error;
  const code = (error as { code?: unknown }).code as DannaErrorCode;
  const known: string | undefined = texts[own[code] ?? keyOf(code)];
  const text = fill(known ?? "{message}", { message });
  return { text, details: text.includes(message) ? "" : message };
}
