// Names of songs from addresses, and of files from names of songs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName, safeFileName, songName } from "../../src/util/file-name.ts";

test("a song is named after the file at its address", () => {
  assert.equal(fileName("https://example.org/music/My%20song.mp3?v=2#t=1"), "My song.mp3");
  assert.equal(songName("/music/a.b.flac"), "a.b");
  assert.equal(songName("no extension"), "no extension");
  for (const ending of ["stem.mp4", "stem.m4a", "STEM.MP4", "mp4"]) {
    assert.equal(songName(`/music/My song.${ending}`), "My song");
  }
  assert.equal(songName("/"), "");
});

test("an address that encodes nothing is a name all the same", () => {
  assert.equal(songName("100%.mp3"), "100%");
  assert.equal(songName("/%E0%A4%A.mp3"), "%E0%A4%A");
});

test("a name becomes a file's only without what leads elsewhere", () => {
  assert.equal(safeFileName("My song (live) – ñ 日本"), "My song (live) – ñ 日本");
  assert.equal(safeFileName("../../etc/passwd"), "_.._etc_passwd");
  assert.equal(safeFileName("C:\\Windows\\x"), "C_Windows_x");
  assert.equal(safeFileName("a\u0000b\n\u202ec\ud800"), "a_b_c_");
  for (const nothing of ["", " ", "..", " . "]) assert.equal(safeFileName(nothing), "recording");
  assert.equal(safeFileName("x".repeat(1000)).length, 150);
  assert.doesNotMatch(safeFileName(`${"x".repeat(149)}..`), /\.$/);
});
