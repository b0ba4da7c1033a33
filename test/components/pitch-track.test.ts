// What the pitch ribbon keeps and shows. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLyrics } from "../../components/core/lyrics/parse.ts";
import { nearestOctave, notesOf, PitchTrack, rangeOf } from "../../components/core/pitch-track.ts";

test("a track keeps its last seconds, and forgets what a step back makes false", () => {
  const track = new PitchTrack(2);
  for (let t = 0; t <= 4; t++) track.add(t, 60 + t);
  assert.deepEqual(
    track.points.map(({ time }) => time),
    [3, 4],
  );
  track.add(2.5, 70);
  assert.deepEqual(track.points, [{ time: 2.5, note: 70 }]);
});

test("who sings an octave lower or higher sings the same", () => {
  assert.equal(nearestOctave(57.3, 69), 69.3);
  assert.equal(nearestOctave(81, 69), 69);
  assert.equal(nearestOctave(64, 69), 64);
  assert.ok(Number.isNaN(nearestOctave(NaN, 69)));
});

test("a ribbon shows all notes with room, and never only a few semitones", () => {
  assert.deepEqual(rangeOf([50, NaN, 70]), [48, 72]);
  assert.deepEqual(rangeOf([60, 62]), [54, 68]);
  assert.deepEqual(rangeOf([]), [55, 69]);
});

test("notes are those of the lyrics that have a pitch", () => {
  const lyrics = parseLyrics("#BPM:150\n: 0 4 0 a\nR 4 4 0 b\n* 8 4 5 c\nE", "a.txt");
  assert.deepEqual(
    notesOf(lyrics).map(({ pitch }) => pitch),
    [60, 65],
  );
  assert.deepEqual(notesOf(null), []);
});
