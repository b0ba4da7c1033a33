// Streaming short-time Fourier transform and its inverse with overlap-add, one channel each.
// Any thread but the audio thread; nothing is allocated per hop.
import { DannaError } from "../errors.ts";
import type { RealFft } from "./fft.ts";
import type { HeapFloats } from "./heap.ts";
import { analysisWindow, synthesisWindow } from "./windows.ts";

/** Frame sizes in samples. N = fft.size; S = synthesisWindow; the hop is S/2. */
export interface StftOptions {
  fft: RealFft;
  synthesisWindow: number;
  /** What spectra are multiplied with, 1 by default; the inverse takes it off again. */
  scale?: number;
}

/** Bytes. */
const FLOAT = 4;

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
  readonly #window: HeapFloats;
  readonly #history: HeapFloats;
  readonly #frame: HeapFloats;

  /** @throws DannaError "input" for a synthesis window that does not fit */
  constructor(options: StftOptions) {
    this.hop = checkedHop(options);
    this.#fft = options.fft;
    const { size, heap } = this.#fft;
    this.#window = heap.allocate(size);
    const { synthesisWindow: length, scale = 1 } = options;
    this.#window.values.set(analysisWindow(size, length).map((w) => scale * w));
    this.#history = heap.allocate(size);
    this.#frame = heap.allocate(size);
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
    const { size, heap } = this.#fft;
    const history = this.#history.values;
    history.copyWithin(0, hop);
    for (let i = 0; i < hop; i++) history[size - hop + i] = samples[offset + i];
    heap.kernels.product(this.#history.at, this.#window.at, this.#frame.at, size);
    this.#fft.buffer.set(this.#frame.values);
    this.#fft.forward(spectrum, spectrumOffset);
  }

  /** Forgets the signal so far. */
  reset(): void {
    this.#history.values.fill(0);
  }
}

/** Turns spectra back into hops of samples, S − hop samples behind the input of the analysis. */
export class StreamingIstft {
  readonly hop: number;
  readonly #fft: RealFft;
  readonly #window: HeapFloats;
  readonly #frame: HeapFloats;
  readonly #tail: HeapFloats;
  readonly #output: HeapFloats;

  /** @throws DannaError "input" for a synthesis window that does not fit */
  constructor(options: StftOptions) {
    this.hop = checkedHop(options);
    this.#fft = options.fft;
    const { size, heap } = this.#fft;
    this.#window = heap.allocate(2 * this.hop);
    const { synthesisWindow: length, scale = 1 } = options;
    this.#window.values.set(synthesisWindow(size, length).map((w) => w / size / scale));
    this.#frame = heap.allocate(size);
    this.#tail = heap.allocate(this.hop);
    this.#output = heap.allocate(this.hop);
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
    const { size, heap } = this.#fft;
    this.#fft.inverse();
    this.#frame.values.set(this.#fft.buffer);
    const first = this.#frame.at + FLOAT * (size - 2 * hop);
    const window = this.#window.at;
    const second = FLOAT * hop;
    heap.kernels.overlapAdd(
      first,
      window,
      first + second,
      window + second,
      this.#tail.at,
      this.#output.at,
      hop,
    );
    samples.set(this.#output.values, offset);
  }

  /** Forgets the overlap of the frames so far. */
  reset(): void {
    this.#tail.values.fill(0);
  }
}
