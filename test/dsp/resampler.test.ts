// The resampler against the band-limited signal it must give: error, exact delay, block sizes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRateConversion, Resampler } from "../../src/dsp/resampler.ts";
import { largestDifference, noise, signalToError } from "../support/signals.ts";

const MODEL_RATE = 44100;
const DEVICE_RATES = [8000, 11025, 22050, 32000, 37123, 47999, 48000, 88200, 96000, 192000];

/** A sum of sines up to `highest` Hz, as a function of time in seconds. */
function chord(highest: number): (seconds: number) => number {
  const parts = [0.013, 0.11, 0.29, 0.53, 0.77, 0.94, 0.999].map((share, i) => ({
    frequency: share * highest,
    phase: i,
  }));
  return (seconds) =>
    parts.reduce(
      (sum, { frequency, phase }) => sum + Math.sin(2 * Math.PI * frequency * seconds + phase),
      0,
    ) / parts.length;
}

const sampled = (signal: (seconds: number) => number, rate: number, length: number, delay = 0) =>
  Float32Array.from({ length }, (_, n) => signal(n / rate - delay));

/** Runs a whole signal through in blocks whose sizes cycle through `blocks`. */
function run(resampler: Resampler, input: Float32Array[], blocks: number[]): Float32Array[] {
  const length = input[0].length;
  const total = Math.ceil((length * resampler.outputRate) / resampler.inputRate);
  const output = input.map(() => new Float32Array(total));
  let written = 0;
  for (let at = 0, i = 0; at < length; i++) {
    const block = Math.min(blocks[i % blocks.length], length - at);
    const parts = input.map((channel) => channel.subarray(at, at + block));
    const expected = resampler.outputLength(block);
    const count = resampler.process(parts, output, block, written);
    assert.equal(count, expected);
    at += block;
    written += count;
    assert.equal(written, Math.ceil((at * resampler.outputRate) / resampler.inputRate));
  }
  assert.equal(written, total);
  return output;
}

for (const device of DEVICE_RATES) {
  for (const [from, to] of [
    [device, MODEL_RATE],
    [MODEL_RATE, device],
  ]) {
    test(`${from} to ${to} Hz: at least 90 dB up to 0.9 of Nyquist, with the exact delay`, () => {
      const resampler = new Resampler({ inputRate: from, outputRate: to, channels: 2 });
      const signal = chord(0.9 * 0.5 * Math.min(from, to));
      const input = sampled(signal, from, from / 4);
      const silence = new Float32Array(input.length);
      const [output, quiet] = run(resampler, [input, silence], [128]);
      const expected = sampled(signal, to, output.length, resampler.delay / from);
      const settled = Math.ceil((2.5 * resampler.delay * to) / from);
      const ratio = signalToError(expected.subarray(settled), output.subarray(settled));
      assert.ok(ratio >= 90, `${ratio} dB`);
      assert.ok(
        quiet.every((sample) => sample === 0),
        "channels must not leak",
      );
    });
  }
}

for (const [from, to] of [
  [48000, 44100],
  [96000, 44100],
  [192000, 44100],
  [44100, 22050],
  [44100, 8000],
]) {
  test(`${from} to ${to} Hz: a tone that would alias is at least 90 dB down`, () => {
    for (const place of [1.1, 1.3, 1.7]) {
      const frequency = (place * to) / 2;
      if (frequency >= from / 2) continue;
      const resampler = new Resampler({ inputRate: from, outputRate: to, channels: 1 });
      const input = sampled((t) => Math.sin(2 * Math.PI * frequency * t), from, from / 4);
      const [output] = run(resampler, [input], [512]);
      const peak = output
        .subarray(Math.ceil((2.5 * resampler.delay * to) / from))
        .reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      assert.ok(20 * Math.log10(peak) <= -90, `${frequency} Hz: ${20 * Math.log10(peak)} dB`);
    }
  });
}

test("the size of the blocks makes no difference, and reset starts anew", () => {
  for (const device of [48000, 47999, 192000, 8000]) {
    const resampler = new Resampler({ inputRate: device, outputRate: MODEL_RATE, channels: 3 });
    const input = [1, 2, 3].map((seed) => noise(9000, seed));
    const whole = run(resampler, input, [9000]);
    for (const blocks of [[1], [128], [557, 558], [5000, 1, 3999]]) {
      resampler.reset();
      assert.deepEqual(run(resampler, input, blocks), whole);
    }
  }
});

