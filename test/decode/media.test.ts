// WAV and AAC as they are found in the world: unfinished, of other kin, cut, tagged and damaged.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { provideAac } from "../../src/decode/aac.ts";
import { blobFile } from "../../src/decode/audio-file.ts";
import { openAudio } from "../../src/decode/open-audio.ts";
import { bursts, encode, refused, wavOf, whole } from "./files.ts";

const song = bursts(3);
const plain = wavOf(song);
const ID3V1 = Buffer.from(`TAG${" ".repeat(125)}`);
const RIFF_SIZE = 4;
const DATA_SIZE = 40;

before(async () => {
  await provideAac();
});

type Fields = Readonly<Record<number, number | string>>;

/** A copy with 32-bit fields, or letters, of its own. */
function altered(bytes: Buffer, fields: Fields): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, value] of Object.entries(fields)) {
    if (typeof value === "string") copy.write(value, Number(at), "latin1");
    else copy.writeUInt32LE(value, Number(at));
  }
  return copy;
}

const UNFINISHED: Readonly<Record<string, Fields>> = {
  "no sizes": { [RIFF_SIZE]: 0, [DATA_SIZE]: 0 },
  "the sizes of an empty file": { [RIFF_SIZE]: 36, [DATA_SIZE]: 0 },
  "sizes of a stream": { [RIFF_SIZE]: 0xffffffff, [DATA_SIZE]: 0xffffffff },
  "no size of its data in a stream": { [RIFF_SIZE]: 0xffffffff, [DATA_SIZE]: 0 },
  "the largest signed size": { [RIFF_SIZE]: 0x7fffffff, [DATA_SIZE]: 0x7fffffff - 36 },
  "a recorder's size": { [RIFF_SIZE]: 0x7ffff024, [DATA_SIZE]: 0x7ffff000 },
  "no size around right data": { [RIFF_SIZE]: 0 },
};
for (const [what, fields] of Object.entries(UNFINISHED)) {
  test(`WAV with ${what} is whole`, () => whole(altered(plain, fields), song, 70));
}

test("WAV that says it has gigabytes more than it has is refused", async () => {
  await refused(altered(plain, { [DATA_SIZE]: 0xb0000000 }), /cut off.* of its 2952790016 bytes/);
});

test("WAV without data is refused, and chunks behind it are not taken for sound", async () => {
  const empty = Buffer.concat([altered(plain.subarray(0, 44), { [DATA_SIZE]: 0 })]);
  await refused(altered(empty, { [RIFF_SIZE]: 36 }), /no samples/);
  const list = Buffer.from("LIST\x04\0\0\0INFO", "latin1");
  await refused(altered(Buffer.concat([empty, list]), { [RIFF_SIZE]: 48 }), /no samples/);
});

test("RF64 and BW64 are whole, unfinished ones too; cut off ones are refused", async () => {
  const rf64 = encode(song, "wav", "-rf64", "always");
  assert.equal(rf64.toString("latin1", 0, 4), "RF64");
  assert.equal(rf64.toString("latin1", 12, 16), "ds64");
  for (const magic of ["RF64", "BW64"]) {
    const bytes = altered(rf64, { 0: magic });
    await whole(bytes, song, 70);
    await refused(bytes.subarray(0, -9000), /cut off/);
    await whole(altered(bytes, { 20: 0, 24: 0, 28: 0, 32: 0 }), song, 70);
    await whole(altered(bytes, { 28: 0xffffffff, 32: 0xffffffff }), song, 70);
  }
  await whole(altered(plain, { 0: "BW64" }), song, 70);
});

test("whole WAV files of codecs that are not read say which, and never that they are damaged", async () => {
  const short = bursts(0.5);
  for (const [codec, name] of [
    ["adpcm_ms", "Microsoft ADPCM"],
    ["adpcm_ima_wav", "IMA ADPCM"],
    ["libmp3lame", "MP3"],
    ["ac3", "AC-3"],
  ]) {
    await refused(
      encode(short, "wav", "-c:a", codec),
      new RegExp(
        `^song is a WAV file that holds ${name}, which is not read here. Convert it to FLAC.$`,
      ),
    );
  }
  for (const [tag, name] of [
    [49, "GSM 6.10"],
    [353, "Windows Media Audio"],
    [0x1234, "a codec of number 4660"],
  ] as const) {
    const bytes = Buffer.from(plain);
    bytes.writeUInt16LE(tag, 20);
    await refused(bytes, new RegExp(`^song is a WAV file that holds ${name}, which is not read`));
  }
});

