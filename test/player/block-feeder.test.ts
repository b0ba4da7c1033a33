// Samples on their way to the song player where memory is not shared: few at a time, and never too late.
// Runs in Node, with the player itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockFeeder } from "../../src/player/block-feeder.ts";
import { REGION, type SampleLoop } from "../../src/player/protocol.ts";
import { SongPlayer } from "../../worklets/player/song-player.ts";

const REGIONS = 40;
const LENGTH = (REGIONS - 1) * REGION + 1000;
/** Every sample says where it is. */
const blocks = Array.from({ length: REGIONS }, (_, region) => {
  const plane = Float32Array.from(
    { length: Math.min(REGION, LENGTH - region * REGION) },
    (_, i) => region * REGION + i,
  );
  return [plane, plane] as const;
});

/** A player that is fed; what it plays is compared with `expected` from its first sample on. */
function fed() {
  const player = new SongPlayer({
    ...{ sampleRate: 48_000, length: LENGTH, stems: 2, latency: 0, longestLatency: 128 },
    blendFrames: 1000,
  });
  const held = new Set<number>();
  let most = 0;
  const feeder = new BlockFeeder(blocks, (handed) => {
    for (const [region, block] of handed) {
      player.setBlock(region, block);
      if (block) held.add(region);
      else held.delete(region);
    }
    most = Math.max(most, held.size);
  });
  // A page that answers a region late.
  const reports: number[] = [];
  player.onregion = (region) => {
    reports.push(region);
    if (reports.length > 1) feeder.follow(reports.shift()!);
  };
  const mixture = [new Float32Array(128), new Float32Array(128)];
  const bus = Array.from({ length: 5 }, () => new Float32Array(128));
  return {
    player,
    feeder,
    play: (sample: number, loop?: SampleLoop) => {
      feeder.feed(sample, loop);
      player.play(sample, loop);
    },
    next: () => {
      player.process(mixture, bus);
      return mixture[0];
    },
    most: () => most,
  };
}

test("a song is played whole, bit for bit, with a dozen regions in the player", () => {
  const { play, next, most } = fed();
  play(0);
  for (let at = 0; at + 128 <= LENGTH; at += 128) {
    const [first] = next();
    assert.equal(first, at);
  }
  assert.ok(most() <= 12 + 3, `${most()} regions`);
});

test("a loop's start is there when its end comes, and jumps find what they need", () => {
  const { play, next } = fed();
  const loop = { a: 30 * REGION, b: 33 * REGION };
  play(31 * REGION, loop);
  for (let n = 0; n < 2 * REGION; n += 128) {
    const [first] = next();
    if (n > 1024) assert.equal(first, 31 * REGION + n);
  }
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 3 * REGION; n += 128) assert.equal(next()[0], loop.a + n);
  }
  play(2 * REGION);
  for (let n = 0; n < 10; n++) next();
  const [first] = next();
  assert.ok(first > 2 * REGION && first < 2 * REGION + 3000, String(first));
});
