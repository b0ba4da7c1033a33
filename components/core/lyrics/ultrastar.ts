// Lyrics with times and pitches, as UltraStar's `.txt`. Pure; any thread.
import { DannaError } from "../../../src/errors.ts";
import { spaced, type Line, type Lyrics, type NoteKind, type Word } from "./lyrics.ts";

const HEADER = /^#([A-Z0-9_ ]+):(.*)$/i;
const NOTE = /^([:*FRG])\s*(-?\d+)\s+(\d+)\s+(-?\d+)(?:\s(.*))?$/;
const BREAK = /^-\s*(-?\d+)?(?:\s+(-?\d+))?/;
const SINGER = /^P\s*([123])/;
const TEMPO = /^B\s+(-?[\d.,]+)\s+([\d.,]+)/;

const KINDS: Readonly<Record<string, NoteKind>> = {
  ":": "normal",
  "*": "golden",
  F: "freestyle",
  R: "rap",
  G: "rap",
};

/** The pitch 0 of a note, as a MIDI note number. */
const MIDDLE_C = 60;
/** UltraStar's beats are quarters of what its BPM counts. */
const BEATS_A_MINUTE = 4;

/** Whether a text is made of what UltraStar's files are made of. */
export const isUltraStar = (text: string): boolean =>
  /^#(BPM|TITLE|ARTIST|GAP|MP3|AUDIO):/im.test(text) &&
  text.split("\n").some((row) => NOTE.test(row));

const numberOf = (text: string | undefined): number =>
  Number((text ?? "").trim().replace(",", "."));

/** Beats to seconds; the tempo may change on the way. */
class Beats {
  readonly #changes: { readonly beat: number; readonly time: number; readonly length: number }[];

  constructor(bpm: number, gap: number) {
    this.#changes = [{ beat: 0, time: gap, length: 60 / (bpm * BEATS_A_MINUTE) }];
  }

  change(beat: number, bpm: number): void {
    this.#changes.push({ beat, time: this.secondsAt(beat), length: 60 / (bpm * BEATS_A_MINUTE) });
  }

  secondsAt(beat: number): number {
    const {
      beat: from,
      time,
      length,
    } = this.#changes.findLast((change) => change.beat <= beat) ?? this.#changes[0];
    return time + (beat - from) * length;
  }
}

/**
 * Reads BPM, GAP, RELATIVE, TITLE and ARTIST, notes of all kinds, line breaks, duets (P1, P2) and changes of tempo.
 * @param name of the file, for messages
 * @throws DannaError "input" without a BPM, or where a row of notes cannot be read
 */
export function parseUltraStar(text: string, name: string): Lyrics {
  const rows = text.split("\n");
  const headers = headersOf(rows);
  const bpm = numberOf(headers.BPM);
  if (!(bpm > 0)) {
    throw new DannaError(
      "input",
      `"${name}" says no tempo that can be used: UltraStar files need a line such as "#BPM:120".`,
    );
  }
  const relative = /^yes$/i.test(headers.RELATIVE ?? "");
  const reader = new Reader(name, new Beats(bpm, (numberOf(headers.GAP) || 0) / 1000), relative);
  rows.some((row, i) => !reader.read(row, i + 1));
  const lines = reader.end();
  return {
    timing: "words",
    lines,
    ...(headers.TITLE && { title: headers.TITLE }),
    ...(headers.ARTIST && { artist: headers.ARTIST }),
  };
}

function headersOf(rows: readonly string[]): Readonly<Record<string, string>> {
  const found = rows.map((row) => HEADER.exec(row)).filter((header) => header !== null);
  return Object.fromEntries(
    found.map(([, name, value]) => [name.toUpperCase().trim(), value.trim()]),
  );
}

class Reader {
  readonly #name: string;
  readonly #beats: Beats;
  readonly #relative: boolean;
  readonly #lines: Line[] = [];
  #words: Word[] = [];
  #singer: 1 | 2 | undefined;
  /** The beat that the present line's beats are counted from. */
  #zero = 0;

  constructor(name: string, beats: Beats, relative: boolean) {
    this.#name = name;
    this.#beats = beats;
    this.#relative = relative;
  }

  /** False at the file's end. */
  read(row: string, number: number): boolean {
    if (/^E\s*$/.test(row)) return false;
    if (row.trim() === "" || row.startsWith("#")) return true;
    const note = NOTE.exec(row);
    const [, pause, next] = (!note && BREAK.exec(row)) || [];
    const [, singer] = SINGER.exec(row) ?? [];
    const [, beat, bpm] = TEMPO.exec(row) ?? [];
    if (note) this.#add(note);
    else if (row.startsWith("-")) {
      this.#break();
      if (this.#relative) this.#zero += Number(next ?? pause ?? 0);
    } else if (singer) {
      this.#break();
      this.#zero = 0;
      this.#singer = singer === "3" ? undefined : (Number(singer) as 1 | 2);
    } else if (bpm) this.#beats.change(numberOf(beat), numberOf(bpm));
    else {
      throw new DannaError(
        "input",
        `Line ${number} of "${this.#name}" is no note, break or heading of an UltraStar file: mend it, or ` +
          "take the file anew from where it came from.",
      );
    }
    return true;
  }

  #add([, sign, start, length, pitch, text = ""]: RegExpExecArray): void {
    const from = this.#zero + Number(start);
    const kind = KINDS[sign];
    this.#words.push({
      // "~" holds the syllable before it.
      text: text.replaceAll("~", ""),
      start: this.#beats.secondsAt(from),
      end: this.#beats.secondsAt(from + Number(length)),
      ...(kind !== "rap" && { pitch: MIDDLE_C + Number(pitch) }),
      kind,
    });
  }

  #break(): void {
    const texts = spaced(this.#words.map(({ text }) => text));
    const words = this.#words.map((word, i): Word => ({ ...word, text: texts[i] }));
    this.#words = [];
    if (words.length === 0) return;
    this.#lines.push({
      text: texts.join(""),
      start: words[0].start,
      end: words[words.length - 1].end,
      words,
      ...(this.#singer && { singer: this.#singer }),
    });
  }

  end(): readonly Line[] {
    this.#break();
    return this.#lines.sort((a, b) => a.start - b.start);
  }
}
