// Title, artist and cover of tagged files of each format, and of tags that mean harm. Runs in Node.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { PNG } from "pngjs";
import { blobFile } from "../../src/decode/audio-file.ts";
import { readTags } from "../../src/decode/tags.ts";
import { bursts, encode } from "./files.ts";

const song = bursts(1);
const NAMED = ["-metadata", "title=Two  Rooms", "-metadata", "artist=Ann & Bø"];
const picture = PNG.sync.write(new PNG({ width: 2, height: 2 }));

let folder: string;
let cover: readonly string[];
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "danna-tags-"));
  const file = path.join(folder, "cover.png");
  writeFileSync(file, picture);
  cover = ["-i", file, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"];
});
after(() => rmSync(folder, { recursive: true }));

const tagsOf = (bytes: Uint8Array) => readTags(blobFile(new Blob([new Uint8Array(bytes)])));

for (const [ending, ...args] of [
  ["mp3"],
  ["flac"],
  ["m4a"],
  ["ogg", "-c:a", "libvorbis"],
  ["opus"],
  ["wav"],
]) {
  test(`tags of ${ending}: title and artist, in one line`, async () => {
    const { title, artist, cover } = await tagsOf(encode(song, ending, ...args, ...NAMED));
    assert.equal(title, "Two Rooms");
    // RIFF's texts have no encoding of their own.
    if (ending !== "wav") assert.equal(artist, "Ann & Bø");
    assert.equal(cover, undefined);
  });
}

for (const ending of ["mp3", "flac", "m4a"]) {
  test(`tags of ${ending}: the cover, byte by byte`, async () => {
    const tags = await tagsOf(encode(song, ending, ...cover, ...NAMED));
    assert.equal(tags.title, "Two Rooms");
    assert.equal(tags.cover?.type, "image/png");
    assert.deepEqual(Buffer.from(await tags.cover!.arrayBuffer()), picture);
  });
}

test("tags: a file without any, damaged ones and no sound at all give nothing", async () => {
  assert.deepEqual(await tagsOf(encode(song, "wav", "-fflags", "+bitexact")), {});
  assert.deepEqual(await tagsOf(Buffer.from("ID3\u0004\0\0\u007f\u007f\u007f\u007fTIT2")), {});
  assert.deepEqual(await tagsOf(Buffer.from("no sound")), {});
  assert.deepEqual(await tagsOf(new Uint8Array()), {});
});

test("tags: texts lose what cannot be seen, and are cut; a picture is what its bytes are", async () => {
  const hostile = `\u202e<img src=x onerror=alert(1)>\n${"long ".repeat(200)}`;
  const bytes = encode(song, "mp3", ...cover, "-metadata", `title=${hostile}`);
  // The picture's signature is broken: it says that it is a PNG and is none.
  const at = bytes.indexOf(picture.subarray(0, 8));
  bytes[at] = 0x3c;
  const { title, cover: none } = await tagsOf(bytes);
  assert.ok(title!.startsWith("<img src=x onerror=alert(1)> long long"));
  assert.equal(title!.length, 300);
  assert.equal(none, undefined);
});
