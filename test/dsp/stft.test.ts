// Windows and the streaming transform against their definitions; perfect reconstruction.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadFft, RealFft } from "../../src/dsp/fft.ts";
import { StreamingIstft, StreamingStft } from "../../src/dsp/stft.ts";
import { analysisWindow, synthesisWindow } from "../../src/dsp/windows.ts";
import { largestDifference, noise } from "../support/signals.ts";

before(loadFft);

const SIZES = [
  [2048, 1024],
  [2048, 2048],
  [1024, 256],
  [4096, 512],
] as const;

for (const [size, synthesis] of SIZES) {
  test(`windows ${size}/${synthesis}: halves of sqrt-Hann windows, product is Hann, overlap adds to one`, () => {
    const analysis = analysisWindow(size, synthesis);
    const sqrtHann = (n: number, length: number) =>
      Math.sqrt(0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / length));
    const rise = size - synthesis / 2;
    for (let n = 0; n < size; n++) {
      const expected =
        n < rise ? sqrtHann(n, 2 * rise) : sqrtHann(n - rise + synthesis / 2, synthesis);
      assert.ok(Math.abs(analysis[n] - expected) < 1e-12);
    }
    const product = synthesisWindow(size, synthesis).map(
      (w, m) => w * analysis[size - synthesis + m],
    );
    const hop = synthesis / 2;
    for (let m = 0; m < hop; m++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (m + 0.5)) / synthesis);
      assert.ok(Math.abs(product[m] - hann) < 1e-12);
      assert.ok(Math.abs(product[m] + product[m + hop] - 1) < 1e-12);
    }
  });

  test(`transform ${size}/${synthesis}: reconstructs with a delay of S − hop within 1e-6`, () => {
    const fft = new RealFft(size);
    const options = { fft, synthesisWindow: synthesis };
    const stft = new StreamingStft(options);
    const istft = new StreamingIstft(options);
    const { hop } = stft;
    const input = noise(40 * hop);
    const reconstruct = () => {
      const output = new Float32Array(input.length + 1);
      const spectrum = new Float32Array(size + 2);
      for (let at = 0; at < input.length; at += hop) {
        stft.process(input, at, spectrum, 0);
        istft.spectrum.set(spectrum.subarray(0, size));
        istft.spectrum[1] = spectrum[size];
        istft.process(output, at);
      }
      return output;
    };
    const expected = new Float32Array(input.length + 1);
    expected.set(input.subarray(0, input.length - (synthesis - hop)), synthesis - hop);
    const output = reconstruct();
    assert.ok(largestDifference(output, expected) < 1e-6, "nor is more than a hop written");

    stft.reset();
    istft.reset();
    assert.deepEqual(reconstruct(), output, "a reset starts anew");
  });
}

test("frame k is the DFT of the windowed last N samples before (k + 1)·hop", () => {
  const size = 64;
  const synthesis = 32;
  const hop = 16;
  const stft = new StreamingStft({ fft: new RealFft(size), synthesisWindow: synthesis });
  const input = noise(10 * hop);
  const window = analysisWindow(size, synthesis);
  const spectrum = new Float32Array(size + 2);
  for (let k = 0; k < 10; k++) {
    stft.process(input, k * hop, spectrum, 0);
    const expected = new Float64Array(size + 2);
    for (let bin = 0; bin <= size / 2; bin++) {
      for (let n = 0; n < size; n++) {
        const sample = (input[(k + 1) * hop - size + n] ?? 0) * window[n];
        expected[2 * bin] += sample * Math.cos((2 * Math.PI * bin * n) / size);
        expected[2 * bin + 1] -= sample * Math.sin((2 * Math.PI * bin * n) / size);
      }
    }
    assert.ok(largestDifference(spectrum, expected) < 1e-5, `frame ${k}`);
  }
});

test("a synthesis window that is odd or longer than the transform is refused", () => {
  const fft = new RealFft(64);
  for (const synthesis of [0, 31, 66, NaN]) {
    const refused = { name: "DannaError", code: "input", message: /must be even and at most/ };
    assert.throws(() => new StreamingStft({ fft, synthesisWindow: synthesis }), refused);
    assert.throws(() => new StreamingIstft({ fft, synthesisWindow: synthesis }), refused);
  }
  assert.equal(new StreamingStft({ fft, synthesisWindow: 2 }).hop, 1);
});
