// The chirp of the round trip: found where it is, and nowhere else. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agreedDelay, findChirp, makeChirp } from "../../src/dsp/chirp.ts";
import { roomImpulse } from "../../src/dsp/reverb.ts";
import { noise } from "../support/signals.ts";

const RATE = 44100;
const chirp = makeChirp(RATE);

test("a chirp is found to the sample in noise that is as loud, upside down, and in its own echoes", () => {
  const heard = noise(RATE / 2).map((x) => 0.3 * x);
  chirp.forEach((x, n) => {
    heard[7000 + n] -= 0.3 * x;
    heard[7000 + 900 + n] += 0.12 * x;
  });
  assert.ok(Math.abs(findChirp(heard, chirp)! - 7000) < 1);
});

test("between samples, too: half a sample later is found as that", () => {
  const heard = new Float32Array(RATE / 4);
  chirp.forEach((x, n) => (heard[3000 + n] = (x + (chirp[n - 1] ?? 0)) / 2));
  assert.ok(Math.abs(findChirp(heard, chirp)! - 3000.5) < 0.05);
});

test("silence, noise and a tone hold none", () => {
  assert.equal(findChirp(new Float32Array(RATE / 4), chirp), undefined);
  assert.equal(findChirp(noise(RATE / 4), chirp), undefined);
  const tone = Float32Array.from({ length: RATE / 4 }, (_, n) =>
    Math.sin((2 * Math.PI * 440 * n) / RATE),
  );
  assert.equal(findChirp(tone, chirp), undefined);
  assert.equal(findChirp(new Float32Array(10), chirp), undefined);
});

test("delays are believed where most agree", () => {
  assert.equal(agreedDelay([0.2, 0.201, 0.4], 0.003), 0.201);
  assert.equal(agreedDelay([0.2, undefined, 0.2015], 0.003), 0.2015);
  assert.equal(agreedDelay([0.1, 0.2, 0.3], 0.003), undefined);
  assert.equal(agreedDelay([undefined, undefined, 0.3], 0.003), undefined);
});

test("a made room begins late, dies away by 60 dB, and is as loud at any rate", () => {
  for (const rate of [44100, 96000]) {
    for (const side of roomImpulse(rate)) {
      const energy = (from: number, to: number) =>
        side.subarray(from * rate, to * rate).reduce((sum, x) => sum + x * x, 0);
      assert.equal(energy(0, 0.0199), 0);
      assert.ok(Math.abs(energy(0, 2) - 1) < 1e-3);
      assert.ok(10 * Math.log10(energy(0.02, 0.12) / energy(1.32, 1.42)) > 50);
    }
  }
});
