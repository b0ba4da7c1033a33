// Browser side of fft.test.ts: runs in the page as a module, and as a worker.
import { loadFft, RealFft } from "../../src/dsp/fft.ts";
import { noise } from "../support/signals.ts";

export async function transformNoise(): Promise<number[]> {
  await loadFft();
  const fft = new RealFft(2048);
  fft.buffer.set(noise(2048));
  const spectrum = new Float32Array(2050);
  fft.forward(spectrum);
  return [...spectrum];
}

if (typeof document === "undefined") self.postMessage(await transformNoise());
