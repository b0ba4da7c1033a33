// HTDemucs as an ONNX graph of two branches, run over one segment. Page, worker or Node.
//
// The graph takes the waveform and its spectrogram and returns both branches' stems; transforms are
// left outside of it. (Rouard, Massa, Défossez, "Hybrid transformers for music source separation",
// ICASSP 2023; framing as in Demucs' `_spec` and `_ispec`.)
import type { InferenceSession, Tensor } from "onnxruntime-web";
import { loadFft, RealFft } from "../../dsp/fft.ts";
import type { Runtime } from "../../engine/runtime.ts";
import { DannaError } from "../../errors.ts";
import { STEMS } from "../../stems.ts";
import type { HtdemucsEntry } from "../../model/manifest.ts";
import type { Planar } from "../../dsp/planar-queue.ts";
import { CHANNELS } from "./stage.ts";

const FFT_SIZE = 4096;
const HOP = 1024;
/** The Nyquist bin is left out. */
const BINS = FFT_SIZE / 2;
/** From the segment's start back to the first frame's. */
const PAD = (3 * HOP) / 2;
/** Transforms are scaled by 1/√N both ways, as torch's `normalized`. */
const SCALE = 1 / Math.sqrt(FFT_SIZE);
/** Sum of the squared Hann windows over one sample at an overlap of 3/4. */
const OVERLAP_GAIN = 1.5;

const HANN = Float32Array.from(
  { length: FFT_SIZE },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_SIZE),
);

/** Index of sample `i` of a signal that is mirrored at both ends, which are not repeated. */
function mirrored(i: number, length: number): number {
  if (i < 0) return -i;
  return i < length ? i : 2 * (length - 1) - i;
}

export class Htdemucs {
  readonly entry: HtdemucsEntry;
  readonly #session: InferenceSession;
  readonly #ort: Runtime;
  readonly #fft: RealFft;
  readonly #frames: number;

  /** `session` is the graph of `entry`. Await loadFft() first. */
  constructor(entry: HtdemucsEntry, session: InferenceSession, ort: Runtime) {
    this.entry = entry;
    this.#session = session;
    this.#ort = ort;
    this.#fft = new RealFft(FFT_SIZE);
    this.#frames = Math.ceil(entry.segmentSamples / HOP);
  }

  /**
   * @param bytes the checked ONNX file
   * @throws DannaError "model" when the runtime refuses it
   */
  static async load(
    entry: HtdemucsEntry,
    bytes: Uint8Array<ArrayBuffer>,
    ort: Runtime,
  ): Promise<Htdemucs> {
    await loadFft();
    try {
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
        // Plain allocation: the arena keeps the sum of all peaks, and WebAssembly has 4 GB.
        enableCpuMemArena: false,
        logSeverityLevel: 3,
      });
      return new Htdemucs(entry, session, ort);
    } catch (cause) {
      throw failure(entry, "ONNX Runtime does not load it", cause);
    }
  }

  /** Stems of one segment, in the order of STEMS, 2 planes each. */
  async separate(mixture: Planar): Promise<Float32Array[]> {
    const { segmentSamples: samples, stems: order } = this.entry;
    const waveform = new Float32Array(CHANNELS * samples);
    mixture.forEach((plane, c) => waveform.set(plane, c * samples));
    const [first, second] = this.#session.inputNames;
    const tensor = (data: Float32Array, shape: number[]) =>
      new this.#ort.Tensor("float32", data, shape);
    const results = await this.#run({
      [first]: tensor(waveform, [1, CHANNELS, samples]),
      [second]: tensor(this.#spectrogram(mixture), [1, 2 * CHANNELS, BINS, this.#frames]),
    });
    const [spectrum, wave] = this.#session.outputNames.map((name) => this.#data(results, name));
    const plane = BINS * this.#frames;
    return STEMS.flatMap((stem) =>
      Array.from({ length: CHANNELS }, (_, c) => {
        const index = order.indexOf(stem) * CHANNELS + c;
        const sum = this.#waveform(spectrum.subarray(2 * index * plane, 2 * (index + 1) * plane));
        for (let i = 0; i < samples; i++) sum[i] += wave[index * samples + i];
        return sum;
      }),
    );
  }

  async #run(feeds: Record<string, Tensor>) {
    try {
      return await this.#session.run(feeds);
    } catch (cause) {
      throw failure(this.entry, "inference failed", cause);
    }
  }

  #data(results: Record<string, Tensor>, name: string): Float32Array {
    return results[name].data as Float32Array;
  }

  /** Channel by channel, re then im: bins × frames. */
  #spectrogram(mixture: Planar): Float32Array {
    const frames = this.#frames;
    const spectrogram = new Float32Array(2 * CHANNELS * BINS * frames);
    const spectrum = new Float32Array(FFT_SIZE + 2);
    mixture.forEach((plane, c) => {
      for (let frame = 0; frame < frames; frame++) {
        const { buffer } = this.#fft;
        const start = frame * HOP - PAD;
        for (let n = 0; n < FFT_SIZE; n++) {
          buffer[n] = plane[mirrored(start + n, plane.length)] * HANN[n] * SCALE;
        }
        this.#fft.forward(spectrum);
        for (let part = 0; part < 2; part++) {
          const at = (2 * c + part) * BINS * frames + frame;
          for (let bin = 0; bin < BINS; bin++) {
            spectrogram[at + bin * frames] = spectrum[2 * bin + part];
          }
        }
      }
    });
    return spectrogram;
  }

  /** The inverse for one channel: re then im. */
  #waveform(spectrogram: Float32Array): Float32Array {
    const frames = this.#frames;
    const samples = new Float32Array(this.entry.segmentSamples);
    const gain = SCALE / OVERLAP_GAIN;
    for (let frame = 0; frame < frames; frame++) {
      const { buffer } = this.#fft;
      for (let bin = 0; bin < BINS; bin++) {
        buffer[2 * bin] = spectrogram[bin * frames + frame];
        buffer[2 * bin + 1] = spectrogram[(BINS + bin) * frames + frame];
      }
      buffer[1] = 0;
      this.#fft.inverse();
      const start = frame * HOP - PAD;
      const from = Math.max(0, -start);
      const to = Math.min(FFT_SIZE, samples.length - start);
      for (let n = from; n < to; n++) samples[start + n] += buffer[n] * HANN[n] * gain;
    }
    return samples;
  }

  async dispose(): Promise<void> {
    this.#fft.dispose();
    await this.#session.release();
  }
}

function failure(entry: HtdemucsEntry, problem: string, cause: unknown): DannaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DannaError("model", `Model "${entry.name}": ${problem} (${reason}).`, { cause });
}
