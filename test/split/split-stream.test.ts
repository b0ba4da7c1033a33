// Splitting of whole recordings: equal to the live path, aligned, complete, for every kind of entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "../../src/engine/engine.ts";
import type { Planar } from "../../src/dsp/planar-queue.ts";
import { loadSplitModel } from "../../src/split/split-model.ts";
import { splitStream } from "../../src/split/split-stream.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { fixtureJson, fixtureSession } from "../support/models.ts";
import { largestDifference, noise, signalToError } from "../support/signals.ts";
import { inBlocks, split, sums } from "./collect.ts";
import { blend, fixtureCatalogue } from "../support/catalogue.ts";

const stereo = (samples: number): Planar => [noise(samples, 1), noise(samples, 2)];

/** What the live path gives, hop by hop, its delay taken off. */
async function live(mixture: Planar): Promise<Planar> {
  const engine = new Engine(await fixtureSession("recurrent"));
  const { hop, delay } = engine;
  const { length } = mixture[0];
  const hops = Math.ceil((length + delay) / hop);
  const padded = mixture.map((plane) => {
    const all = new Float32Array(hops * hop);
    all.set(plane);
    return all;
  });
  const output = DEFAULT_STEMS.map(() => padded.map((plane) => new Float32Array(plane.length)));
  for (let at = 0; at < hops * hop; at += hop) {
    const part = (plane: Float32Array) => plane.subarray(at, at + hop);
    await engine.process(
      padded.map(part),
      output.map((stem) => stem.map(part)),
    );
  }
  await engine.dispose();
  return output.flat().map((plane) => plane.subarray(delay, delay + length));
}

const assertNear = (actual: Planar, expected: Planar, tolerance: number) =>
  actual.forEach((plane, i) => assert.ok(largestDifference(plane, expected[i]) < tolerance));

test("a live model gives the live path's samples, whatever the blocks, again and again", async () => {
  const model = await loadSplitModel("recurrent", { catalogue: fixtureCatalogue() });
  const mixture = stereo(40_001);
  const expected = await live(mixture);
  assertNear(await split(model, mixture), expected, 1e-5);
  assertNear(await split(model, mixture, { block: 333 }), expected, 1e-5);
  const short = mixture.map((plane) => plane.subarray(0, 7));
  assertNear(await split(model, short), await live(short), 1e-5);
  await model.dispose();
});

test("no samples give no chunks", async () => {
  const model = await loadSplitModel("identity", { catalogue: fixtureCatalogue() });
  assert.equal((await split(model, [new Float32Array(0), new Float32Array(0)]))[0].length, 0);
  await model.dispose();
});

test("at another rate the stems are as long as the input, aligned, and add up to it", async () => {
  const model = await loadSplitModel("identity", { catalogue: fixtureCatalogue() });
  for (const sampleRate of [22050, 48000]) {
    const mixture = stereo(30_011);
    const stems = await split(model, mixture, { sampleRate });
    assertNear(sums(stems), mixture, 1e-5);
    // Below both Nyquist frequencies a stem is a quarter of the mixture.
    const tone = Float32Array.from({ length: 30_011 }, (_, n) => Math.sin(n / 40));
    const plain = await split(model, [tone, tone], { sampleRate, addUp: false });
    assert.equal(plain[0].length, tone.length);
    const inner = (plane: Float32Array) => plane.subarray(2000, -2000);
    assert.ok(
      signalToError(
        inner(tone).map((v) => v / 4),
        inner(plain[0]),
      ) > 80,
    );
  }
  await model.dispose();
});

test("samples that are not numbers count as silence and spoil nothing", async () => {
  const model = await loadSplitModel("recurrent", { catalogue: fixtureCatalogue() });
  const mixture = stereo(9000);
  const clean = mixture.map((plane) => plane.slice());
  mixture[0][4000] = NaN;
  mixture[1][4100] = Infinity;
  clean[0][4000] = clean[1][4100] = 0;
  const stems = await split(model, mixture);
  assertNear(sums(stems), clean, 1e-5);
  await model.dispose();
});

test("a model of whole segments is cross-faded from segment to segment", async () => {
  const segment = { frames: 20, overlap: 0.25 };
  const entries = {
    whole: { ...(await fixtureJson("identity")), segment },
    changing: { ...(await fixtureJson("recurrent")), segment },
  };
  const whole = await loadSplitModel("whole", { catalogue: fixtureCatalogue(entries) });
  // Shorter than a segment, exactly one, one stride and a little, several.
  for (const samples of [100, 10_240, 7_700, 50_000]) {
    const mixture = stereo(samples);
    const stems = await split(whole, mixture, { addUp: false });
    for (const [i, stem] of stems.entries()) {
      assert.ok(
        largestDifference(
          stem,
          mixture[i % 2].map((v) => v / 4),
        ) < 1e-5,
      );
    }
  }
  await whole.dispose();
  const changing = await loadSplitModel("changing", { catalogue: fixtureCatalogue(entries) });
  const mixture = stereo(50_000);
  const stems = await split(changing, mixture, { addUp: false });
  assertNear(sums(stems), mixture, 1e-5);
  // In the first segment alone, it is the live path.
  const head = (plane: Float32Array) => plane.subarray(0, 7680);
  assertNear(stems.map(head), (await live(mixture)).map(head), 1e-5);
  // Where it is shorter than a segment it is repeated, and a segment ends as if it went on, mirrored.
  const short = stereo(5000);
  const lead = (10_240 - 5000) / 2;
  const longer = short.map((plane) => {
    const loop = Float32Array.from({ length: 10_240 }, (_, i) => plane.at((i - lead) % 5000)!);
    return Float32Array.of(...loop, ...loop.toReversed());
  });
  const ended = (await live(longer)).map((plane) => plane.subarray(lead, lead + 5000));
  assertNear(await split(changing, short, { addUp: false }), ended, 1e-5);
  await changing.dispose();
});