test("RIFF of chunks without contents is refused after few reads", async () => {
  const head = Buffer.from("RIFF\xff\xff\xff\xffWAVE", "latin1");
  const file = blobFile(new Blob([head, new Uint8Array(1 << 20)]), "nothing.wav");
  let reads = 0;
  const slice = (start: number, end: number) => (reads++, file.slice(start, end));
  await assert.rejects(openAudio({ ...file, slice }), /no data chunk/);
  assert.ok(reads < 30, `${reads} reads`);
});

/** Encoders of AAC pad the end. */
const PADDED = 2048;
/** ADTS cannot say that the encoder's first frame is none of the song; players play it, too. */
const primed = {
  ...song,
  planes: song.planes.map((plane) => {
    const late = new Float32Array(1024 + plane.length);
    late.set(plane, 1024);
    return late;
  }),
};

for (const ending of ["m4a", "aac"]) {
  const args = ["-c:a", "aac", "-b:a", "192k"];

  test(`.${ending} is whole`, async () => {
    await whole(encode(song, ending, ...args), ending === "aac" ? primed : song, 40, PADDED);
  });

  test(`.${ending} with a damaged frame is refused`, async () => {
    const bytes = encode(song, ending, ...args);
    const copy = Buffer.from(bytes);
    const middle = Math.floor(bytes.length * 0.45);
    for (let i = 0; i < 600; i++) copy[middle + i] ^= 0xa5;
    await refused(copy, /damaged/);
  });
}

test("ADTS is whole with a tag behind it and refused where its frames stop before the end", async () => {
  const adts = encode(song, "aac", "-c:a", "aac", "-b:a", "192k");
  await whole(Buffer.concat([adts, ID3V1]), primed, 40, PADDED);
  await refused(adts.subarray(0, -10), /cut off/);
  const lengths = [];
  for (let at = 0; at < adts.length; at += lengths.at(-1)!) {
    lengths.push(((adts[at + 3] & 3) << 11) | (adts[at + 4] << 3) | (adts[at + 5] >> 5));
  }
  const half = lengths.slice(0, lengths.length / 2).reduce((sum, length) => sum + length, 0);
  await refused(Buffer.concat([adts.subarray(0, half + 5), adts.subarray(half + 9)]), /damaged/);
});

for (const ending of ["webm", "mka", "mp4"]) {
  test(`Opus in .${ending} is whole, mono too, and as loud as its header says`, async () => {
    const args = ["-c:a", "libopus", "-b:a", "192k"];
    const stereo = bursts(3, 48_000);
    const bytes = encode(stereo, ending, ...args);
    // Its last packet is padded.
    await whole(bytes, stereo, 25, 960);
    const left = { rate: 48_000, planes: [stereo.planes[0]] };
    await whole(encode(left, ending, ...args), left, 25, 960);
    const header = ending === "mp4" ? bytes.indexOf("dOps") + 6 : bytes.indexOf("OpusHead") + 10;
    const louder = Buffer.from(bytes);
    const gain = 256 * 6;
    if (ending === "mp4") louder.writeInt16BE(gain, header + 6);
    else louder.writeInt16LE(gain, header + 6);
    const planes = stereo.planes.map((plane) => plane.map((x) => x * 10 ** (6 / 20)));
    await whole(louder, { rate: 48_000, planes }, 25, 960);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, bytes.length / 2, bytes.length / 2 + 600);
    await refused(damaged, /damaged/);
  });
}

test("sound that cannot be decoded here is refused with its name and the cure", async () => {
  for (const [codec, ending] of [
    ["ac3", "mp4"],
    ["ac3", "mka"],
    ["eac3", "mkv"],
  ]) {
    const cure = new RegExp(
      `song holds ${codec}, which cannot be decoded here. Convert it to FLAC`,
    );
    await refused(encode(song, ending, "-c:a", codec), cure);
  }
  await whole(encode(song, "mka", "-c:a", "pcm_s16le"), song, 70);
});
