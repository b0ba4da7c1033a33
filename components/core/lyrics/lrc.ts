// Lyrics with times, as `.lrc`: lines ([mm:ss.xx]) and, in its enhanced form, words (<mm:ss.xx>). Pure; any thread.
import { spaced, type Line, type Lyrics, type Word } from "./lyrics.ts";

const LINE_TIME = /^\s*\[(\d+):(\d{1,2})(?:[.:,](\d+))?\]/;
const WORD_TIME = /<(\d+):(\d{1,2})(?:[.:,](\d+))?>/;
const TAG = /^\s*\[([a-z#]+):(.*)\]\s*$/i;

/** Whether a text has lines with times. */
export const isLrc = (text: string): boolean => text.split("\n").some((row) => LINE_TIME.test(row));

const secondsOf = (minutes: string, seconds: string, fraction: string | undefined): number =>
  Number(minutes) * 60 + Number(`${seconds}.${fraction ?? 0}`);

/** A line as it stands in the file: a word's `start` is NaN where the word has no time of its own. */
interface Row {
  readonly start: number;
  readonly words: { text: string; readonly start: number }[];
  /** Of the last word, where that is said. */
  readonly end: number | undefined;
}

/**
 * Reads lines, words, and the tags `ti`, `ar` and `offset` (milliseconds; positive ones let everything come
 * sooner). A line with several times stands at each. An empty one ends the one before it. A line without a
 * time goes on the one before it. Where there are none, `lines` is empty.
 */
export function parseLrc(text: string): Lyrics {
  const rows: Row[] = [];
  const tags: Record<string, string> = {};
  /** Those of the last line of the file that had times. */
  let last: Row[] = [];
  for (const row of text.split("\n")) {
    const [times, rest] = lineTimes(row);
    if (times.length > 0) {
      last = times.map((time) => rowAt(time, times[0], rest));
      rows.push(...last);
      continue;
    }
    const [, name, value] = TAG.exec(row) ?? [];
    if (name) tags[name.toLowerCase()] = value.trim();
    else if (row.trim()) for (const { words } of last) goOn(words, row.trim());
  }
  const shift = -(Number.parseFloat(tags.offset ?? "") || 0) / 1000;
  rows.sort((a, b) => a.start - b.start);
  const lines = rows.flatMap((row, i) => lineOf(row, endOf(rows, i), shift));
  return {
    timing: lines.some(({ words }) => words.length > 1) ? "words" : "lines",
    lines,
    ...(tags.ti && { title: tags.ti }),
    ...(tags.ar && { artist: tags.ar }),
  };
}

/** Takes the times off the beginning of a line. */
function lineTimes(row: string): [times: number[], rest: string] {
  const times: number[] = [];
  let rest = row;
  for (let found = LINE_TIME.exec(rest); found; found = LINE_TIME.exec(rest)) {
    times.push(secondsOf(found[1], found[2], found[3]));
    rest = rest.slice(found[0].length);
  }
  return [times, rest];
}

/** Times of words are those of the line's first time; at the others they come as much later. */
function rowAt(start: number, first: number, text: string): Row {
  // Text, minutes, seconds, fraction, text …
  const [head, ...pieces] = text.split(WORD_TIME);
  const words = head.trim() ? [{ text: head, start }] : [];
  let end: number | undefined;
  for (let i = 0; i < pieces.length; i += 4) {
    const time = secondsOf(pieces[i], pieces[i + 1], pieces[i + 2]) + start - first;
    const word = pieces[i + 3];
    if (word.trim()) words.push({ text: word, start: time });
    else if (words.length > 0) words[words.length - 1].text += word;
    end = word.trim() ? undefined : time;
  }
  return { start, words, end };
}

function goOn(words: Row["words"], text: string): void {
  const last = words.at(-1);
  if (last) last.text += ` ${text}`;
}

/** Where the next line begins; lines that begin together (a translation) end together. */
const endOf = (rows: readonly Row[], i: number): number =>
  rows.slice(i + 1).find(({ start }) => start > rows[i].start)?.start ?? Infinity;

function lineOf({ start, words, end: said }: Row, next: number, shift: number): Line[] {
  if (words.length === 0) return [];
  const end = said === undefined ? next : Math.min(said, next);
  const texts = spaced(words.map(({ text }) => text));
  const timed = words.map(({ start: from }, i): Word => ({
    text: texts[i],
    start: from + shift,
    end: Math.max(from, words[i + 1]?.start ?? end) + shift,
  }));
  return [{ text: texts.join(""), start: start + shift, end: end + shift, words: timed }];
}
