// Test-time augmentation: a model separates one segment at several speeds; its errors differ, their mean
// is smaller. Page, worker or Node.
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";
import { addScaled } from "../../dsp/sums.ts";
import type { Runtime, SplitBackend } from "../../engine/runtime.ts";
import { releaseAll } from "../../util/release.ts";
import { SegmentResampler } from "./segment-resampler.ts";
import { convertedWhole } from "./resample-stage.ts";

type Convert = (signal: Planar) => Promise<Planar>;

/** A rate at which the segment is separated, for its own. */
interface Speed {
  readonly there: Convert;
  readonly back: Convert;
}

/**
 * Mean of the stems that a model makes of a segment (2 planes) taken to be of each of several
 * rates: at a higher rate than its own the segment is slower and lower to the model. What pitch and
 * tempo shifts are to training (Uhlich et al., ICASSP 2017), this is to testing.
 */
export class SpeedAverage {
  readonly #speeds: readonly Speed[];
  readonly #resamplers: readonly SegmentResampler[];

  private constructor(speeds: readonly Speed[], resamplers: readonly SegmentResampler[]) {
    this.#speeds = speeds;
    this.#resamplers = resamplers;
  }

  /** @param rates may hold `sampleRate` itself */
  static async create(
    sampleRate: number,
    rates: readonly number[],
    ort: Runtime,
    backend: SplitBackend,
  ): Promise<SpeedAverage> {
    const resamplers: SegmentResampler[] = [];
    const converter = async (inputRate: number, outputRate: number): Promise<Convert> => {
      if (inputRate === outputRate) return async (signal) => signal;
      if (!SegmentResampler.takes(inputRate, outputRate)) {
        return (signal) => convertedWhole(signal, inputRate, outputRate);
      }
      const resampler = await SegmentResampler.create(inputRate, outputRate, ort, backend);
      resamplers.push(resampler);
      return (signal) => resampler.convert(signal);
    };
    const speeds: Speed[] = [];
    for (const rate of rates) {
      speeds.push({
        there: await converter(sampleRate, rate),
        back: await converter(rate, sampleRate),
      });
    }
    return new SpeedAverage(speeds, resamplers);
  }

  /** @param separate may write its next stems over its last, which stay its own; all are as long as the segment */
  async over(mixture: Planar, separate: (mixture: Planar) => Promise<Planar>): Promise<Planar> {
    const [{ length }] = mixture;
    let mean: Float32Array[] | undefined;
    const share = 1 / this.#speeds.length;
    for (const { there, back } of this.#speeds) {
      const heard = await there(mixture);
      const own = await separate(heard);
      if (heard !== mixture) await releaseAll(heard);
      mean ??= own.map(() => new Float32Array(length));
      for (let c = 0; c < own.length; c += CHANNELS) {
        const stem = own.slice(c, c + CHANNELS);
        const planes = await back(stem);
        for (const [i, plane] of planes.entries()) {
          addScaled(mean[c + i], plane.subarray(0, length), share);
        }
        if (planes !== stem) await releaseAll(planes);
      }
    }
    return mean ?? [];
  }

  async dispose(): Promise<void> {
    for (const resampler of this.#resamplers) await resampler.dispose();
  }
}
