// Finds tempo and key of a song away from the page, region by region. Web worker.
import { SongAnalyser, type SongAnalysis } from "../../analysis/song-analysis.ts";
import { loadFft } from "../../dsp/fft.ts";
import { expand, keptLength, type KeptBlock } from "../../dsp/kept-block.ts";
import { PackedRegion } from "../../dsp/packed-region.ts";
import { DannaError } from "../../errors.ts";

/** A region's stems: packed, and their names in that order. */
export interface KnownStems {
  readonly packed: ArrayBuffer;
  readonly names: readonly string[];
}

/** The calls (comlink) of an analyst: `open` once, `push` for each region in order, `finish`. */
export interface AnalysisControl {
  open(sampleRate: number): Promise<void>;
  /** `stems`: where they are known, the tempo is found in the drums, the key in what accompanies the voice. */
  push(mixture: KeptBlock, stems?: KnownStems): void;
  finish(): SongAnalysis;
}

export class SongAnalyst implements AnalysisControl {
  #analyser: SongAnalyser | undefined;

  async open(sampleRate: number): Promise<void> {
    await loadFft();
    this.#analyser = new SongAnalyser(sampleRate);
  }

  push(mixture: KeptBlock, stems?: KnownStems): void {
    const planes = expand(mixture);
    if (!stems) {
      const whole = mono(planes);
      return this.#opened.push(whole, whole);
    }
    const { packed, names } = stems;
    const samples = keptLength(mixture[0]);
    const all = Array.from({ length: 2 * names.length }, () => new Float32Array(samples));
    new PackedRegion(packed).read(0, samples, planes, 0, all, 0);
    const of = (wanted: (name: string) => boolean) =>
      all.filter((_, plane) => wanted(names[plane >> 1]));
    const drums = of((name) => name === "drums");
    this.#opened.push(
      mono(drums.length > 0 ? drums : planes),
      mono(of((name) => name !== "drums" && name !== "vocals")),
    );
  }

  finish(): SongAnalysis {
    return this.#opened.finish();
  }

  get #opened(): SongAnalyser {
    if (!this.#analyser) throw new DannaError("worker", "push() came before open().");
    return this.#analyser;
  }
}

/** Half the sum of all planes. */
function mono(planes: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(planes[0].length);
  for (const plane of planes) for (let i = 0; i < sum.length; i++) sum[i] += plane[i] / 2;
  return sum;
}
