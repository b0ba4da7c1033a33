// Streaming short-time Fourier transform and its inverse with overlap-add, one channel each.
// Any thread but the audio thread; nothing is allocated per hop.
import { DannaError } from "../errors.ts";
import type { RealFft } from "./fft.ts";
import { analysisWindow, synthesisWindow } from "./windows.ts";

/** Frame sizes in samples. N = fft.size; S = synthesisWindow; the hop is S/2. */
export interface StftOptions {
  fft: RealFft;
  synthesisWindow: number;
}

function checkedHop({ fft, synthesisWindow: length }: StftOptions): number {
  const hop = length / 2;
  if (!Number.isInteger(hop) || hop < 1 || length > fft.size) {
    throw new DannaError(
      "input",
      `Synthesis window ${length} must be even and at most the FFT size ${fft.size}.`,
    );
  }
  return hop;
}

/** Turns hops of samples into spectra of the last N samples; before the start the signal is zero. */
export class StreamingStft {
  readonly hop: number;
  readonly #fft: RealFft;
  readonly #window: Float32Array;
  readonly #history: Float32Array;

  /** @throws DannaError "input" for a synthesis window that does not fit */
  constructor(options: StftOptions) {
    this.hop = checkedHop(options);
    this.#fft = options.fft;
    this.#window = Float32Array.from(analysisWindow(this.#fft.size, options.synthesisWindow));
    this.#history = new Float32Array(this.#fft.size);
  }

  /**
   * Takes the next hop from `samples[offset …]` and writes the spectrum of the window that ends with
   * it, N/2 + 1 interleaved (re, im) bins, to `spectrum[spectrumOffset …]`.
   */
  process(
    samples: Float32Array,
    offset: number,
    spectrum: Float32Array,
    spectrumOffset: number,
  ): void {
    const { hop } = this;
    const history = this.#history;
    const window = this.#window;
    const { size } = this.#fft;
    history.copyWithin(0, hop);
    for (let i = 0; i < hop; i++) history[size - hop + i] = samples[offset + i];
    const { buffer } = this.#fft;
    for (let n = 0; n < size; n++) buffer[n] = history[n] * window[n];
    this.#fft.forward(spectrum, spectrumOffset);
  }

  /** Forgets the signal so far. */
  reset(): void {
    this.#history.fill(0);
  }
}

/** Turns spectra back into hops of samples, S − hop samples behind the input of the analysis. */
export class StreamingIstft {
  readonly hop: number;
  readonly #fft: RealFft;
  readonly #window: Float32Array;
  readonly #tail: Float32Array;

  /** @throws DannaError "input" for a synthesis window that does not fit */
  constructor(options: StftOptions) {
    this.hop = checkedHop(options);
    this.#fft = options.fft;
    const { size } = this.#fft;
    this.#window = Float32Array.from(
      synthesisWindow(size, options.synthesisWindow),
      (w) => w / size,
    );
    this.#tail = new Float32Array(this.hop);
  }

  /**
   * Where the next frame's spectrum goes: the FFT's buffer, packed as `RealFft.inverse` takes it.
   * Shared by everything on the same FFT, so fill it right before `process`.
   */
  get spectrum(): Float32Array {
    return this.#fft.buffer;
  }

  /** Consumes `spectrum` and writes the next finished hop to `samples[offset …]`. */
  process(samples: Float32Array, offset: number): void {
    const { hop } = this;
    const tail = this.#tail;
    const window = this.#window;
    this.#fft.inverse();
    const { buffer } = this.#fft;
    const start = this.#fft.size - 2 * hop;
    for (let i = 0; i < hop; i++) {
      samples[offset + i] = tail[i] + buffer[start + i] * window[i];
      tail[i] = buffer[start + hop + i] * window[hop + i];
    }
  }

  /** Forgets the overlap of the frames so far. */
  reset(): void {
    this.#tail.fill(0);
  }
}
