// Spectra of overlapping frames of a mono signal that comes in blocks of any length. Any thread but the audio
// thread, after `loadFft()`.
import { RealFft } from "../dsp/fft.ts";

/** Samples of a frame and from one to the next, both powers of two. */
export interface FrameSizes {
  readonly size: number;
  readonly hop: number;
}

export class Frames {
  readonly #fft: RealFft;
  readonly #sizes: FrameSizes;
  readonly #window: Float32Array;
  readonly #samples: Float32Array;
  readonly #spectrum: Float32Array;
  readonly #magnitudes: Float32Array;
  /** Samples of the next frame that are there; before the first sample there is silence. */
  #filled: number;

  constructor(sizes: FrameSizes) {
    const { size, hop } = sizes;
    this.#sizes = sizes;
    this.#fft = new RealFft(size);
    // Hann, scaled so that a sine's magnitude is its amplitude.
    this.#window = Float32Array.from(
      { length: size },
      (_, n) => (2 - 2 * Math.cos((2 * Math.PI * (n + 0.5)) / size)) / size,
    );
    this.#samples = new Float32Array(size);
    this.#spectrum = new Float32Array(size + 2);
    this.#magnitudes = new Float32Array(size / 2 + 1);
    this.#filled = size - hop;
  }

  /**
   * Takes samples, and gives `onFrame` the size / 2 + 1 magnitudes of each frame that they complete, in an
   * array that the next frame overwrites. Frame k ends with sample (k + 1) · hop.
   */
  push(samples: Float32Array, onFrame: (magnitudes: Float32Array) => void): void {
    const { size, hop } = this.#sizes;
    for (let at = 0; at < samples.length;) {
      const take = Math.min(samples.length - at, size - this.#filled);
      this.#samples.set(samples.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled < size) return;
      onFrame(this.#transform());
      this.#samples.copyWithin(0, hop);
      this.#filled = size - hop;
    }
  }

  #transform(): Float32Array {
    const buffer = this.#fft.buffer;
    const [spectrum, magnitudes] = [this.#spectrum, this.#magnitudes];
    for (let n = 0; n < buffer.length; n++) buffer[n] = this.#samples[n] * this.#window[n];
    this.#fft.forward(spectrum);
    for (let k = 0; k < magnitudes.length; k++) {
      magnitudes[k] = Math.sqrt(spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2);
    }
    return magnitudes;
  }

  /** Frees the transform's memory. */
  dispose(): void {
    this.#fft.dispose();
  }
}

/** The power of two that is nearest to so many seconds. */
export const powerOfTwo = (seconds: number, sampleRate: number): number =>
  2 ** Math.round(Math.log2(seconds * sampleRate));
