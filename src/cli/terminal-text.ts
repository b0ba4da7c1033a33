// Text for a terminal: names of files come from anywhere and may hold what a terminal obeys. Node.

/** Control characters, and those that turn the direction of what follows. */
const UNSAFE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The same with such characters as \u001b, as JSON, too, writes them. Newlines count as such. */
export const terminalText = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
  });
