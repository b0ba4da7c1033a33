// What the tests of a song's better stems share: the identity model as the live one, the bands model as the
// better one, and what that makes of a song. Runs in Node.
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { splitFile } from "../../src/split/node.ts";
import { DEFAULT_STEMS, type Stem } from "../../src/stems.ts";
import { readWav } from "../support/wav.ts";
import { MODEL, untilMixer, type Rendering } from "../components/mixer-harness.ts";

export const RATE = 44100;
/** Frames in which the better stems are faded in. */
export const BLEND = Math.ceil(0.03 * RATE);
export const STUDIO = 'studio-model="/models/bands.json"';

/** Lets a page believe in so many cores. */
export const cores = (count: number) =>
  `<script>Object.defineProperty(navigator, "hardwareConcurrency", { value: ${count} })</script>`;

/** A mixer that plays one of the harness's sounds, with so many cores that its latency stays. */
export const mixer = (song: string, attributes = "") =>
  `${cores(8)}<stem-mixer src="/audio/${song}" ${MODEL} ${STUDIO} ${attributes}></stem-mixer>`;

/** The left channels of a song and of its stems by the better model, and their right ones. */
export async function expectedOf(file: string) {
  const song = readWav(new Uint8Array(readFileSync(file))).left;
  const planes = () =>
    Object.fromEntries(
      DEFAULT_STEMS.map((stem) => [stem, new Float32Array(song.length)]),
    ) as Record<Stem, Float32Array>;
  const [stems, right] = [planes(), planes()];
  const split = await splitFile(file, { model: "test/models/bands.json", workers: 0 });
  for await (const chunk of split) {
    for (const stem of DEFAULT_STEMS) {
      stems[stem].set(chunk.stems[stem][0], chunk.start);
      right[stem].set(chunk.stems[stem][1], chunk.start);
    }
  }
  return { song, stems, right };
}

export const untilReady = (page: Page) =>
  untilMixer(page, (mixer) => mixer.player.state.better?.ready === 1);

/** Largest distance of `left` from `wanted`, `latency` later, from frame `from` on. */
export function distance(
  { left, latency }: Rendering,
  wanted: ArrayLike<number>,
  from: number,
): number {
  let largest = 0;
  for (let n = from + latency; n < left.length; n++) {
    largest = Math.max(largest, Math.abs(left[n] - wanted[n - latency]));
  }
  return largest;
}