test("the least delay is half of the taps that Kaiser's formula asks for", () => {
  // (105 − 7.95) / (14.36 · 0.093) = 72.7 taps at the lower rate, and as many times more as the input has.
  assert.equal(Resampler.minimumDelay(44100, 48000), 37);
  assert.equal(Resampler.minimumDelay(88200, 44100), 73);
});

test("a chosen delay is kept to a fraction of a sample", () => {
  for (const extra of [0.25, 1 / 3, 7.123456]) {
    const least = Resampler.minimumDelay(44100, 48000);
    const delay = least + extra;
    const resampler = new Resampler({ inputRate: 44100, outputRate: 48000, channels: 1, delay });
    assert.equal(resampler.delay, delay);
    const signal = chord(19000);
    const [output] = run(resampler, [sampled(signal, 44100, 11025)], [512]);
    const expected = sampled(signal, 48000, output.length, delay / 44100);
    assert.ok(signalToError(expected.subarray(300), output.subarray(300)) >= 90);
  }
});

for (const device of DEVICE_RATES) {
  test(`${device} Hz to the model and back is the input delayed by whole samples, 90 dB`, () => {
    const engineDelay = 512;
    const { toModel, fromModel, delay } = createRateConversion({
      deviceRate: device,
      modelRate: MODEL_RATE,
      engineDelay,
      inputs: 1,
      outputs: 1,
    });
    assert.ok(Number.isInteger(delay));
    const back = Resampler.minimumDelay(MODEL_RATE, device);
    const least = toModel.delay + ((engineDelay + back) * device) / MODEL_RATE;
    assert.ok(delay >= least - 1e-6 && delay < least + 1, "no longer than it must be");
    const signal = chord(0.9 * 0.5 * Math.min(device, MODEL_RATE));
    const input = sampled(signal, device, device / 2);
    const [atModel] = run(toModel, [input], [128]);
    const delayed = new Float32Array(atModel.length);
    delayed.set(atModel.subarray(0, atModel.length - engineDelay), engineDelay);
    const [output] = run(fromModel, [delayed], [512]);
    const settled = delay + Math.ceil((200 * device) / Math.min(device, MODEL_RATE));
    const length = input.length - settled;
    const ratio = signalToError(
      input.subarray(settled - delay, settled - delay + length),
      output.subarray(settled, settled + length),
    );
    assert.ok(ratio >= 90, `${ratio} dB`);
  });
}

test("equal rates with the least delay shift a band-limited signal by whole samples", () => {
  const resampler = new Resampler({ inputRate: 44100, outputRate: 44100, channels: 1 });
  const input = sampled(chord(19000), 44100, 4410);
  const [output] = run(resampler, [input], [128]);
  const { delay } = resampler;
  assert.ok(largestDifference(output.subarray(200), input.subarray(200 - delay, -delay)) < 1e-5);
});

test("rates, channels, delays and buffers out of range are refused", () => {
  const good = { inputRate: 48000, outputRate: 44100, channels: 2 };
  const refused = { name: "DannaError", code: "input" };
  const rate = /not a whole number from 8000 to 192000/;
  const delay = /delay of \S+ samples is not between \d+ and 48000/;
  for (const [wrong, message] of [
    [{ inputRate: 7999 }, rate],
    [{ inputRate: 192001 }, rate],
    [{ outputRate: 44100.5 }, rate],
    [{ outputRate: NaN }, rate],
    [{ channels: 0 }, /one channel or more, not 0/],
    [{ delay: 1 }, delay],
    [{ delay: 48000 }, delay],
    [{ delay: NaN }, delay],
    [{ delay: Infinity }, delay],
  ] as const) {
    const error = { ...refused, message };
    assert.throws(() => new Resampler({ ...good, ...wrong }), error, JSON.stringify(wrong));
  }
  const resampler = new Resampler(good);
  const channel = new Float32Array(128);
  const short = new Float32Array(10);
  assert.throws(() => resampler.process([], [channel, channel]), refused);
  assert.throws(() => resampler.process([channel], [channel, channel]), refused);
  assert.throws(() => resampler.process([channel, channel], [channel]), refused);
  assert.throws(() => resampler.process([channel, channel], []), /2 inputs and 0 outputs/);
  assert.throws(() => resampler.process([channel, channel], [channel, short]), refused);
  assert.throws(() => resampler.process([channel, short], [channel, channel]), refused);
  // No room for 118 samples behind the eleventh.
  assert.throws(
    () => resampler.process([channel, channel], [channel, channel], 128, 11),
    /gives 118/,
  );
  assert.equal(resampler.process([channel, channel], [channel, channel], 128, 10), 118);
});
