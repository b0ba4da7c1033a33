// A file or text of any known kind → lyrics. Pure; any thread.
import { DannaError } from "../../../src/errors.ts";
import { decodeText } from "./decode.ts";
import { isLrc, parseLrc } from "./lrc.ts";
import type { Lyrics } from "./lyrics.ts";
import { isUltraStar, parseUltraStar } from "./ultrastar.ts";

/** Endings of files of words. */
export const LYRICS_FILES = [".lrc", ".txt"] as const;

/** No song has more words; what is larger is no lyrics. */
const MOST_BYTES = 2_000_000;

/**
 * Reads `.lrc`, UltraStar's `.txt` and plain text, told apart by what is in them.
 * @param name of the file, for messages
 * @throws DannaError "input": empty, no text, or damaged
 */
export function parseLyrics(content: Uint8Array | string, name: string): Lyrics {
  const text = typeof content === "string" ? content.replace(/\r\n?/g, "\n") : read(content, name);
  const lyrics = isUltraStar(text)
    ? parseUltraStar(text, name)
    : isLrc(text)
      ? parseLrc(text)
      : parsePlain(text);
  if (lyrics.lines.length > 0) return lyrics;
  throw new DannaError(
    "input",
    `"${name}" holds no words: it is empty, or has nothing but headings. Choose another file, or paste the words.`,
  );
}

/** Control characters, which text has none of. */
const CONTROLS = /(?![\t\n\v\f\r])\p{Cc}/u;

function read(bytes: Uint8Array, name: string): string {
  const text = bytes.length > MOST_BYTES ? undefined : decodeText(bytes);
  if (text !== undefined && !CONTROLS.test(text)) return text;
  throw new DannaError(
    "input",
    `"${name}" is no text: lyrics are .lrc, UltraStar .txt or plain text files. Choose one of these.`,
  );
}

/** Lines without times; headings of an `.lrc` without times are left out. */
function parsePlain(text: string): Lyrics {
  const lines = text
    .split("\n")
    .map((row) => row.trim())
    .filter((row) => row !== "" && !/^\[[a-z#]+:.*\]$/i.test(row))
    .map((row) => {
      const times = { start: NaN, end: NaN };
      return { text: row, ...times, words: [{ text: row, ...times }] };
    });
  return { timing: "none", lines };
}
