// Browser side of the demo song's tests: separates it live, and measures what is left of its stems.
import type { Stem } from "../../src/index.ts";
import { difference, library, peak, renderOffline, song, sumOf } from "../live/live-page.ts";
import { sourceEnergies } from "./projection.ts";

const SAMPLE_RATE = 44100;
const HOP = 512;
const WINDOW = SAMPLE_RATE / 2;
const FOLDER = "/dist/demo/song/";

async function load(seconds = Infinity) {
  const mixture = await song(`${FOLDER}song.mp3`, seconds, SAMPLE_RATE);
  const frames = mixture[0].length;
  const stems = await Promise.all(
    library.DEFAULT_STEMS.map((stem) => song(`${FOLDER}stems/${stem}.flac`, Infinity, SAMPLE_RATE)),
  );
  // The encoder pads the song's end; the stems end where they end.
  return {
    mixture,
    stems: stems.map((channels) =>
      channels.map((channel) => {
        const padded = new Float32Array(frames);
        padded.set(channel.subarray(0, frames));
        return padded;
      }),
    ),
  };
}

/** How well the encoded song equals the sum of its stems, in dB, and the sum's peak. */
export async function songAgainstStems(): Promise<{ ratio: number; peak: number }> {
  const { mixture, stems } = await load();
  const sum = sumOf(stems);
  return { ratio: difference(sum, mixture, 0).ratio, peak: Math.max(...sum.map(peak)) };
}

/** Level of a stem's first `seconds` over that of the whole stem, in dB. */
export async function openingLevel(stem: Stem, seconds: number): Promise<number> {
  const [channel] = await song(`${FOLDER}stems/${stem}.flac`, Infinity, SAMPLE_RATE);
  const power = (signal: Float32Array) => signal.reduce((sum, x) => sum + x * x, 0) / signal.length;
  return 10 * Math.log10(power(channel.subarray(0, seconds * SAMPLE_RATE)) / power(channel));
}

/**
 * Change of each stem's energy in the output, in dB, when one stem's gain is 0 from the start, over the
 * song's first `seconds`.
 */
export async function pullDown(
  pulled: Stem,
  model: string,
  seconds: number,
): Promise<Record<Stem, number>> {
  const { mixture, stems } = await load(seconds);
  const rendering = await renderOffline(mixture, SAMPLE_RATE, { model }, HOP, (separator) => {
    separator.gains[pulled].value = 0;
  });
  const { latency, output } = rendering;
  const frames = output[0].length - latency;
  const heard = sourceEnergies(
    output.map((channel) => channel.subarray(latency)),
    stems.map((channels) => channels.map((channel) => channel.subarray(0, frames))),
    WINDOW,
  );
  const known = stems.map((channels) =>
    channels.reduce(
      (sum, channel) =>
        channel.subarray(0, heard.length * WINDOW).reduce((energy, x) => energy + x * x, sum),
      0,
    ),
  );
  const change = library.DEFAULT_STEMS.map((stem, s) => {
    const left = heard.reduce((sum, energies) => sum + energies[s], 0);
    return [stem, 10 * Math.log10(left / known[s])];
  });
  return Object.fromEntries(change) as Record<Stem, number>;
}
