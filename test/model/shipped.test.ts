// The shipped model at the ends of what can be played: the stems are numbers, add up, and come back.
// Runs in Node.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Engine } from "../../src/engine/engine.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import type { Planar } from "../../src/dsp/planar-queue.ts";
import { sums } from "../split/collect.ts";
import { largestDifference } from "../support/signals.ts";
import { separate, shippedEngine } from "./shipped.ts";

const SAMPLE_RATE = 44100;

let engine: Engine;
before(async () => {
  engine = await shippedEngine();
});
after(() => engine.dispose());

const SIGNALS: Record<string, (n: number) => number> = {
  "a constant at full scale": () => 1,
  "a square wave at full scale": (n) => (n % 100 < 50 ? 1 : -1),
  "the Nyquist frequency at full scale": (n) => (n % 2 ? 1 : -1),
  "numbers too small to be normal": (n) => (n % 2 ? 1e-40 : -3e-41),
  "single samples": (n) => Number(n % 5000 === 0),
  "silence, a click, silence": (n) => Number(n === 30_000),
  "60 dB over full scale": (n) => 1000 * Math.sin(0.05 * n),
};

/** Separates; fails where the stems do not add up to the input. */
async function checked(input: Planar, name: string): Promise<Planar> {
  const stems = await separate(engine, input);
  const loudest = input[0].reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  sums(stems).forEach((sum, c) => {
    // The first samples are those of the signal before.
    const expected = input[c].subarray(0, sum.length - engine.delay);
    const difference = largestDifference(sum.subarray(engine.delay), expected);
    assert.ok(difference <= 2e-6 * loudest, `${name}: off by ${difference}`);
  });
  const peak = Math.max(
    ...stems.map((plane) => plane.reduce((m, x) => Math.max(m, Math.abs(x)), 0)),
  );
  assert.ok(peak <= 4 * loudest, `${name}: peak ${peak}`);
  return stems;
}

test("extremes, one after the other, and afterwards music as before", async () => {
  const music = [0, 1].map((c) =>
    Float32Array.from(
      { length: 3 * SAMPLE_RATE },
      (_, n) =>
        0.3 * Math.sin(0.02 * n + c) * Math.exp(-(n % 11025) / 4000) + 0.1 * Math.sin(0.2 * n),
    ),
  );
  const before = await checked(music, "music");
  for (const [name, sample] of Object.entries(SIGNALS)) {
    const signal = Float32Array.from({ length: 2 * SAMPLE_RATE }, (_, n) => sample(n));
    await checked([signal, signal.map((x) => -x / 2)], name);
  }
  const silence = [0, 1].map(() => new Float32Array(5 * SAMPLE_RATE));
  for (const plane of await separate(engine, silence)) {
    assert.ok(
      plane.subarray(SAMPLE_RATE).every((x) => x === 0),
      "silence is silent",
    );
  }
  const again = await checked(music, "music again");
  // What was heard before is forgotten within two seconds, but for what the mixture had been.
  const late = (planes: Planar, stem: number) => planes[2 * stem].subarray(2 * SAMPLE_RATE);
  const energy = (plane: Float32Array) => plane.reduce((sum, x) => sum + x * x, 0);
  const whole = energy(music[0].subarray(2 * SAMPLE_RATE));
  DEFAULT_STEMS.forEach((stem, s) => {
    const change = energy(late(again, s).map((x, i) => x - late(before, s)[i]));
    assert.ok(change < 0.1 * whole, `${stem} changed by ${change / whole} of the music`);
  });
  const { faultyFrames, faultySamples } = engine.counts;
  assert.deepEqual([faultyFrames, faultySamples], [0, 0]);
});
