// Test-time augmentation: a model separates one segment at several speeds. Its errors differ, their mean
// is smaller. Any thread but the audio thread.
import { joined, type Planar } from "../../dsp/planar-queue.ts";
import { ResampleStage } from "./resample-stage.ts";

/** Samples that are converted at a time. */
const PIECE = 8192;

/**
 * Mean of the stems that `separate` makes of a segment (2 planes) at each of `rates`, taken for
 * its own `sampleRate`: at a higher rate the segment is slower and lower to it. All are as long as the
 * segment. What pitch and tempo shifts are to training (Uhlich et al., ICASSP 2017), this is to testing.
 * @param separate may write its next stems over its last
 */
export async function meanOverSpeeds(
  mixture: Planar,
  sampleRate: number,
  rates: readonly number[],
  separate: (mixture: Planar) => Promise<Planar>,
): Promise<Planar> {
  const [{ length }] = mixture;
  let mean: Float32Array[] | undefined;
  for (const rate of rates) {
    const stems = await separate(await all(mixture, sampleRate, rate));
    const sums = (mean ??= stems.map(() => new Float32Array(length)));
    let at = 0;
    for await (const planes of converted(stems, rate, sampleRate)) {
      sums.forEach((sum, c) => {
        planes[c].forEach((sample, n) => (sum[at + n] += sample / rates.length));
      });
      at += planes[0].length;
    }
  }
  return mean ?? [];
}

async function all(signal: Planar, inputRate: number, outputRate: number): Promise<Planar> {
  if (inputRate === outputRate) return signal;
  const pieces: Planar[] = [];
  for await (const piece of converted(signal, inputRate, outputRate)) pieces.push(piece);
  return joined(pieces, signal.length);
}

/** Piece by piece: whole segments of many planes would be most of what a split takes of memory. */
async function* converted(
  signal: Planar,
  inputRate: number,
  outputRate: number,
): AsyncGenerator<Planar> {
  if (inputRate === outputRate) return yield signal;
  const stage = new ResampleStage(signal.length, inputRate, outputRate);
  for (let at = 0; at < signal[0].length; at += PIECE) {
    yield await stage.push(signal.map((plane) => plane.subarray(at, at + PIECE)));
  }
  yield await stage.finish();
}
