// Which regions a song's player holds while the playhead moves about. The store is the test's own, since it
// decides when a region has been read. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RegionFeeder } from "../../src/player/ahead/region-feeder.ts";
import { PackedRegion, packRegion } from "../../src/dsp/packed-region.ts";
import { RegionMap } from "../../src/player/ahead/regions.ts";
import { REGION } from "../../src/player/protocol.ts";
import type { StemStore } from "../../src/player/ahead/stem-store.ts";
import type { SongPlayerNode } from "../../src/player/song-player-node.ts";

const REGIONS = 60;
const MOST = 12;
const packed = packRegion(Array.from({ length: 6 }, () => new Float32Array(REGION)));

function rig() {
  const map = new RegionMap(REGIONS * REGION);
  for (let region = 0; region < REGIONS; region++) map.add(region);
  const held = new Set<number>();
  const player = {
    setRegion: (region: number, stems: ArrayBuffer | undefined) =>
      stems ? held.add(region) : held.delete(region),
  } as unknown as SongPlayerNode;
  /** Ends the reading of those regions that are read slowly. */
  const slow = new Map<number, () => void>();
  const store = {
    read: async (region: number) => {
      if (slow.has(region)) await new Promise<void>((resolve) => slow.set(region, resolve));
      return new PackedRegion(packed.slice(0));
    },
  } as unknown as StemStore;
  return { held, slow, feeder: new RegionFeeder(player, map, store, () => assert.fail("lost")) };
}

test("the player holds what is at the playhead and behind it, and no more than it may", async () => {
  const { held, feeder } = rig();
  for (let region = 0; region < 40; region++) await feeder.feed(region);
  assert.equal(held.size, MOST);
  for (const region of [39, 40, 41]) assert.ok(held.has(region), `${region}`);
});

test("what is taken back while it is being read is not handed over", async () => {
  const { held, slow, feeder } = rig();
  for (const region of [0, 1, 2]) slow.set(region, () => {});
  const late = feeder.feed(0);
  for (let region = 20; region < 40; region++) await feeder.feed(region);
  for (const end of slow.values()) end();
  slow.clear();
  await late;
  for (let region = 20; region < 40; region++) await feeder.feed(region);
  assert.deepEqual(
    [0, 1, 2].filter((region) => held.has(region)),
    [],
  );
  assert.equal(held.size, MOST);
  await feeder.feed(0);
  assert.ok(held.has(0), "it is handed over when it is wanted again");
});
