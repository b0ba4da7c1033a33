// Lets a model hear one segment at several speeds: its errors differ, their mean is smaller. Any thread
// but the audio thread.
import { joined, type Planar } from "./planar-queue.ts";
import { ResampleStage } from "./resample-stage.ts";
import { STEM_CHANNELS } from "./stage.ts";

/**
 * Mean of the stems (8 planes) that `separate` makes of a segment (2 planes) at each of `rates`, taken for
 * its own `sampleRate`: at a higher rate the segment is slower and lower to it. All are as long as the
 * segment. What pitch and tempo shifts are to training (Uhlich et al., ICASSP 2017), this is to testing.
 */
export async function meanOfHearings(
  mixture: Planar,
  sampleRate: number,
  rates: readonly number[],
  separate: (mixture: Planar) => Promise<Planar>,
): Promise<Planar> {
  const [{ length }] = mixture;
  const mean = Array.from({ length: STEM_CHANNELS }, () => new Float32Array(length));
  for (const rate of rates) {
    const stems = await separate(await converted(mixture, sampleRate, rate));
    const planes = await converted(stems, rate, sampleRate);
    mean.forEach((sum, c) => {
      const plane = planes[c];
      for (let n = 0; n < length; n++) sum[n] += plane[n] / rates.length;
    });
  }
  return mean;
}

async function converted(signal: Planar, inputRate: number, outputRate: number): Promise<Planar> {
  if (inputRate === outputRate) return signal;
  const stage = new ResampleStage(signal.length, inputRate, outputRate);
  return joined([await stage.push(signal), await stage.finish()], signal.length);
}
