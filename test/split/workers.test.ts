// Splitting in worker threads of Node, with the built library: the same samples for any number of
// workers and from any position, cancellation, and workers that die.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type * as Library from "../../src/split/node.ts";
import { joined, type Planar } from "../../src/dsp/planar-queue.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import { largestDifference, noise } from "../support/signals.ts";

const { loadModel, splitFile } = (await import(path.resolve("dist/node.js"))) as typeof Library;

const model = (name: string) => path.resolve(`test/models/${name}.json`);
const song = (samples: number, sampleRate = 44100) => ({
  sampleRate,
  channels: [noise(samples, 1), noise(samples, 2)],
});

interface Stems {
  start: number;
  planes: Planar;
}

async function stemsOf(
  source: ReturnType<typeof song>,
  options: Parameters<typeof splitFile>[1],
): Promise<Stems> {
  const blocks: Planar[] = [];
  let first: number | undefined;
  let next = 0;
  for await (const { start, stems } of await splitFile(source, options)) {
    if (first !== undefined) assert.equal(start, next, "a gap between chunks");
    first ??= start;
    next = start + stems.vocals[0].length;
    blocks.push(DEFAULT_STEMS.flatMap((stem) => stems[stem]));
  }
  return { start: first ?? 0, planes: joined(blocks, 2 * DEFAULT_STEMS.length) };
}

/** Largest difference between `part` and the same samples of `whole`, from its `skip`th on. */
function differenceAt(part: Stems, whole: Stems, skip = 0): number {
  const differences = part.planes.map((plane, c) =>
    largestDifference(plane.subarray(skip), whole.planes[c].subarray(part.start + skip)),
  );
  return Math.max(...differences);
}

for (const name of ["recurrent", "bidirectional", "blended"]) {
  test(`${name}: the same samples with no, one and three workers`, async () => {
    const source = song(200_001);
    const here = await stemsOf(source, { model: model(name), workers: 0 });
    assert.equal(here.planes[0].length, 200_001);
    for (const workers of [1, 3]) {
      const there = await stemsOf(source, { model: model(name), workers });
      assert.equal(there.planes[0].length, 200_001);
      assert.equal(differenceAt(there, here), 0, `${workers} workers`);
    }
  });
}

test("a model of whole segments gives the same samples from any position", async () => {
  const loaded = await loadModel(model("bidirectional"), { workers: 2 });
  const source = song(200_001);
  const whole = await stemsOf(source, { model: loaded });
  for (const start of [1, 60_001, 191_000, 200_000]) {
    const part = await stemsOf(source, { model: loaded, from: start / 44100 });
    assert.equal(part.start, start);
    assert.equal(part.planes[0].length, 200_001 - start);
    assert.ok(differenceAt(part, whole) < 1e-6, `from ${start}`);
  }
  const beyond = await stemsOf(source, { model: loaded, from: 5 });
  assert.equal(beyond.planes[0].length, 0);
  await loaded.dispose();
});

test("at another rate, too", async () => {
  const source = song(150_000, 48_000);
  const options = { model: model("bidirectional"), workers: 0 };
  const whole = await stemsOf(source, options);
  const part = await stemsOf(source, { ...options, from: 2 });
  assert.equal(part.start, 96_000);
  assert.ok(differenceAt(part, whole) < 1e-5);
});

test("a model that runs forward in time and a blend come near to it after their warm-up", async () => {
  const source = song(1_000_000);
  for (const name of ["recurrent", "blended"]) {
    const loaded = await loadModel(model(name), { workers: 1 });
    const whole = await stemsOf(source, { model: loaded });
    const part = await stemsOf(source, { model: loaded, from: 15 });
    assert.equal(part.start, 15 * 44100);
    assert.equal(part.planes[0].length, 1_000_000 - part.start);
    assert.ok(differenceAt(part, whole) < 0.1, `${name}: ${differenceAt(part, whole)}`);
    await loaded.dispose();
  }
});

test("an aborted split rejects with the reason, and the model splits the next at once", async () => {
  const loaded = await loadModel(model("blended"), { workers: 2 });
  // More than one block of the Wiener filter, so more than one chunk.
  const source = song(600_000);
  const whole = await stemsOf(source, { model: loaded });
  const controller = new AbortController();
  const split = await splitFile(source, { model: loaded, signal: controller.signal });
  const chunks = split[Symbol.asyncIterator]();
  assert.equal((await chunks.next()).done, false);
  await assert.rejects(splitAll(source, loaded), /is splitting another recording/);
  const pending = chunks.next();
  controller.abort(new Error("enough"));
  await assert.rejects(pending, /enough/);
  assert.equal(differenceAt(await stemsOf(source, { model: loaded }), whole), 0);
  // A loop that is left early lets go of the model, too.
  for await (const chunk of await splitFile(source, { model: loaded })) {
    assert.equal(chunk.start, 0);
    break;
  }
  assert.equal(differenceAt(await stemsOf(source, { model: loaded }), whole), 0);
  await loaded.dispose();
  await assert.rejects(splitAll(source, loaded), { code: "disposed" });
});

const splitAll = (source: ReturnType<typeof song>, loaded: Library.SplitModel) =>
  stemsOf(source, { model: loaded });

test("what a worker meets is the split's error", async () => {
  const source = song(20_000);
  source.channels[0].fill(1000, 9000);
  const options = { model: model("faulty"), workers: 1 };
  // Masks that are not numbers are replaced; a graph that is not what its entry says is refused.
  assert.equal((await stemsOf(source, options)).planes[0].length, 20_000);
  for (const workers of [0, 2]) {
    const wrong = splitFile(source, { model: path.resolve("test/models/none.json"), workers });
    await assert.rejects(
      async () => {
        for await (const chunk of await wrong) assert.fail(`a chunk at ${chunk.start}`);
      },
      { name: "DannaError", code: "input" },
    );
  }
});

test("options that make no sense are refused by name", async () => {
  const source = song(10);
  const wrong: [Parameters<typeof splitFile>[1], RegExp][] = [
    [{ workers: -1 }, /"workers"/],
    [{ workers: 1.5 }, /"workers"/],
    [{ load: 0 }, /"load"/],
    [{ load: 1.1 }, /"load"/],
    [{ from: -1 }, /"from"/],
    [{ from: NaN }, /"from"/],
    [{ model: {} as Library.SplitModel }, /"model"/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(splitFile(source, options), {
      name: "DannaError",
      code: "input",
      message,
    });
  }
});
