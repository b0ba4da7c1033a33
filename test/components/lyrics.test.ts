// Lyrics as files have them: .lrc, UltraStar's .txt, plain text, their encodings and their faults. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText } from "../../components/core/lyrics/decode.ts";
import {
  boundariesOf,
  lineAt,
  nextBoundary,
  phaseAt,
  type Lyrics,
} from "../../components/core/lyrics/lyrics.ts";
import { isLyricsFile } from "../../components/core/lyrics/files.ts";
import { parseLyrics } from "../../components/core/lyrics/parse.ts";
import { DannaError } from "../../src/errors.ts";

/** Lines as "start-end text", seconds with two digits. */
const lines = (lyrics: Lyrics) =>
  lyrics.lines.map(({ text, start, end }) => `${start.toFixed(2)}-${end.toFixed(2)} ${text}`);
const words = (lyrics: Lyrics, line = 0) =>
  lyrics.lines[line].words.map(
    (word) => `${word.start.toFixed(2)}-${word.end.toFixed(2)} ${word.text}`,
  );
const rounded = (times: Iterable<number>) => [...times].map((time) => Number(time.toFixed(3)));

test("lrc: lines by their times, whatever their order; empty ones end those before; tags are no lines", () => {
  const lyrics = parseLyrics(
    "[ti: A song ]\n[ar:Someone]\n[by:me]\n[00:12.5]Second\n[00:01.25] First\n[00:10]\n[1:02:50]Third\n",
    "a.lrc",
  );
  assert.equal(lyrics.timing, "lines");
  assert.deepEqual([lyrics.title, lyrics.artist], ["A song", "Someone"]);
  assert.deepEqual(lines(lyrics), [
    "1.25-10.00 First",
    "12.50-62.50 Second",
    "62.50-Infinity Third",
  ]);
});

test("lrc: fractions are decimals of any length", () => {
  const lyrics = parseLyrics(
    "[00:01.5]a\n[00:02.05]b\n[00:03.125]c\n[00:04,75]d\n[00:05]e",
    "a.lrc",
  );
  assert.deepEqual(
    lyrics.lines.map(({ start }) => start),
    [1.5, 2.05, 3.125, 4.75, 5],
  );
});

test("lrc: a positive offset lets everything come sooner, a negative one later", () => {
  const at = (offset: string) =>
    parseLyrics(`[offset:${offset}]\n[00:10.00]<00:10.00>one <00:11.00>two`, "a.lrc");
  assert.deepEqual(words(at("+500")), ["9.50-10.50 one ", "10.50-Infinity two"]);
  assert.deepEqual(words(at("-250")), ["10.25-11.25 one ", "11.25-Infinity two"]);
});

test("lrc: a line with several times stands at each, its words as much later", () => {
  const lyrics = parseLyrics(
    "[00:10.00][00:50.00]<00:10.00>la <00:10.50>la<00:11.00>\n[00:30.00]verse",
    "a.lrc",
  );
  assert.deepEqual(lines(lyrics), ["10.00-11.00 la la", "30.00-50.00 verse", "50.00-51.00 la la"]);
  assert.deepEqual(words(lyrics, 2), ["50.00-50.50 la ", "50.50-51.00 la"]);
});

test("lrc: words have times of their own, spaces in front or behind; the first may have the line's", () => {
  const lyrics = parseLyrics(
    "[00:01.00]Twin<00:01.20>kle <00:01.50> star\n[00:03.00] <00:03.10> Up <00:03.40> high <00:03.90>\n[00:09.00]x",
    "a.lrc",
  );
  assert.equal(lyrics.timing, "words");
  assert.deepEqual(words(lyrics), ["1.00-1.20 Twin", "1.20-1.50 kle ", "1.50-3.00 star"]);
  assert.deepEqual(words(lyrics, 1), ["3.10-3.40 Up ", "3.40-3.90 high"]);
});

test("lrc: lines that begin together end together; text without a time goes on the line before", () => {
  const lyrics = parseLyrics("[00:01.00]Hola\n[00:01.00]Hello\n[00:02.00]one\ntwo\n", "a.lrc");
  assert.deepEqual(lines(lyrics), ["1.00-2.00 Hola", "1.00-2.00 Hello", "2.00-Infinity one two"]);
});

const ULTRASTAR = `#TITLE:Test
#ARTIST:Someone
#BPM:150,0
#GAP:2000
: 0 4 7 Hel
* 4 2 -5 lo
: 8 4 0  world
- 14
F 20 4 0 free
R 24 2 0  rap
E
: 99 1 0 never`;

test("UltraStar: beats, gap, pitches and kinds of notes", () => {
  const lyrics = parseLyrics(ULTRASTAR, "a.txt");
  assert.deepEqual([lyrics.title, lyrics.artist, lyrics.timing], ["Test", "Someone", "words"]);
  // 150 × 4 beats a minute: a tenth of a second each.
  assert.deepEqual(lines(lyrics), ["2.00-3.20 Hello world", "4.00-4.60 free rap"]);
  assert.deepEqual(words(lyrics), ["2.00-2.40 Hel", "2.40-2.60 lo ", "2.80-3.20 world"]);
  assert.deepEqual(
    lyrics.lines.flatMap((line) => line.words.map(({ pitch, kind }) => [pitch, kind])),
    [
      [67, "normal"],
      [55, "golden"],
      [60, "normal"],
      [60, "freestyle"],
      [undefined, "rap"],
    ],
  );
});

