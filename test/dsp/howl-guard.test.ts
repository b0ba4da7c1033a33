// The howl guard hears feedback before it is loud, and lets singing and whistling be. Node.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadFft, RealFft } from "../../src/dsp/fft.ts";
import { HowlGuard } from "../../src/dsp/howl-guard.ts";
import { noise } from "../support/signals.ts";

const RATE = 44100;
const SIZE = 2048;
/** Seconds between two looks. */
const EVERY = 0.05;

before(loadFft);

/** Seconds after which a guard says that it howls; undefined where it never does. */
function howlsAfter(samples: Float32Array): number | undefined {
  const fft = new RealFft(SIZE);
  const guard = new HowlGuard(RATE, SIZE);
  const bins = new Float32Array(SIZE + 2);
  const spectrum = new Float32Array(SIZE / 2);
  try {
    for (let end = SIZE; end <= samples.length; end += Math.round(EVERY * RATE)) {
      // As an AnalyserNode does: Blackman's window, scaled by the size.
      for (let n = 0; n < SIZE; n++) {
        const x = (2 * Math.PI * n) / SIZE;
        const window = 0.42 - 0.5 * Math.cos(x) + 0.08 * Math.cos(2 * x);
        fft.buffer[n] = samples[end - SIZE + n] * window;
      }
      fft.forward(bins);
      for (let k = 0; k < spectrum.length; k++) {
        spectrum[k] = 20 * Math.log10(Math.hypot(bins[2 * k], bins[2 * k + 1]) / SIZE);
      }
      if (guard.look(spectrum)) return end / RATE;
    }
    return undefined;
  } finally {
    fft.dispose();
  }
}

/** What a microphone hears of a faint noise and of itself, through a room that likes `hertz`, up to full scale. */
function feedback(seconds: number, gain: number, hertz: number): Float32Array {
  const length = Math.round(seconds * RATE);
  const room = Math.round(0.03 * RATE);
  const heard = new Float32Array(length);
  const faint = noise(length);
  // A resonator: what comes back is loudest at its frequency.
  const [r, w] = [0.999, (2 * Math.PI * hertz) / RATE];
  let [y1, y2] = [0, 0];
  for (let n = 0; n < length; n++) {
    const x = n >= room ? heard[n - room] : 0;
    const y = x * (1 - r) * 2 * Math.sin(w) + 2 * r * Math.cos(w) * y1 - r * r * y2;
    [y2, y1] = [y1, y];
    heard[n] = Math.max(-1, Math.min(1, 0.001 * faint[n] + gain * y));
  }
  return heard;
}

for (const hertz of [300, 1000, 3100]) {
  test(`feedback at ${hertz} Hz is heard before it is at full scale`, () => {
    const heard = feedback(6, 3, hertz);
    const after = howlsAfter(heard);
    assert.ok(after !== undefined, "it howls");
    const loudest = heard
      .subarray(0, after * RATE)
      .reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
    assert.ok(loudest < 1, `${loudest} at ${after} s`);
  });
}

test("a loop that does not grow is let be", () => {
  assert.equal(howlsAfter(feedback(6, 0.5, 1000)), undefined);
});

/** A voice: harmonics that get weaker, vibrato, swells. */
function voice(hertz: number, harmonics: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: 6 * RATE }, (_, n) => {
    const t = n / RATE;
    phase += (2 * Math.PI * hertz * (1 + 0.01 * Math.sin(2 * Math.PI * 5.5 * t))) / RATE;
    let sum = 0;
    for (let k = 1; k <= harmonics; k++) sum += Math.sin(k * phase) / k ** 1.5;
    return 0.35 * (0.5 - 0.5 * Math.cos(2 * Math.PI * 0.4 * t)) * sum;
  });
}

test("singing that swells is no howl, high or low; noise and silence are none", () => {
  for (const hertz of [110, 220, 440, 880])
    assert.equal(howlsAfter(voice(hertz, 12)), undefined, `${hertz} Hz`);
  assert.equal(howlsAfter(noise(3 * RATE)), undefined);
  assert.equal(howlsAfter(new Float32Array(3 * RATE)), undefined);
});

test("whistling that is not loud is no howl", () => {
  const whistle = voice(1200, 1).map((x) => 0.25 * x);
  assert.equal(howlsAfter(whistle), undefined);
});
