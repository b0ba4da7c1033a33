// The first steps of a spectral network as a kernel: ONNX Runtime takes five times as long for them. Page, worker or Node.
//
// As in band-split.ts a fingerprint says what the nodes compute: SpectrumNet.features of models/training/model.py.
import type { HeapFloats } from "../dsp/heap.ts";
import { loadNetworkKernels, NetworkHeap } from "../dsp/network-kernels.ts";
import { cutGraph } from "../model/cut-onnx.ts";
import type { SpectralManifest } from "../model/manifest.ts";
import { fingerprint, readGraph } from "../model/read-onnx.ts";
import type { ValueSpec } from "../model/write-onnx.ts";

/** FFT sizes by fingerprints of what makes features of spectra. */
const KNOWN: ReadonlyMap<string, number> = new Map([
  ["c4132e63b0083e73f264ab23df64055d408518ef4e2f53cd87544a62832a107b", 2048],
  ["4db212cebe30e3461a668d6a375d026765d75947e3e499e3912418c8fa128d47", 4096],
]);

const [FLOAT, PLANES] = [4, 8];

/** Makes features of spectra, frame by frame. */
export class Features {
  /** What they are in the graph: frames × 8 × bins but the last. */
  readonly tensor: ValueSpec;
  readonly #fftSize: number;
  readonly #heap = new NetworkHeap();
  readonly #spectrum: HeapFloats;
  #features: HeapFloats;

  private constructor(tensor: ValueSpec, fftSize: number) {
    this.tensor = tensor;
    this.#fftSize = fftSize;
    this.#spectrum = this.#heap.allocate(2 * (fftSize + 2));
    this.#features = this.#heap.allocate(0);
  }

  /**
   * @param bytes the manifest's ONNX file, which is sound
   * @returns undefined where the graph begins in another way
   */
  static async of(manifest: SpectralManifest, bytes: Uint8Array): Promise<Features | undefined> {
    const { input, fftSize } = manifest;
    const last = readGraph(bytes).nodes.find(({ operator }) => operator === "Concat");
    if (!last) return undefined;
    const tensor = { name: last.outputs[0], shape: ["frames", PLANES, fftSize / 2] };
    const first = cutGraph(bytes, [input], [tensor]);
    if (KNOWN.get(await fingerprint(readGraph(first))) !== fftSize) return undefined;
    await loadNetworkKernels();
    return new Features(tensor, fftSize);
  }

  /** The graph that takes features; spectra, too, where more than its first steps need them. */
  rest({ input, output, state }: SpectralManifest, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const states = (side: "input" | "output") =>
      state.map((tensor) => ({ name: tensor[side], shape: tensor.shape }));
    return cutGraph(bytes, [this.tensor, input, ...states("input")], [output, ...states("output")]);
  }

  /**
   * @param spectra frames × 2 × bins × 2
   * @returns frames × 8 × bins but the last, until the next call
   */
  process(spectra: Float32Array, frames: number): Float32Array {
    const inputFloats = 2 * (this.#fftSize + 2);
    const plane = (FLOAT * this.#fftSize) / 2;
    const frameFloats = (PLANES * plane) / FLOAT;
    if (this.#features.values.length < frames * frameFloats) {
      this.#features = this.#heap.allocate(frames * frameFloats);
    }
    const left = this.#spectrum.at;
    const right = left + (FLOAT * inputFloats) / 2;
    for (let frame = 0; frame < frames; frame++) {
      this.#spectrum.values.set(spectra.subarray(frame * inputFloats, (frame + 1) * inputFloats));
      const out = this.#features.at + FLOAT * frame * frameFloats;
      this.#heap.kernels.features(left, right, out, plane, out + plane, PLANES / this.#fftSize);
    }
    return this.#features.values.subarray(0, frames * frameFloats);
  }
}
