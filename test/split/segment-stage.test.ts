// What a separator of whole segments is given: the recording's own sound, wherever it is entered.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Planar } from "../../src/dsp/planar-queue.ts";
import { SegmentStage } from "../../src/split/stages/segment-stage.ts";
import { CHANNELS } from "../../src/dsp/planar-queue.ts";

/** Of three stems. */
const PLANES = 3 * CHANNELS;
const LENGTH = 1000;
const OVERLAP = 0.25;
const TOTAL = 2650;
/** Sample n of the recording is n + 1, so that silence is seen. */
const recording = Float32Array.from({ length: TOTAL }, (_, n) => n + 1);

async function segments(elastic: boolean, position = 0, total = TOTAL): Promise<Float32Array[]> {
  const given: Float32Array[] = [];
  const stage = new SegmentStage({
    length: LENGTH,
    elastic,
    overlap: OVERLAP,
    ahead: 0,
    planes: PLANES,
    separate: async ([plane]) => {
      given.push(plane);
      return Array.from({ length: PLANES }, () => plane.slice());
    },
  });
  const start = stage.startFor(position);
  stage.reset(start);
  const planes: Float32Array[] = [];
  const take = async (stems: Promise<Planar>) => {
    const [plane] = await stems;
    planes.push(plane);
    return plane.length;
  };
  for (let at = start; at < total; at += 300) {
    const block = recording.subarray(at, Math.min(at + 300, total));
    await take(stage.push(Array.from({ length: CHANNELS }, () => block)));
  }
  while ((await take(stage.finish())) > 0);
  const output = planes.flatMap((plane) => [...plane]);
  assert.equal(output.length, total - start);
  for (let n = position; n < total; n++) {
    assert.ok(Math.abs(output[n - start] - recording[n]) < 1e-3, `sample ${n}`);
  }
  return given;
}

test("an elastic last segment is real sound up to the end, nothing else", async () => {
  const given = await segments(true);
  const ends = given.map((plane) => [plane[0], plane.length]);
  assert.deepEqual(
    ends,
    [1, 751, 1501, TOTAL - LENGTH + 1].map((first) => [first, LENGTH]),
  );
});

test("an elastic segment that is all there is repeats itself to both sides, wherever it is entered", async () => {
  for (const total of [1, 2, 399, 400, 999]) {
    const lead = Math.floor((LENGTH - total) / 2);
    const sample = (i: number) => 1 + ((((i - lead) % total) + total) % total);
    const loop = Float32Array.from({ length: LENGTH }, (_, i) => sample(i));
    assert.deepEqual(await segments(true, 0, total), [loop], `${total} samples`);
    assert.deepEqual(await segments(true, total - 1, total), [loop], `${total} samples, entered`);
  }
});

test("a fixed last segment is centred: sound before it, silence after it", async () => {
  const last = (await segments(false)).at(-1)!;
  assert.equal(last.length, LENGTH);
  // 400 samples from 2250 on, so 300 on either side.
  assert.deepEqual(last.subarray(0, 700), recording.subarray(1950, TOTAL));
  assert.ok(last.subarray(700).every((sample) => sample === 0));
});

test("what a segment covers up to the end has no segment of its own", async () => {
  const starts = async (elastic: boolean, total: number) =>
    (await segments(elastic, 0, total)).length;
  for (const elastic of [true, false]) {
    assert.equal(await starts(elastic, LENGTH), 1);
    assert.equal(await starts(elastic, LENGTH + 1), 2);
    assert.equal(await starts(elastic, 2500), 3);
    assert.equal(await starts(elastic, 2501), 4);
  }
});

for (const elastic of [true, false]) {
  test(`entered late it takes the same segments (${elastic ? "elastic" : "fixed"})`, async () => {
    for (const total of [2500, TOTAL]) {
      const whole = await segments(elastic, 0, total);
      for (const position of [1, 999, 1750, 1751, 2200, total - 1]) {
        const late = await segments(elastic, position, total);
        assert.ok(late.length > 0, `from ${position}`);
        assert.deepEqual(late, whole.slice(-late.length), `from ${position}`);
      }
    }
  });
}

for (const overlap of [0, 1 / 16, 0.25, 0.5, 0.7]) {
  test(`segments that overlap by ${overlap} are weighted by a triangle`, async () => {
    // Each segment is a constant of its own in each plane.
    let segment = 0;
    const stage = new SegmentStage({
      length: LENGTH,
      elastic: true,
      overlap,
      ahead: 2,
      planes: PLANES,
      async separate() {
        segment++;
        return Array.from({ length: PLANES }, (_, c) =>
          new Float32Array(LENGTH).fill(10 * segment + c),
        );
      },
    });
    stage.reset();
    const given: Planar[] = [];
    for (let at = 0; at < TOTAL; at += 170) {
      const block = recording.subarray(at, at + 170);
      given.push(await stage.push([block, block]));
    }
    do given.push(await stage.finish());
    while (given.at(-1)![0].length > 0);
    const stride = Math.floor((1 - overlap) * LENGTH);
    for (let c = 0; c < PLANES; c++) {
      const plane = given.flatMap((planes) => [...planes[c]]);
      assert.equal(plane.length, TOTAL);
      for (let n = 0; n < TOTAL; n++) {
        let [sum, weights] = [0, 0];
        for (let k = 0; k < segment; k++) {
          // The last one has the end of the recording at its own end, and counts from its start on.
          const i = n - k * stride;
          if (i < 0 || i >= LENGTH) continue;
          const weight = Math.min(i + 1, LENGTH - i) / LENGTH;
          sum += weight * (10 * (k + 1) + c);
          weights += weight;
        }
        assert.ok(Math.abs(plane[n] - sum / weights) < 1e-4, `plane ${c}, sample ${n}`);
      }
    }
  });
}
