// How long a model will take here that has not run yet, by the time that Fourier transforms take. Page or worker.
import { loadFft, RealFft } from "../dsp/fft.ts";
import type { FileManifest } from "./manifest.ts";

const SIZE = 4096;
/** Until the code has been compiled twice. */
const ROUNDS = 40;
const TRANSFORMS = 50;

/**
 * What a second of sound takes in ONNX Runtime on WebAssembly, in transforms of `SIZE`: HTDemucs, whose graph states no
 * operations, and a network for each million of multiply-accumulates. Measured beside each other on one machine.
 */
const HTDEMUCS = 540_000;
const MILLION = 30;

/** Seconds of one transform: the quickest round, as others may have taken the processor. */
function transformTime(): number {
  const fft = new RealFft(SIZE);
  const spectrum = new Float32Array(SIZE + 2);
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    for (let i = 0; i < TRANSFORMS; i++) {
      fft.buffer.fill(1);
      fft.forward(spectrum);
    }
    least = Math.min(least, performance.now() - started);
  }
  fft.dispose();
  return least / 1000 / TRANSFORMS;
}

/** Seconds of this device's processor, within a factor of two or so, that a model takes for a second of sound. */
export async function expectedTime(manifest: FileManifest): Promise<number> {
  await loadFft();
  return transformTime() * costOf(manifest);
}

function costOf(manifest: FileManifest): number {
  if (manifest.family === "htdemucs") return HTDEMUCS;
  const { multiplyAccumulatesPerHop: perHop, hop, sampleRate } = manifest;
  const rates = manifest.kind === "segment" ? manifest.segment.rates.length : 1;
  return ((perHop * sampleRate) / hop / 1e6) * rates * MILLION;
}
