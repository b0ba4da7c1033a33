// Real FFT: PFFFT (J. Pommier) as WebAssembly with SIMD. Any thread but the audio thread.
import loadPffft, { type PffftModule } from "@echogarden/pffft-wasm/simd";
import { DannaError } from "../errors.ts";
import { KernelHeap, loadKernels } from "./kernels.ts";

const FORWARD = 0;
const BACKWARD = 1;
const REAL = 0;

let loading: Promise<void> | undefined;
let pffft: PffftModule | undefined;

/** Compiles the FFT, once per thread. Resolves when `new RealFft()` may be called. */
export function loadFft(): Promise<void> {
  loading ??= Promise.all([loadPffft(embeddedBinary()), loadKernels()]).then(([module]) => {
    pffft = module;
  });
  return loading;
}

/** A bundle carries the binary in itself; unbundled, the package finds its own file. */
function embeddedBinary(): Parameters<typeof loadPffft>[0] {
  if (typeof PFFFT_WASM_BASE64 === "undefined") return {};
  const wasmBinary = Uint8Array.from(atob(PFFFT_WASM_BASE64), (char) => char.charCodeAt(0));
  return { wasmBinary, locateFile: (name) => name };
}

/**
 * Discrete Fourier transform of real signals of one length N, a power of two from 32.
 * A spectrum is N/2 + 1 bins of interleaved (re, im), so N + 2 floats, from DC to Nyquist.
 */
export class RealFft {
  readonly size: number;
  /** For the steps before and after its transforms. */
  readonly heap = new KernelHeap();
  readonly #pffft: PffftModule;
  readonly #setup: number;
  readonly #buffer: number;
  readonly #work: number;
  #view: Float32Array;

  /** @throws DannaError "input" for a size that is not supported, or before `loadFft()` resolved */
  constructor(size: number) {
    if (!pffft) throw new DannaError("input", "Await loadFft() before creating a RealFft.");
    if (!Number.isInteger(size) || size < 32 || (size & (size - 1)) !== 0) {
      throw new DannaError("input", `FFT size ${size} is not a power of two from 32.`);
    }
    this.size = size;
    this.#pffft = pffft;
    this.#setup = pffft._pffft_new_setup(size, REAL);
    this.#buffer = pffft._pffft_aligned_malloc(4 * size);
    this.#work = pffft._pffft_aligned_malloc(4 * size);
    this.#view = this.#heap();
  }

  #heap(): Float32Array {
    return new Float32Array(this.#pffft.HEAPF32.buffer, this.#buffer, this.size);
  }

  #transform(direction: 0 | 1): void {
    const buffer = this.#buffer;
    this.#pffft._pffft_transform_ordered(this.#setup, buffer, buffer, this.#work, direction);
  }

  /**
   * The heap's N floats that both transforms work in, for callers that fill or read them without a
   * copy. Ask for it anew before each use: it changes when the heap grows.
   */
  get buffer(): Float32Array {
    if (this.#view.length === 0) this.#view = this.#heap();
    return this.#view;
  }

  /**
   * Transforms `buffer`: X[k] = Σ x[n] exp(−2πi·kn/N), unscaled.
   * @param spectrum receives N + 2 floats from `offset` on; `buffer` is overwritten
   */
  forward(spectrum: Float32Array, offset = 0): void {
    const { size, buffer } = this;
    this.#transform(FORWARD);
    // PFFFT packs the real Nyquist bin into the place of DC's imaginary part.
    spectrum.set(buffer, offset);
    spectrum[offset + size] = buffer[1];
    spectrum[offset + 1] = 0;
    spectrum[offset + size + 1] = 0;
  }

  /**
   * Transforms `buffer`, which holds a spectrum packed as (DC, Nyquist, re 1, im 1, re 2, …), to the
   * N samples Σ X[k] exp(2πi·kn/N) over all N bins of the Hermitian spectrum: unscaled, so forward
   * then inverse multiplies by N.
   */
  inverse(): void {
    this.#transform(BACKWARD);
  }

  /** Frees the heap memory. The object is of no use afterwards. */
  dispose(): void {
    this.#pffft._pffft_aligned_free(this.#buffer);
    this.#pffft._pffft_aligned_free(this.#work);
    this.#pffft._pffft_destroy_setup(this.#setup);
  }
}
