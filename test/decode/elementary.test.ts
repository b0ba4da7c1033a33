// MP3, FLAC and Ogg as they are found in the world: chained, tagged, padded, cut and damaged.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { noise, signalToError } from "../support/signals.ts";
import { bursts, decode, encode, refused, whole } from "./files.ts";

const song = bursts(3);
const ID3V1 = Buffer.from(`TAG${" ".repeat(125)}`);
const ID3V2 = Buffer.concat([Buffer.from("ID3\x03\0\0\0\0\x10\0", "latin1"), Buffer.alloc(2048)]);
const junk = (length: number) => Buffer.from(noise(length, 5).map((v) => 128 * (1 + v)));
const zeros = (length: number) => Buffer.alloc(length);

let flac: Buffer;
let mp3: Buffer;
/** Without a tag that says how long it is. */
let rip: Buffer;
before(() => {
  flac = encode(song, "flac");
  mp3 = encode(song, "mp3", "-b:a", "192k");
  rip = encode(song, "mp3", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0");
});

for (const [ending, rate, ...args] of [
  ["opus", 48_000, "-c:a", "libopus", "-b:a", "192k"],
  ["ogg", 44_100, "-c:a", "libvorbis", "-q:a", "6"],
  ["oga", 44_100, "-c:a", "flac"],
] as const) {
  test(`chained .${ending} has the sound of all its links`, async () => {
    const links = [bursts(3, rate), bursts(2, rate), bursts(1.5, rate)];
    const chain = links.map((link, i) =>
      encode(link, ending, ...args, "-serial_offset", `${7 * i}`),
    );
    const planes = [0, 1].map((side) =>
      Float32Array.from(links.flatMap((link) => Array.from(link.planes[side]))),
    );
    await whole(Buffer.concat(chain), { rate, planes }, 25);
  });

  test(`.${ending} with a gap between its pages is refused, one with bytes behind them is whole`, async () => {
    const signal = bursts(3, rate);
    const bytes = encode(signal, ending, ...args);
    const page = bytes.indexOf("OggS", bytes.length / 2);
    await refused(
      Buffer.concat([bytes.subarray(0, page), zeros(99), bytes.subarray(page)]),
      /gaps/,
    );
    await whole(Buffer.concat([bytes, zeros(99)]), signal, 25);
  });
}

test("FLAC is whole with tags in front and behind", async () => {
  await whole(Buffer.concat([ID3V2, flac]), song, 80);
  await whole(Buffer.concat([flac, ID3V1]), song, 80);
  await whole(Buffer.concat([ID3V2, flac, ID3V1]), song, 80);
});

test("FLAC that lacks some of its last block is refused, tagged or not", async () => {
  for (const bytes of [1, 40, 100]) await refused(flac.subarray(0, -bytes), /cut off/);
  await refused(Buffer.concat([flac.subarray(0, -10), ID3V1]), /cut off/);
  await refused(Buffer.concat([ID3V2, flac.subarray(0, -10)]), /cut off/);
});

/** As an encoder leaves it that writes into a pipe: neither how many samples there are, nor how large frames are. */
function ofUnknownLength(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const streamInfo = 8;
  copy.fill(0, streamInfo + 4, streamInfo + 10);
  copy[streamInfo + 13] &= 0xf0;
  copy.fill(0, streamInfo + 14, streamInfo + 34);
  return copy;
}

const APE_TAG = (() => {
  const item = Buffer.concat([Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("Title\0Rooms")]);
  const frame = (flags: number) => {
    const bytes = Buffer.alloc(32);
    bytes.write("APETAGEX");
    [2000, item.length + 32, 1, flags].forEach((value, i) => bytes.writeUInt32LE(value, 8 + 4 * i));
    return bytes;
  };
  return Buffer.concat([frame(0xa0000000), item, frame(0x80000000)]);
})();

const BEHIND: Readonly<Record<string, () => Buffer>> = {
  "an APE tag": () => APE_TAG,
  "an APE tag and an ID3v1 tag": () => Buffer.concat([APE_TAG, ID3V1]),
  "an ID3v2 tag with a footer": () =>
    Buffer.concat([ID3V2, Buffer.from("3DI\x04\0\x10\0\0\x10\0", "latin1")]),
  "a newline": () => Buffer.from("\n"),
  padding: () => zeros(9000),
  noise: () => junk(3000),
  "another stream": () => flac,
  "another stream of unknown length": () => ofUnknownLength(flac),
};
for (const [what, tail] of Object.entries(BEHIND)) {
  test(`FLAC with ${what} behind it is whole, whether it says its length or not`, async () => {
    for (const bytes of [flac, ofUnknownLength(flac)]) {
      const isStream = what.startsWith("another");
      const { planes } = await decode(Buffer.concat([bytes, tail()]));
      song.planes.forEach((plane, c) => {
        const { length } = planes[c];
        assert.ok(isStream ? length >= plane.length : length === plane.length, String(length));
        assert.ok(signalToError(plane, planes[c].subarray(0, plane.length)) > 80);
      });
    }
  });
}

test("FLAC of unknown length that is cut in its last frame is refused, with and without a tag behind it", async () => {
  const bytes = ofUnknownLength(flac);
  // In the middle of a frame, and in its header: of the last one 15 bytes, all but its first, are cut as well.
  await refused(bytes.subarray(0, -15), /song is damaged or cut off/);
  for (const cut of [1, 10, 14, 40, 100]) {
    for (const tail of [zeros(0), APE_TAG, ID3V1]) {
      await refused(Buffer.concat([bytes.subarray(0, -cut), tail]), /song is damaged or cut off/);
    }
  }
});

test("ten minutes of digital silence in FLAC come whole and in blocks of a few seconds", async () => {
  const silence = { rate: 8000, planes: [new Float32Array(4096 * 1171 + 1024)] };
  const { planes, largest } = await decode(encode(silence, "flac", "-frame_size", "4096"));
  assert.equal(planes[0].length, 4096 * 1171 + 1024);
  assert.ok(largest < 2 ** 21, `${largest} samples in a block`);
});

test("MP3 is whole after padding, with and without a tag before it", async () => {
  await whole(Buffer.concat([zeros(3000), mp3]), song, 20);
  await whole(Buffer.concat([ID3V2, zeros(3000), mp3]), song, 20);
});

test("MP3 that starts in the middle of a frame plays from the next one", async () => {
  const cut = 200;
  const { planes } = await decode(rip.subarray(cut));
  const all = await decode(rip);
  const lost = all.planes[0].length - planes[0].length;
  assert.equal(lost, 1152);
  // The decoder's overlap needs a few frames.
  const from = 8 * 1152;
  const tail = [all.planes[0].subarray(from), planes[0].subarray(from - lost)] as const;
  assert.ok(signalToError(...tail) > 60);
});

test("MP3 with bytes behind its last frame is whole, whether it says its length or not", async () => {
  for (const tail of [zeros(5000), junk(5000), ID3V1, Buffer.concat([zeros(5000), ID3V1])]) {
    await whole(Buffer.concat([mp3, tail]), song, 20);
    const { planes } = await decode(Buffer.concat([rip, tail]));
    assert.equal(planes[0].length, (await decode(rip)).planes[0].length);
  }
});

test("MP3 that says its length is whole whatever amount of padding follows", async () => {
  await whole(Buffer.concat([mp3, zeros(200_000)]), song, 20);
});

test("MP3 with a hole in it is refused", async () => {
  for (const bytes of [mp3, rip]) {
    const middle = bytes.length / 2;
    const hole = Buffer.concat([bytes.subarray(0, middle), zeros(9000), bytes.subarray(middle)]);
    await refused(hole, /damaged/);
    await refused(Buffer.concat([bytes.subarray(0, middle), zeros(200_000)]), /damaged|cut off/);
  }
});

test("an ID3 tag that is longer than its file says so, whatever lies behind it", async () => {
  const tag = (bytes: number) => {
    const size = [21, 14, 7, 0].map((shift) => (bytes >> shift) & 0x7f);
    return Buffer.concat([Buffer.from("ID3\x03\0\0", "latin1"), Buffer.from(size)]);
  };
  for (const bytes of [
    tag(200_000_000),
    Buffer.concat([tag(mp3.length + 1), mp3]),
    Buffer.concat([tag(100_000_000), flac]),
    Buffer.concat([ID3V2, tag(mp3.length + 9), mp3]),
    Buffer.concat([tag(90_000), mp3]).subarray(0, 60_000),
  ]) {
    await refused(bytes, /^song is cut off: its ID3 tag says it is \d+ bytes long/);
  }
});

test("noise and text are no MP3", async () => {
  await refused(junk(200_000), /not audio/);
  await refused(Buffer.from("la la la\n".repeat(9999)), /not audio/);
});