test("UltraStar: relative beats begin anew with each line", () => {
  const lyrics = parseLyrics(
    "#BPM:150\n#GAP:0\n#RELATIVE:YES\n: 0 4 0 one\n- 10 12\n: 0 4 0 two\n- 8\n: 2 4 0 three\nE",
    "a.txt",
  );
  assert.deepEqual(lines(lyrics), ["0.00-0.40 one", "1.20-1.60 two", "2.20-2.60 three"]);
});

test("UltraStar: a duet's lines by time, each with its singer; P3 is both", () => {
  const lyrics = parseLyrics(
    "#BPM:150\n#GAP:0\nP1\n: 0 4 0 me\n- 5\n: 20 4 0 me too\nP 2\n: 10 4 0 you\nP3\n: 30 4 0 we\nE",
    "a.txt",
  );
  assert.deepEqual(
    lyrics.lines.map(({ text, singer }) => [text, singer]),
    [
      ["me", 1],
      ["you", 2],
      ["me too", 1],
      ["we", undefined],
    ],
  );
});

test("UltraStar: a held syllable keeps its note without a letter, and a tempo may change on the way", () => {
  const lyrics = parseLyrics("#BPM:150\n: 0 4 0 ah\n: 4 4 2 ~\nB 10 300\n: 20 4 0  oh\nE", "a.txt");
  assert.equal(lyrics.lines[0].text, "ah oh");
  assert.deepEqual(words(lyrics), ["0.00-0.40 ah", "0.40-0.80  ", "1.50-1.70 oh"]);
});

test("plain text: lines without times; an .lrc without times is such", () => {
  const lyrics = parseLyrics("[ti:A song]\n\nOne line\r\n  another \n", "a.lrc");
  assert.deepEqual(
    [lyrics.timing, lyrics.lines.map(({ text }) => text)],
    ["none", ["One line", "another"]],
  );
  assert.equal(boundariesOf(lyrics).length, 0);
});

test("encodings: byte order marks, UTF-16 without one, Windows-1252, one that is named", () => {
  const utf16 = (text: string) => new Uint8Array(Buffer.from(text, "utf16le"));
  const swapped = (bytes: Uint8Array) => new Uint8Array(Buffer.from(bytes).swap16());
  const text = "Für\nélan";
  const all: Record<string, Uint8Array> = {
    "UTF-8": new TextEncoder().encode(text),
    "UTF-8 with a mark": new TextEncoder().encode(`\ufeff${text}`),
    "UTF-16": utf16(`\ufeff${text}`),
    "UTF-16, swapped": swapped(utf16(`\ufeff${text}`)),
    "UTF-16 without a mark": utf16(text),
    "UTF-16, swapped, without a mark": swapped(utf16(text)),
    "Windows-1252": Uint8Array.from(Buffer.from(text.replaceAll("\n", "\r\n"), "latin1")),
  };
  for (const [name, bytes] of Object.entries(all)) assert.equal(decodeText(bytes), text, name);
  const polish = [...Buffer.from("#ENCODING:CP1250\n#X:", "latin1"), 0xb3];
  assert.equal(decodeText(Uint8Array.from(polish)), "#ENCODING:CP1250\n#X:ł");
});

const says = (content: Uint8Array | string, name: string, ...parts: RegExp[]) =>
  assert.throws(
    () => parseLyrics(content, name),
    (error) => {
      assert.ok(error instanceof DannaError);
      assert.equal(error.code, "input");
      for (const part of [new RegExp(`"${name}"`), ...parts]) assert.match(error.message, part);
      return true;
    },
  );

test("what is wrong is said with file, cause and cure", () => {
  says("", "none.txt", /holds no words/, /paste/);
  says("[ti:Only a title]\n[00:01.00]\n", "tags.lrc", /holds no words/);
  says(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0),
    "picture.lrc",
    /is no text/,
    /\.lrc/,
  );
  says(new Uint8Array(2_000_001).fill(65), "huge.txt", /is no text/);
  says("#TITLE:X\n: 0 4 0 la\nE", "tempo.txt", /no tempo/, /#BPM:120/);
  says("#BPM:0\n: 0 4 0 la\nE", "zero.txt", /no tempo/);
  says("#BPM:120\n: 0 4 0 la\n: 4 x 0 la\nE", "notes.txt", /^Line 3 of/, /mend it/);
});

test("files of words are told from songs by their names", () => {
  const is = (name: string, type = "") => isLyricsFile({ name, type });
  assert.ok(is("a.LRC") && is("b.txt") && is("words", "text/plain"));
  assert.ok(!is("song.mp3") && !is("song", "audio/mpeg") && !is("lrc"));
});

test("what is sung at a time, what comes next, and which line to look at", () => {
  const lyrics = parseLyrics("[00:01.00]<00:01.00>a <00:02.00>b<00:03.00>\n[00:10.00]c", "a.lrc");
  const times = boundariesOf(lyrics);
  assert.deepEqual(rounded(times), [1, 2, 3, 10]);
  assert.deepEqual(
    [0, 1, 1.5, 3, 10].map((time) => nextBoundary(times, time)),
    [1, 2, 2, 10, Infinity],
  );
  const [a, b] = lyrics.lines[0].words;
  assert.deepEqual(
    [0.99, 1, 2].map((time) => [phaseAt(a, time), phaseAt(b, time)]),
    [
      ["next", "next"],
      ["now", "next"],
      ["sung", "now"],
    ],
  );
  assert.deepEqual(
    [0, 1, 6, 7, 11].map((time) => lineAt(lyrics, time)),
    [0, 0, 0, 1, 1],
  );
  assert.equal(lineAt({ timing: "none", lines: [] }, 1), -1);
});
