// The Wiener filter over a stream of stems and their mixture. Page, worker or Node, after loadFft().
import { RealFft } from "../../dsp/fft.ts";
import { StreamingIstft, StreamingStft } from "../../dsp/stft.ts";
import { WienerFilter, type WienerOptions } from "../../dsp/wiener.ts";
import { CHANNELS, joined, PlanarQueue, type Planar } from "../../dsp/planar-queue.ts";
import type { Stage } from "./stage.ts";

const FFT_SIZE = 4096;
/** Symmetric root-Hann windows, overlapping by half. */
const HOP = FFT_SIZE / 2;
const BINS = FFT_SIZE / 2 + 1;
const PLANE = 2 * BINS;
const MIXTURE_FLOATS = CHANNELS * PLANE;
/** Frames that share spatial covariances: 6 s at 44.1 kHz, about Open-Unmix's `wiener_win_len`. */
const BLOCK = 128;
/** Brings a sine at full scale to 10, the level that the regularisation is meant for. */
const SCALE = (10 * Math.PI) / FFT_SIZE;

export interface WienerStageOptions extends WienerOptions {
  /** How many stems there are. */
  stems: number;
  /** By stem, the share of the filter's answer; the estimate has the rest. 1 by default. */
  weights?: readonly number[];
}

/** Takes blocks of mixture and stems (2 planes, and 2 each), gives the refined stems. */
export class WienerStage implements Stage {
  readonly #options: WienerStageOptions;
  readonly #planes: number;
  /** Of all stems in one frame. */
  readonly #stemFloats: number;
  readonly #waiting: PlanarQueue;
  readonly #stft: StreamingStft[];
  readonly #istft: StreamingIstft[];
  /** The block before, for its statistics, then the one that fills up. */
  readonly #mixture = new Float32Array(2 * BLOCK * MIXTURE_FLOATS);
  readonly #stems: Float32Array;
  readonly #filter: WienerFilter;
  #past = 0;
  #frames = 0;
  #skip = FFT_SIZE - HOP;
  #owed = 0;

  constructor(options: WienerStageOptions) {
    this.#options = options;
    const planes = options.stems * CHANNELS;
    this.#planes = planes;
    this.#stemFloats = planes * PLANE;
    this.#waiting = new PlanarQueue(CHANNELS + planes);
    this.#stems = new Float32Array(2 * BLOCK * this.#stemFloats);
    const fft = new RealFft(FFT_SIZE);
    const shares = options.weights;
    this.#filter = new WienerFilter(
      fft.heap,
      { stems: options.stems, bins: BINS },
      { ...options, shares },
    );
    const windows = { fft, synthesisWindow: FFT_SIZE, scale: SCALE };
    const make = <T>(count: number, one: () => T) => Array.from({ length: count }, one);
    this.#stft = make(CHANNELS + planes, () => new StreamingStft(windows));
    this.#istft = make(planes, () => new StreamingIstft(windows));
  }

  async push(block: Planar): Promise<Planar> {
    this.#waiting.push(block);
    this.#owed += block[0].length;
    return this.#run();
  }

  async finish(): Promise<Planar> {
    if (this.#owed === 0) return joined([], this.#planes);
    const frames = Math.ceil((this.#owed + this.#skip) / HOP) - this.#frames;
    this.#waiting.pushZeros(Math.max(0, frames * HOP - this.#waiting.length));
    const full = this.#run();
    return joined([full, this.#refine()], this.#planes);
  }

  #run(): Planar {
    const outputs: Planar[] = [];
    const waiting = this.#waiting.view();
    const samples = Math.floor(this.#waiting.length / HOP) * HOP;
    for (let at = 0; at < samples; at += HOP) {
      this.#analyse(waiting, at);
      if (this.#frames === BLOCK) outputs.push(this.#refine());
    }
    this.#waiting.drop(samples);
    return joined(outputs, this.#planes);
  }

  /** The next hop, which begins at `at`. */
  #analyse(waiting: Planar, at: number): void {
    const frame = this.#past + this.#frames;
    const target = (c: number): [Float32Array, number] =>
      c < CHANNELS
        ? [this.#mixture, frame * MIXTURE_FLOATS + c * PLANE]
        : [this.#stems, frame * this.#stemFloats + (c - CHANNELS) * PLANE];
    for (const [c, samples] of waiting.entries()) this.#stft[c].process(samples, at, ...target(c));
    this.#frames++;
  }

  /** Filters the frames of the block. A short last one takes its statistics from before, too. */
  #refine(): Planar {
    const frames = this.#frames;
    if (frames === 0) return joined([], this.#planes);
    const first = frames < BLOCK ? 0 : this.#past;
    const end = this.#past + frames;
    const stems = this.#stems.subarray(first * this.#stemFloats, end * this.#stemFloats);
    const mixture = this.#mixture.subarray(first * MIXTURE_FLOATS, end * MIXTURE_FLOATS);
    const { iterations = 1 } = this.#options;
    const estimates = iterations > 1 ? stems.slice() : stems;
    this.#filter.expectationMaximization(estimates, mixture, iterations - 1);
    this.#filter.estimate(estimates);
    const refine = (frame: number) =>
      this.#filter.refine(estimates, mixture, this.#past - first + frame, stems);
    const planes = this.#synthesise(refine, frames);
    this.#mixture.copyWithin(0, this.#past * MIXTURE_FLOATS, end * MIXTURE_FLOATS);
    this.#stems.copyWithin(0, this.#past * this.#stemFloats, end * this.#stemFloats);
    this.#past = frames;
    this.#frames = 0;
    return planes;
  }

  /** The block's samples. */
  #synthesise(refine: (frame: number) => void, frames: number): Planar {
    const planes = this.#istft.map(() => new Float32Array(frames * HOP));
    for (let frame = 0; frame < frames; frame++) {
      refine(frame);
      const { refined, refinedPlane } = this.#filter;
      for (let c = 0; c < this.#planes; c++) {
        const istft = this.#istft[c];
        const at = c * refinedPlane;
        const { spectrum } = istft;
        spectrum.set(refined.subarray(at, at + FFT_SIZE));
        // Nyquist goes where DC's imaginary part would be.
        spectrum[1] = refined[at + FFT_SIZE];
        istft.process(planes[c], frame * HOP);
      }
    }
    const from = Math.min(this.#skip, frames * HOP);
    const to = Math.min(frames * HOP, from + this.#owed);
    this.#skip -= from;
    this.#owed -= to - from;
    return planes.map((plane) => plane.subarray(from, to));
  }

  reset(): void {
    for (const part of [...this.#stft, ...this.#istft]) part.reset();
    this.#waiting.clear();
    this.#past = this.#frames = this.#owed = 0;
    this.#skip = FFT_SIZE - HOP;
  }
}
