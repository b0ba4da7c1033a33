// A model that hears every segment at several rates: what it is given, and that its stems fit together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFft } from "../../src/dsp/fft.ts";
import { importRuntime } from "../../src/engine/runtime.ts";
import { SpeedAverage } from "../../src/split/stages/speed-average.ts";
import { loadManifest } from "../../src/model/manifest.ts";
import { loadRunner } from "../../src/split/workers/model-runner.ts";
import { CHANNELS, type Planar } from "../../src/dsp/planar-queue.ts";
import { WorkQueue } from "../../src/split/workers/work-queue.ts";
import { fixtureBytes, fixtureJson } from "../support/models.ts";

/** Of three stems. */
const PLANES = 3 * CHANNELS;
const RATE = 44_100;
const SLOW = 46_305;
const HIGH = 39_375;
/** 441 filters, so that the plain resampler takes it. */
const ODD = 44_000;

/** `samples` of a tone, per channel another one, with silence at both ends. */
const tone = (samples: number): Planar =>
  Array.from({ length: CHANNELS }, (_, c) =>
    Float32Array.from({ length: samples }, (_, n) => {
      const swell = Math.sin((Math.PI * n) / samples) ** 2;
      return 0.5 * swell * Math.sin((2 * Math.PI * (440 + 220 * c) * n) / RATE);
    }),
  );

const largest = (a: Float32Array, b: Float32Array): number => {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};

async function averaged(
  mixture: Planar,
  rates: readonly number[],
  separate: (mixture: Planar) => Promise<Planar>,
): Promise<Planar> {
  const speeds = await SpeedAverage.create(RATE, rates, await importRuntime("wasm"), "wasm");
  const stems = await speeds.over(mixture, separate);
  await speeds.dispose();
  return stems;
}

test("each rate has its share, at its own length, and all stems lie on the segment's samples", async () => {
  for (const samples of [1, 7, 20_000]) {
    const mixture = tone(samples);
    const given: number[] = [];
    const separate = async (heard: Planar) => {
      given.push(heard[0].length);
      // Half of the sound at the first rate, twice as much at each that follows.
      const gain = 2 ** (given.length - 2);
      return Array.from({ length: PLANES }, (_, c) =>
        heard[c % CHANNELS].map((sample) => gain * sample),
      );
    };
    const stems = await averaged(mixture, [RATE, SLOW, HIGH, ODD], separate);
    assert.deepEqual(
      given,
      [RATE, SLOW, HIGH, ODD].map((rate) => Math.ceil((samples * rate) / RATE)),
    );
    assert.equal(stems.length, PLANES);
    stems.forEach((stem, c) => {
      const expected = mixture[c % CHANNELS].map((sample) => ((0.5 + 1 + 2 + 4) / 4) * sample);
      // A few samples are no band-limited sound.
      const most = samples > 100 ? 1e-4 : 1;
      assert.ok(largest(stem, expected) < most, `${samples} samples, plane ${c}`);
    });
  }
});

test("at its own rate alone the stems are what the model gives", async () => {
  const stems = Array.from({ length: PLANES }, (_, c) => tone(500)[c % CHANNELS]);
  assert.deepEqual(await averaged(tone(500), [RATE], async () => stems), stems);
});

test("a manifest's rates are those that the model hears", async () => {
  await loadFft();
  const json = await fixtureJson("bidirectional");
  const bytes = await fixtureBytes("bidirectional");
  const separated = async (rates?: number[]) => {
    const manifest = loadManifest({ ...json, segment: { frames: 40, overlap: 0.25, rates } });
    assert.ok(manifest.kind === "segment");
    const part = await loadRunner(manifest, bytes, new WorkQueue());
    assert.ok("separate" in part);
    const stems = await part.separate(tone(20_000));
    await part.dispose();
    return stems;
  };
  const [own, slow, both] = [
    await separated(),
    await separated([SLOW]),
    await separated([RATE, SLOW]),
  ];
  assert.ok(largest(own[0], slow[0]) > 1e-3, "they differ");
  both.forEach((stem, c) => {
    const mean = own[c].map((sample, n) => (sample + slow[c][n]) / 2);
    assert.ok(largest(stem, mean) < 1e-6, `plane ${c}`);
  });
});
