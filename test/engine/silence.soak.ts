// Silence for an hour (SILENCE_MINUTES), then sound: the shipped model has not drifted away, and silence
// has not become slow. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import type { Planar } from "../../src/dsp/planar-queue.ts";
import { signalToError } from "../support/signals.ts";
import { excerpt, separate, shippedEngine } from "../model/shipped.ts";

const MINUTES = Number(process.env.SILENCE_MINUTES ?? 60);
const SONG = "components/demo/song";
const SAMPLE_RATE = 44100;
/** Seconds of the song that are played, and from which on stems are compared: models warm up. */
const [FROM, COMPARED, TO] = [8, 10, 20];
/** In dB, by which separation may be worse than without silence before it. */
const WORSE = 1;
/** Numbers too small to be normal are tens of times slower. */
const SLOWER = 4;

test(`${MINUTES} minutes of silence, then the song`, async (t) => {
  const engine = await shippedEngine();
  const song = await excerpt(`${SONG}/song.mp3`, FROM, TO);
  const timed = async (input: Planar) => {
    const started = performance.now();
    const stems = await separate(engine, input);
    return { stems, time: (performance.now() - started) / input[0].length };
  };
  const first = await timed(song);
  const minute = [0, 1].map(() => new Float32Array(60 * SAMPLE_RATE));
  let last = first;
  for (let i = 0; i < MINUTES; i++) {
    last = await timed(minute);
    const settled = i === 0 ? SAMPLE_RATE : 0;
    for (const plane of last.stems) assert.ok(plane.subarray(settled).every((x) => x === 0));
  }
  const again = await timed(song);
  t.diagnostic(`a sample of silence takes ${(last.time / first.time).toFixed(2)} of one of music`);
  assert.ok(last.time < SLOWER * first.time);
  const skip = (COMPARED - FROM) * SAMPLE_RATE;
  for (const [s, stem] of DEFAULT_STEMS.entries()) {
    const [left] = await excerpt(`${SONG}/stems/${stem}.flac`, FROM, TO);
    const ratio = ({ stems }: typeof first) => {
      const end = stems[0].length;
      return signalToError(
        left.subarray(skip, end - engine.delay),
        stems[2 * s].subarray(skip + engine.delay, end),
      );
    };
    t.diagnostic(
      `${stem}: ${ratio(first).toFixed(2)} dB before, ${ratio(again).toFixed(2)} dB after`,
    );
    assert.ok(ratio(again) >= ratio(first) - WORSE, stem);
  }
  assert.equal(engine.counts.faultyFrames, 0);
  await engine.dispose();
});
