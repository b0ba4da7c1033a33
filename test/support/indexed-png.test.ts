// Indexed-colour PNGs: pngjs reads what is written, and no colour is far from what it was. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PNG } from "pngjs";
import { toIndexed } from "./indexed-png.ts";

/** A picture of a ground, a ramp on it, and, in a corner, `rare` colours of all kinds. */
function picture(rare: number): PNG {
  const png = new PNG({ width: 61, height: 47 });
  for (let i = 0; i < png.width * png.height; i++) {
    const shade = i % 2 === 0 ? i % 256 : 244;
    const colour =
      i < rare ? [(i * 37) % 256, (i * 101) % 256, (i * 11) % 256] : Array(3).fill(shade);
    png.data.set([...colour, 255], 4 * i);
  }
  return png;
}

const furthest = (a: Buffer, b: Buffer) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

test("an indexed picture has its size, its note, and colours within 8 of the original's", () => {
  const original = picture(0);
  const png = toIndexed(PNG.sync.write(original), "of a test");
  const { width, height, data } = PNG.sync.read(png);
  assert.deepEqual([width, height], [original.width, original.height]);
  assert.ok(png.includes("of a test"));
  const difference = furthest(data, original.data);
  assert.ok(difference < 8, String(difference));
  assert.equal(data[4 * 61 * 46 + 4], 244, "the most frequent colour is kept");
});

test("of more colours than 256 the frequent ones are kept, and the others are near", () => {
  const original = picture(600);
  const { data } = PNG.sync.read(toIndexed(PNG.sync.write(original), ""));
  assert.ok(furthest(data.subarray(4 * 600), original.data.subarray(4 * 600)) < 8);
  const difference = furthest(data, original.data);
  assert.ok(difference < 64, String(difference));
});
