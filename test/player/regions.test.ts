// Regions of a song and their packed stems. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PackedRegion, packedBytes, packRegion } from "../../src/dsp/packed-region.ts";
import { RegionMap } from "../../src/player/ahead/regions.ts";
import { REGION } from "../../src/player/protocol.ts";

test("regions cover a song to its last sample", () => {
  const map = new RegionMap(2 * REGION + 5);
  assert.equal(map.length, 3);
  assert.deepEqual(
    [0, 1, 2].map((region) => [map.start(region), map.size(region)]),
    [
      [0, REGION],
      [REGION, REGION],
      [2 * REGION, 5],
    ],
  );
  assert.deepEqual(
    [-1, 0, REGION - 1, REGION, 9 * REGION].map((sample) => map.regionAt(sample)),
    [0, 0, 0, 1, 2],
  );
});

test("what is missing is found from the playhead on, then from the start", () => {
  const map = new RegionMap(4 * REGION);
  map.add(2);
  assert.equal(map.nextMissing(2), 3);
  map.add(3);
  assert.equal(map.nextMissing(2), 0);
  map.add(0);
  map.add(0);
  assert.equal(map.share, 0.75);
  assert.equal(map.complete, false);
  map.add(1);
  assert.equal(map.nextMissing(1), undefined);
  assert.ok(map.complete);
  map.delete(1);
  assert.equal(map.nextMissing(3), 1);
});

test("ready stretches join where regions touch", () => {
  const map = new RegionMap(3.5 * REGION);
  for (const region of [0, 1, 3]) map.add(region);
  assert.deepEqual(map.spans(), [
    [0, 2 / 3.5],
    [3 / 3.5, 1],
  ]);
});

/** Noise with a level that changes by a thousand within the region, and a silent end. */
function stems(samples: number): Float32Array[] {
  let seed = 1;
  const noise = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  return Array.from({ length: 8 }, (_, c) =>
    Float32Array.from({ length: samples }, (_, n) =>
      n > samples - 1500 ? 0 : noise() * (n < samples / 2 ? 2 : 0.002) * (1 + (c >> 1)),
    ),
  );
}

const sum = (planes: readonly Float32Array[], side: number, n: number) =>
  planes.reduce((total, plane, c) => (c % 2 === side ? total + plane[n] : total), 0);

test("packed stems come back to within 2^-16 of their block's peak, and add up to the mixture", () => {
  const samples = 5000;
  const original = stems(samples);
  const mixture = [0, 1].map((side) =>
    Float32Array.from({ length: samples }, (_, n) => sum(original, side, n)),
  );
  const buffer = packRegion(original.slice(0, 6));
  assert.equal(buffer.byteLength, packedBytes(samples, 6));
  const planes = original.map(() => new Float32Array(samples + 3));
  new PackedRegion(buffer).read(0, samples, mixture, 0, planes, 3);
  // The scale's blocks are of 1024 samples; 2 to 8 times a half is the peak.
  const peaks = Array.from({ length: Math.ceil(samples / 1024) }, (_, block) =>
    Math.max(
      ...original.map((plane) =>
        plane
          .subarray(1024 * block, 1024 * (block + 1))
          .reduce((most, x) => Math.max(most, Math.abs(x)), 0),
      ),
    ),
  );
  for (let c = 0; c < 8; c++) {
    for (let n = 0; n < samples; n++) {
      const peak = peaks[n >> 10];
      const bound = (c < 6 ? 1 : 3) * peak * 2 ** -16 * 1.01 + 1e-6 * peak;
      assert.ok(Math.abs(planes[c][n + 3] - original[c][n]) <= bound, `channel ${c}, sample ${n}`);
    }
  }
  const moved = planes.map((plane) => plane.subarray(3));
  for (let n = 0; n < samples; n++) {
    assert.ok(Math.abs(sum(moved, 0, n) - mixture[0][n]) < 2e-6, `sample ${n}`);
  }
});

test("a part of a region is read from where it lies", () => {
  const original = stems(3000);
  const mixture = [0, 1].map(() => new Float32Array(4000));
  const region = new PackedRegion(packRegion(original.slice(0, 6)));
  const [whole, part] = [3000, 100].map((length) => original.map(() => new Float32Array(length)));
  region.read(0, 3000, mixture, 1000, whole, 0);
  region.read(1000, 100, mixture, 2000, part, 0);
  assert.deepEqual(
    part,
    whole.map((plane) => plane.slice(1000, 1100)),
  );
});

test("damaged packed stems are refused", () => {
  const buffer = packRegion(stems(2000).slice(0, 6));
  for (const bytes of [
    buffer.slice(0, 5),
    buffer.slice(0, -2),
    new ArrayBuffer(buffer.byteLength),
  ]) {
    assert.throws(() => new PackedRegion(bytes), { code: "storage" });
  }
});
