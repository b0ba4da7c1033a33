// What the tests of <stem-lyrics> share: a song whose words are tones, its words with their times, and pages. Runs in Node.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { findFfmpeg } from "../support/programs.ts";
import { MODEL, type MixerHarness } from "./mixer-harness.ts";

/** Hertz of the words' tones, in turn: each word is a tone, so that the sound says which is sung. */
export const TONES = [500, 800, 1100, 1400, 1700];
/** Seconds that a word takes. */
export const WORD = 0.4;
const WORDS = 50;
const stamp = (seconds: number) =>
  `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;

/** Five words a line. */
function enhancedLrc(): string {
  const words = Array.from({ length: WORDS }, (_, i) => `<${stamp(i * WORD)}>w${i} `);
  const lines = Array.from({ length: WORDS / 5 }, (_, i) => words.slice(5 * i, 5 * i + 5));
  return lines.map((line, i) => `[${stamp(5 * i * WORD)}]${line.join("")}`).join("\n");
}

/** Writes words.wav and words.lrc to where the harness serves sounds from. */
export function writeWords({ folder }: MixerHarness): void {
  const frequency = TONES.map(
    (hertz, i) => `${hertz}*eq(mod(floor(t/${WORD})\\,${TONES.length})\\,${i})`,
  ).join("+");
  const source = `aevalsrc=0.4*sin(2*PI*t*(${frequency})):d=${WORD * WORDS}:s=44100`;
  const file = path.join(folder, "words.wav");
  execFileSync(findFfmpeg(), ["-v", "error", "-f", "lavfi", "-i", source, file]);
  writeFileSync(path.join(folder, "words.lrc"), enhancedLrc());
}

const ELEMENTS = `<script type="module" src="/dist/karaoke.js"></script>`;
export const body = (attributes: string, own = "", inside = "") =>
  `<stem-mixer ${MODEL} ${attributes}>${inside}<stem-lyrics ${own}></stem-lyrics></stem-mixer>${ELEMENTS}`;

export const shows = (page: Page, first: string) =>
  page.locator("stem-lyrics .line").first().filter({ hasText: first }).waitFor();
