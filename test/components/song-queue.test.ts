// Songs and their words among files that came together. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pairSongs } from "../../components/core/song-queue.ts";

const names = (files: readonly string[]) =>
  pairSongs(files.map((name) => new File(["x"], name))).map(({ song, words }) => [
    song.name,
    words?.name,
  ]);

test("each song takes the words of its name; a single one takes any", () => {
  assert.deepEqual(names(["b.mp3", "A.lrc", "a.MP3", "c.txt"]), [
    ["b.mp3", undefined],
    ["a.MP3", "A.lrc"],
  ]);
  assert.deepEqual(names(["song.mp3", "words.txt"]), [["song.mp3", "words.txt"]]);
  assert.deepEqual(names(["song.mp3"]), [["song.mp3", undefined]]);
  assert.deepEqual(names(["words.txt"]), []);
});
