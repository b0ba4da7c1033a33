// How loud better stems are along a song, as its regions come. Pure; runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeptBlock } from "../../src/dsp/kept-block.ts";
import { StemLevels } from "../../src/player/ahead/stem-levels.ts";

const REGION = 4000;
/** The last region is shorter; columns and regions share no edges. */
const LENGTH = 9500;
const COLUMNS = 7;
/** Of the stems and of what is left for the last one. */
const AMPLITUDES = [0.5, 0.25, 0.1];

const constant = (samples: number, value: number) => new Float32Array(samples).fill(value);

function region(start: number) {
  const samples = Math.min(REGION, LENGTH - start);
  const kept = AMPLITUDES.slice(0, -1).flatMap((a) => [constant(samples, a), constant(samples, a)]);
  const sum = AMPLITUDES.reduce((a, b) => a + b);
  const mixture: KeptBlock = [constant(samples, sum), constant(samples, sum)];
  return [start, kept, mixture] as const;
}

const make = () => new StemLevels({ length: LENGTH, stems: AMPLITUDES.length, columns: COLUMNS });
const known = ({ values }: StemLevels) =>
  Array.from({ length: COLUMNS }, (_, c) => values[c * AMPLITUDES.length] >= 0);

test("a column is known when all of its regions are, in whatever order they come", () => {
  const levels = make();
  assert.deepEqual(known(levels), Array(COLUMNS).fill(false));
  levels.add(...region(4000));
  // Columns of 1357 samples: 4071 to 6785 lie within the second region.
  assert.deepEqual(known(levels), [false, false, false, true, true, false, false]);
  levels.add(...region(0));
  assert.deepEqual(known(levels), [true, true, true, true, true, false, false]);
  levels.add(...region(8000));
  assert.deepEqual(known(levels), Array(COLUMNS).fill(true));
  levels.values.forEach((value, i) => {
    assert.ok(Math.abs(value - AMPLITUDES[i % AMPLITUDES.length]) < 1e-6, `${i}: ${value}`);
  });
});

test("a region that comes again changes nothing, and snapshots stay as they were", () => {
  const levels = make();
  const before = levels.values;
  levels.add(...region(0));
  const after = levels.values;
  assert.ok(before.every((value) => value === -1));
  levels.add(...region(0));
  assert.equal(levels.values, after);
});

test("what is kept comes back, and what is of another size or no numbers is left", () => {
  const levels = make();
  levels.add(...region(0));
  levels.add(...region(4000));
  const again = make();
  again.restore(levels.bytes);
  assert.deepEqual(again.values, levels.values);
  again.add(...region(4000));
  again.add(...region(8000));
  levels.add(...region(8000));
  assert.deepEqual(again.values, levels.values);
  const damaged = levels.bytes;
  damaged.fill(255, 8, 16);
  for (const bytes of [new Uint8Array(0), levels.bytes.subarray(1), damaged]) {
    const fresh = make();
    fresh.restore(bytes);
    assert.deepEqual(known(fresh), Array(COLUMNS).fill(false));
  }
});

test("silence is known as such", () => {
  const silent = constant(100, 0);
  const levels = new StemLevels({ length: 100, stems: 2, columns: 1 });
  levels.add(0, [silent, silent], [silent, silent]);
  assert.deepEqual([...levels.values], [0, 0]);
});
