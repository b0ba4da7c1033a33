// The decibel arithmetic of knobs: src/player/decibels.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decibelsToPosition,
  formatDecibels,
  MAX_DECIBELS,
  MIN_DECIBELS,
  parseDecibels,
  positionToDecibels,
  toControlDecibels,
  toDecibels,
  toGain,
} from "../../src/player/decibels.ts";

test("gain is exact where it matters: 1 at 0 dB, 0 at the foot, halved at −6.02 dB", () => {
  assert.equal(toGain(0), 1);
  assert.equal(toGain(MIN_DECIBELS), 0);
  assert.equal(toGain(-Infinity), 0);
  assert.ok(Math.abs(toGain(-6.0206) - 0.5) < 1e-6);
  assert.ok(Math.abs(toGain(20 * Math.log10(2)) - 2) < 1e-12);
});

test("toDecibels undoes toGain, and silence is -Infinity", () => {
  for (const decibels of [-59.9, -24, -0.1, 0, 12]) {
    assert.ok(Math.abs(toDecibels(toGain(decibels)) - decibels) < 1e-9);
  }
  assert.equal(toDecibels(0), -Infinity);
});

test("the travel rises from end to end, with 0 dB at three quarters", () => {
  assert.equal(positionToDecibels(0), MIN_DECIBELS);
  assert.equal(positionToDecibels(0.75), 0);
  assert.equal(positionToDecibels(1), MAX_DECIBELS);
  assert.equal(positionToDecibels(-1), MIN_DECIBELS);
  assert.equal(positionToDecibels(2), MAX_DECIBELS);
  let last = -Infinity;
  for (let p = 0; p <= 1.0001; p += 0.01) {
    const decibels = positionToDecibels(p);
    assert.ok(decibels > last, `${decibels} after ${last}`);
    assert.ok(Math.abs(decibelsToPosition(decibels) - Math.min(1, p)) < 1e-9);
    last = decibels;
  }
});

test("control values are clamped, rounded to 0.1 dB, never −0 and never NaN", () => {
  assert.equal(toControlDecibels(-6.04), -6);
  assert.equal(toControlDecibels(99), MAX_DECIBELS);
  assert.equal(toControlDecibels(-Infinity), MIN_DECIBELS);
  assert.equal(toControlDecibels(NaN), 0);
  assert.ok(Object.is(toControlDecibels(-0.01), 0));
});

test("decibels are written with one decimal, a true minus and the language's comma", () => {
  assert.equal(formatDecibels(-6), "−6.0");
  assert.equal(formatDecibels(3.5), "+3.5");
  assert.equal(formatDecibels(0), "0.0");
  assert.equal(formatDecibels(MIN_DECIBELS), "−∞");
  assert.equal(formatDecibels(-6.5, "de"), "−6,5");
});

test("what people type is understood, and nothing else", () => {
  const cases: [string, number | undefined][] = [
    ["-6", -6],
    ["−6,5", -6.5],
    ["+3 dB", 3],
    [" 4.25dB ", 4.3],
    ["-inf", MIN_DECIBELS],
    ["−∞", MIN_DECIBELS],
    ["off", MIN_DECIBELS],
    [".5", 0.5],
    ["99", MAX_DECIBELS],
    ["", undefined],
    ["-", undefined],
    ["loud", undefined],
    ["1e3", undefined],
    ["1.2.3", undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseDecibels(text), expected, text);
});
