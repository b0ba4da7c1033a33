// What lyrics are, whatever file they came from, and which of them are sung at a time. Pure; any thread.

/** How a note counts: golden ones double, freestyle ones not at all; rapped ones have no pitch. */
export type NoteKind = "normal" | "golden" | "freestyle" | "rap";

/** A stretch of a line with its own times: a word, or a syllable. */
export interface Word {
  /** With the space that follows it, if one does. */
  readonly text: string;
  /** Seconds of the song. */
  readonly start: number;
  readonly end: number;
  /** As a MIDI note number (60 is the middle C); undefined where the file says none. */
  readonly pitch?: number;
  readonly kind?: NoteKind;
}

/** A line; one without times of its own has `start` and `end` NaN, and one word. */
export interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly words: readonly Word[];
  /** Of a duet: who sings it, both where neither is said. */
  readonly singer?: 1 | 2;
}

/** What has times: each word, each line, or nothing. */
export type LyricsTiming = "words" | "lines" | "none";

export interface Lyrics {
  readonly timing: LyricsTiming;
  /** By their start. Empty where there are none of the song's words. */
  readonly lines: readonly Line[];
  readonly title?: string;
  readonly artist?: string;
}

/** Every time at which something begins or ends, rising, each once; without times none. */
export function boundariesOf({ lines, timing }: Lyrics): Float64Array {
  if (timing === "none") return new Float64Array();
  const times = new Set<number>();
  for (const line of lines) {
    for (const { start, end } of [line, ...line.words]) times.add(start).add(end);
  }
  times.delete(Infinity);
  return Float64Array.from(times).sort();
}

/** The first boundary after a time; Infinity behind the last. */
export function nextBoundary(boundaries: Float64Array, time: number): number {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle] > time) high = middle;
    else low = middle + 1;
  }
  return boundaries[low] ?? Infinity;
}

/** Whether a line or word is past, sung now, or still to come. */
export function phaseAt(
  { start, end }: { readonly start: number; readonly end: number },
  time: number,
): "sung" | "now" | "next" {
  if (time < start) return "next";
  return time < end ? "now" : "sung";
}

/** The line to look at: the last that has begun, or the next once that is nearer than its end; -1 where there are none. */
export function lineAt({ lines }: Lyrics, time: number): number {
  const begun = lines.findLastIndex(({ start }) => start <= time);
  if (begun < 0) return Math.min(0, lines.length - 1);
  const { end } = lines[begun];
  const next = lines.at(begun + 1);
  return next && end <= time && next.start - time < time - end ? begun + 1 : begun;
}

/** The pieces of one line: a space in front of one belongs behind the one before it, and none is at the ends. */
export const spaced = (pieces: readonly string[]): string[] =>
  pieces.map((piece, i) => {
    const isSpaced = i < pieces.length - 1 && (/\s$/.test(piece) || /^\s/.test(pieces[i + 1]));
    return piece.trim() + (isSpaced ? " " : "");
  });
