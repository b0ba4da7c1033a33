// The analyst finds the tempo in the drums and the key in what accompanies the voice, where stems are known, and both
// in the mixture where they are not. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keepBlock } from "../../src/dsp/kept-block.ts";
import { packRegion } from "../../src/dsp/packed-region.ts";
import { SongAnalyst } from "../../src/split/workers/song-analyst.ts";
import { RATE, record, type Recording } from "../support/band.ts";

const REGION = 2 ** 17;
const NAMES = ["vocals", "drums", "bass", "other"] as const;
const PLAIN = { meter: 4, steps: 4, seconds: 16, chords: "0 5 7 0", mode: "major" } as const;

/** The drums of one song, the bass and chords of another, the voice of a third. */
const drums = record({
  ...PLAIN,
  name: "drums",
  bpm: 100,
  tonic: 0,
  kick: "x...x...",
  snare: "....x...",
});
const chords = record({
  ...PLAIN,
  name: "chords",
  bpm: 133,
  tonic: 2,
  bass: "x...",
  comping: "x...",
});
const voice = record({
  ...PLAIN,
  name: "voice",
  bpm: 81,
  tonic: 8,
  melody: "x.x.x.x.",
  start: 0.1,
});
const parts: Recording = { ...chords, drums: drums.drums, vocals: voice.vocals };

async function analysed(names: readonly string[] | undefined) {
  const analyst = new SongAnalyst();
  await analyst.open(RATE);
  const stems = NAMES.map((name) => parts[name]);
  const mixture = stems[0].map((_, i) => stems.reduce((sum, stem) => sum + stem[i], 0));
  for (let at = 0; at < mixture.length; at += REGION) {
    const part = (plane: Float32Array) => plane.subarray(at, at + REGION);
    const mixed = part(mixture);
    const block = keepBlock([mixed, mixed], { compact: false, shared: false });
    // Left and right of every stem but the last.
    const kept = stems.slice(0, -1).flatMap((stem) => [part(stem), part(stem)]);
    analyst.push(block, names && { packed: packRegion(kept), names });
  }
  return analyst.finish();
}

test("song analyst: tempo is the drums', key the accompaniment's", async () => {
  const { tempo, key } = await analysed(NAMES);
  assert.ok(Math.abs(tempo!.bpm - 100) < 0.5, String(tempo!.bpm));
  assert.deepEqual(key, { tonic: 2, mode: "major" });
  // The first and last stems are the accompaniment now, the second is the drums.
  const renamed = await analysed(["piano", "drums", "vocals", "guitar"]);
  assert.deepEqual(renamed.tempo, tempo);
  assert.notDeepEqual(renamed.tuning, undefined);
});

test("song analyst: a model without drums has the mixture's tempo", async () => {
  const [bare, mixture] = [
    await analysed(["vocals", "voice", "bass", "other"]),
    await analysed(undefined),
  ];
  assert.deepEqual(bare.tempo, mixture.tempo);
});

test("song analyst: calls before it is open are refused", () => {
  assert.throws(() => new SongAnalyst().finish(), { name: "DannaError", code: "worker" });
});
