// Which beats sound when, and how a song is counted in. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { beatTimes, countIn, nearestBeat } from "../../src/player/beats.ts";
import { NO_LOOP } from "../../src/player/loop.ts";

/** One a half second from 0.25 on, to 9.75. */
const BEATS = Float64Array.from({ length: 20 }, (_, i) => 0.25 + i / 2);
const rounded = (times: readonly number[]) => times.map((time) => Math.round(time * 1e6) / 1e6);

test("beats sound at the tempo that is heard, from where the song is", () => {
  const sounding = { position: 1, time: 100, tempo: 0.5, loop: NO_LOOP };
  // The beats at 1.25, 1.75 and 2.25 of the song.
  assert.deepEqual(rounded(beatTimes(BEATS, sounding, 100, 103)), [100.5, 101.5, 102.5]);
  assert.deepEqual(rounded(beatTimes(BEATS, sounding, 101.5, 102.5)), [101.5]);
  assert.deepEqual(beatTimes(BEATS, { ...sounding, position: 9.8 }, 100, 200), []);
});

test("beats go round with a loop, but not with one that lies behind", () => {
  const sounding = { position: 1.5, time: 10, tempo: 1, loop: { a: 1, b: 2.1 } };
  // 1.75 once, then 1.25 and 1.75 in each round of 1.1 s.
  const expected = [10.25, 10.85, 11.35, 11.95, 12.45, 13.05];
  assert.deepEqual(rounded(beatTimes(BEATS, sounding, 10, 13.1)), expected);
  const behind = beatTimes(BEATS, { ...sounding, position: 2.5 }, 10, 11);
  assert.deepEqual(rounded(behind), [10.25, 10.75]);
});

test("nearest beat: before the first, between two, after the last, and without any", () => {
  assert.equal(nearestBeat(BEATS, 0), 0.25);
  assert.equal(nearestBeat(BEATS, 1.49), 1.25);
  assert.equal(nearestBeat(BEATS, 1.51), 1.75);
  assert.equal(nearestBeat(BEATS, 60), 9.75);
  assert.equal(nearestBeat(new Float64Array(), 3), 3);
  assert.equal(nearestBeat(undefined, 3), 3);
});

test("count-in: four clicks lead to the first beat, at the tempo that is heard", () => {
  // From 1 the first beat is a quarter of a second away: the song begins that much before it.
  assert.deepEqual(countIn(BEATS, 1, 1), { lead: 1.75, clicks: [0, 0.5, 1, 1.5] });
  assert.deepEqual(countIn(BEATS, 1, 0.5), { lead: 3.5, clicks: [0, 1, 2, 3] });
  // A beat that has just passed is the one that begins.
  assert.equal(countIn(BEATS, 1.26, 1)!.lead, 2.01);
  // A long beginning without beats plays while it is counted.
  const late = BEATS.map((beat) => beat + 3);
  assert.deepEqual(countIn(late, 0, 1), { lead: 0, clicks: [1.25, 1.75, 2.25, 2.75] });
  assert.equal(countIn(BEATS, 9.7, 1), undefined);
  assert.equal(countIn(new Float64Array(), 0, 1), undefined);
});
