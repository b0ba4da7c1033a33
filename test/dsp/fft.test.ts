// The FFT against the DFT's definition. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFft, RealFft } from "../../src/dsp/fft.ts";
import { largestDifference, noise } from "../support/signals.ts";

function dft(samples: Float32Array): Float64Array {
  const size = samples.length;
  const spectrum = new Float64Array(size + 2);
  for (let k = 0; k <= size / 2; k++) {
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      spectrum[2 * k] += samples[n] * Math.cos(angle);
      spectrum[2 * k + 1] += samples[n] * Math.sin(angle);
    }
  }
  return spectrum;
}

test("before it is loaded there is no FFT", async () => {
  assert.throws(() => new RealFft(64), { name: "DannaError", code: "input", message: /loadFft/ });
  await loadFft();
  new RealFft(64).dispose();
});

for (const size of [32, 512, 2048, 4096]) {
  test(`forward of ${size} equals the definition, and inverse undoes it`, () => {
    const fft = new RealFft(size);
    const samples = noise(size, size);
    const spectrum = new Float32Array(size + 6).fill(9);
    fft.buffer.set(samples);
    fft.forward(spectrum, 3);
    const expected = Float64Array.of(9, 9, 9, ...dft(samples), 9);
    const scale = Math.sqrt(size);
    assert.ok(largestDifference(spectrum, expected) < 2e-6 * scale);

    const packed = fft.buffer;
    packed.set(spectrum.subarray(3, 3 + size));
    packed[1] = spectrum[3 + size];
    fft.inverse();
    assert.ok(
      largestDifference(
        fft.buffer.map((x) => x / size),
        samples,
      ) < 1e-6,
    );
    fft.dispose();
  });
}

test("plans of many sizes live side by side while the heap grows", () => {
  const first = new RealFft(2048);
  const plans = Array.from({ length: 60 }, () => new RealFft(65536));
  const samples = noise(2048);
  first.buffer.set(samples);
  const spectrum = new Float32Array(2050);
  first.forward(spectrum);
  assert.ok(largestDifference(spectrum, dft(samples)) < 1e-4);
  for (const plan of [first, ...plans]) plan.dispose();
});

test("what is disposed of leaves its memory to the next", () => {
  const heapOf = ({ buffer }: RealFft) => buffer.buffer.byteLength;
  let most = 0;
  for (let i = 0; i < 100; i++) {
    const fft = new RealFft(65536);
    most ||= heapOf(fft);
    assert.equal(heapOf(fft), most);
    fft.dispose();
  }
});

test("a size that is no power of two from 32 is refused", () => {
  for (const size of [0, 16, 48, 1000, 2048.5, NaN]) {
    const refused = { name: "DannaError", code: "input", message: /not a power of two from 32/ };
    assert.throws(() => new RealFft(size), refused);
  }
});