test("a model of whole segments may give spectra, alone and in a blend with the Wiener filter", async () => {
  const entries = {
    whole: { ...(await fixtureJson("spectra")), segment: { frames: 20, overlap: 0.25 } },
    mixed: blend({ whole: [0.5, 0.5, 0.5, 0.5], spectra: [0.5, 0.5, 0.5, 0.5] }),
    filtered: blend({ whole: [1, 1, 1, 1] }, { iterations: 1 }),
  };
  const { sampleRate } = entries.whole as unknown as { sampleRate: number };
  const mixture = stereo(20_000);
  const shares = [0.4, 0.3, 0.2, 0.1];
  for (const name of ["whole", "mixed"]) {
    const model = await loadSplitModel(name, { catalogue: fixtureCatalogue(entries) });
    const stems = await split(model, mixture, { sampleRate, addUp: false });
    const expected = stems.map((_, i) => mixture[i % 2].map((v) => shares[i >> 1] * v));
    assertNear(stems, expected, 1e-5);
    await model.dispose();
  }
  const model = await loadSplitModel("filtered", { catalogue: fixtureCatalogue(entries) });
  const stems = await split(model, mixture, { sampleRate });
  assertNear(sums(stems), mixture, 1e-5);
  await model.dispose();
});

test("a blend is the weighted sum of its models", async () => {
  const weights = { identity: [0.5, 0.25, 1, 0], recurrent: [0.5, 0.75, 0, 1] };
  const model = await loadSplitModel("blend", {
    catalogue: fixtureCatalogue({ blend: blend(weights) }),
  });
  const mixture = stereo(30_000);
  const expected = (await live(mixture)).map((plane, i) => {
    const share = weights.recurrent[i >> 1];
    return plane.map((v, n) => share * v + ((1 - share) * mixture[i % 2][n]) / 4);
  });
  assertNear(await split(model, mixture, { addUp: false }), expected, 1e-5);
  const added = await split(model, mixture);
  assertNear(sums(added), mixture, 1e-5);
  assert.ok(largestDifference(added[0], expected[0]) > 1e-3);
  await model.dispose();
});

test("the Wiener filter keeps length, alignment and sum, over more than one block", async () => {
  const entries = {
    even: blend({ identity: [1, 1, 1, 1] }, { iterations: 1 }),
    changing: blend({ recurrent: [1, 1, 1, 1] }, { iterations: 1 }),
  };
  const even = await loadSplitModel("even", { catalogue: fixtureCatalogue(entries) });
  const mixture = stereo(300_000);
  // Equal estimates stay equal, so every stem is a quarter of the mixture but for regularisation.
  const stems = await split(even, mixture, { addUp: false, block: 60_000 });
  for (const [i, stem] of stems.entries()) {
    assert.equal(stem.length, mixture[0].length);
    assert.ok(
      signalToError(
        mixture[i % 2].map((v) => v / 4),
        stem,
      ) > 45,
    );
  }
  await even.dispose();
  const changing = await loadSplitModel("changing", { catalogue: fixtureCatalogue(entries) });
  const short = mixture.map((plane) => plane.subarray(0, 20_000));
  assertNear(sums(await split(changing, short)), short, 1e-5);
  assert.ok(largestDifference((await split(changing, short))[0], (await live(short))[0]) > 1e-3);
  await changing.dispose();
});

test("the Wiener filter's share is that of the entry, stem by stem", async () => {
  const weights = { vocals: 0, drums: 0.25 };
  const entries = {
    full: blend({ recurrent: [1, 1, 1, 1] }, { iterations: 1 }),
    partial: blend({ recurrent: [1, 1, 1, 1] }, { iterations: 1, weights }),
  };
  const mixture = stereo(30_000);
  const plain = await live(mixture);
  const [full, partial] = await Promise.all(
    ["full", "partial"].map(async (name) => {
      const model = await loadSplitModel(name, { catalogue: fixtureCatalogue(entries) });
      const stems = await split(model, mixture, { addUp: false });
      await model.dispose();
      return stems;
    }),
  );
  const shares = [0, 0.25, 1, 1];
  partial.forEach((plane, i) => {
    const share = shares[i >> 1];
    const expected = plane.map((_, n) => share * full[i][n] + (1 - share) * plain[i][n]);
    assert.ok(largestDifference(plane, expected) < 1e-5, `plane ${i}`);
  });
});

test("an aborted split stops with the signal's reason", async () => {
  const model = await loadSplitModel("identity", { catalogue: fixtureCatalogue() });
  const controller = new AbortController();
  const settings = { model, sampleRate: 44100, addUp: true, signal: controller.signal };
  const stream = splitStream(inBlocks(stereo(100_000), 20_000), settings);
  await stream.next();
  controller.abort(new Error("enough"));
  await assert.rejects(stream.next(), /enough/);
  await model.dispose();
});

test("on the way to the first stems that are wanted, too", async () => {
  const model = await loadSplitModel("identity", { catalogue: fixtureCatalogue() });
  // Further in than the model's warm-up of 10 s.
  const controller = new AbortController();
  let taken = 0;
  async function* blocks() {
    for await (const block of inBlocks(stereo(600_000), 5000)) {
      if (++taken === 3) controller.abort(new Error("enough"));
      yield block;
    }
  }
  const { signal } = controller;
  const settings = { model, sampleRate: 44100, from: 590_000, addUp: true, signal };
  await assert.rejects(splitStream(blocks(), settings).next(), /enough/);
  assert.equal(taken, 3);
  await model.dispose();
});
