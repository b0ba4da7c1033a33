// What containers say of their sound besides holding it: gaps between packets, edit lists, iTunes' notes of priming,
// covers and default tracks. Runs in Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, test } from "node:test";
import { provideAac } from "../../src/decode/aac.ts";
import { findFfmpeg } from "../support/programs.ts";
import { signalToError } from "../support/signals.ts";
import { bursts, decode, encode, refused, whole, wavOf } from "./files.ts";

before(() => provideAac());

const song = bursts(3);
const AAC = ["-c:a", "aac", "-b:a", "192k"];

/** What ffmpeg makes of some files. */
function ffmpeg(inputs: readonly Buffer[], ending: string, ...args: string[]): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-kinds-"));
  try {
    const files = inputs.map((bytes, i) => {
      const file = path.join(folder, String(i));
      writeFileSync(file, bytes);
      return ["-i", file];
    });
    const output = path.join(folder, `out.${ending}`);
    execFileSync(findFfmpeg(), ["-v", "error", ...files.flat(), ...args, output]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const [ending, rate, packet, ...args] of [
  ["mp4", 44_100, 1024, ...AAC],
  ["mov", 44_100, 1024, ...AAC],
  ["mkv", 44_100, 1024, ...AAC],
  ["webm", 48_000, 960, "-c:a", "libopus", "-b:a", "192k"],
  ["mp4", 48_000, 960, "-c:a", "libopus", "-b:a", "192k"],
  ["mkv", 44_100, 1152, "-c:a", "libmp3lame"],
  ["mkv", 44_100, 4608, "-c:a", "flac"],
] as const) {
  test(`a gap in .${ending} ${args[1]} is silence of its length, in its place`, async () => {
    const plain = encode(bursts(3, rate), ending, ...args);
    const [first, missing] = [Math.floor(rate / packet), 30 * packet];
    const ts = `TS+gte(N\\,${first})*${missing}/${rate}/TB`;
    const bytes = ffmpeg([plain], ending, "-c", "copy", "-bsf:a", `setts=ts=${ts}`);
    const [before, after] = [(await decode(plain)).planes[0], (await decode(bytes)).planes[0]];
    const added = after.length - before.length;
    assert.ok(Math.abs(added - missing) <= 0.0015 * rate, `${added} for ${missing} samples`);
    const half = rate / 2;
    assert.deepEqual(after.subarray(0, half), before.subarray(0, half));
    assert.deepEqual(after.subarray(-half), before.subarray(-half));
    const silent = after.subarray(rate + 2 * packet, rate + missing - 2 * packet);
    assert.ok(silent.every((x) => x === 0));
  });
}

for (const [ending, ...args] of [
  ["mp4", ...AAC],
  ["mov", ...AAC],
  ["mkv", "-c:a", "flac"],
  ["webm", "-c:a", "libvorbis"],
] as const) {
  test(`of two tracks in .${ending} the default one is read, be it the second`, async () => {
    const other = { ...song, planes: [...song.planes].reverse() };
    const inputs = [wavOf(song), wavOf(other)];
    for (const [chosen, signal] of [song, other].entries()) {
      const flags = [0, 1].flatMap((i) => [`-disposition:a:${i}`, i === chosen ? "default" : "0"]);
      const bytes = ffmpeg(inputs, ending, "-map", "0", "-map", "1", ...args, ...flags);
      await whole(bytes, signal, 25, 4096);
    }
  });
}

for (const [codec, rate] of [
  ["libvorbis", 44_100],
  ["libopus", 48_000],
  ["flac", 44_100],
] as const) {
  for (const maps of [
    ["-map", "0", "-map", "1"],
    ["-map", "1", "-map", "0"],
  ]) {
    test(`Ogg ${codec} with a cover as stream ${maps[1] === "1" ? 0 : 1} is whole`, async () => {
      const signal = bursts(3, rate);
      const picture = ffmpeg(
        [],
        "png",
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=64x64:d=1",
        "-frames:v",
        "1",
      );
      const inputs = [wavOf(signal), picture];
      const codecs = ["-c:a", codec, "-b:a", "192k", "-c:v", "libtheora", "-f", "ogg"];
      await whole(ffmpeg(inputs, "ogg", ...maps, ...codecs), signal, 20);
    });
  }
}

/** Boxes of MP4 that hold boxes, and how many bytes stand before those. */
const HOLDERS: Readonly<Record<string, number>> = { moov: 0, trak: 0, udta: 0, meta: 4, ilst: 0 };

const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
};

/** Rewrites boxes wherever they stand; ffmpeg writes those of the sound last, so that nothing moves. */
function rewrite(bytes: Buffer, change: (type: string, body: Buffer) => Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    let body = bytes.subarray(at + 8, at + size);
    const held = HOLDERS[type];
    if (held !== undefined) {
      body = Buffer.concat([body.subarray(0, held), rewrite(body.subarray(held), change)]);
    }
    parts.push(...change(type, body));
    at += size;
  }
  return Buffer.concat(parts);
}

const ints = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => buffer.writeInt32BE(value, 4 * i));
  return buffer;
};

for (const [priming, samples] of [
  [1024, 132_300],
  [2112, 100_000],
  [1500, 66_150],
  [529, 44_100],
]) {
  test(`iTunSMPB of ${priming} samples before and ${samples} of sound counts, where no edit list is`, async () => {
    const hex = (value: number) => value.toString(16).padStart(8, "0").toUpperCase();
    const text = ` 00000000 ${hex(priming)} 00000000 ${samples.toString(16).padStart(16, "0").toUpperCase()}`;
    const note = box(
      "----",
      box("mean", ints(0), Buffer.from("com.apple.iTunes")),
      box("name", ints(0), Buffer.from("iTunSMPB")),
      box("data", ints(1, 0), Buffer.from(text)),
    );
    const bytes = rewrite(encode(song, "m4a", ...AAC), (type, body) => {
      if (type === "edts") return [];
      return [box(type, ...(type === "ilst" ? [body, note] : [body]))];
    });
    const { planes } = await decode(bytes);
    song.planes.forEach((plane, c) => {
      // The encoder itself has put 1024 samples before the song.
      const expected = new Float32Array(samples);
      const from = priming - 1024;
      for (let n = 0; n < samples; n++) expected[n] = plane[n + from] ?? 0;
      assert.equal(planes[c].length, samples);
      assert.ok(signalToError(expected, planes[c]) > 30);
    });
  });
}

for (const start of [undefined, 0, 169, 855, 1023]) {
  test(`AAC whose edit list ${start === undefined ? "is missing" : `begins at sample ${start}`} has all that is heard of its first frame`, async () => {
    const bytes = rewrite(encode(song, "m4a", ...AAC), (type, body) => {
      if (type !== "edts") return [box(type, body)];
      const entry = start !== undefined && ints(2000, start, 1 << 16);
      return entry ? [box("edts", box("elst", ints(0, 1), entry))] : [];
    });
    const { planes } = await decode(bytes);
    song.planes.forEach((plane, c) => {
      // The encoder has put 1024 samples before the song.
      const lead = 1024 - (start ?? 0);
      const expected = Float32Array.from({ length: 2 * song.rate }, (_, n) => plane[n - lead] ?? 0);
      if (start !== undefined) assert.equal(planes[c].length, expected.length);
      assert.ok(signalToError(expected, planes[c].subarray(0, expected.length)) > 30);
    });
  });
}

/** In seconds: how long, and from where in the sound; from −1: silence. */
for (const edits of [
  [
    [1, 0.5],
    [1, 2],
  ],
  [
    [0.25, -1],
    [1.5, 1],
  ],
  [
    [1, 2],
    [0.5, -1],
    [1, 0],
  ],
  [
    [0.7, 1],
    [0.7, 1],
    [0.7, 1],
  ],
] as const) {
  test(`an edit list of ${JSON.stringify(edits)} is played entry by entry`, async () => {
    const bytes = rewrite(encode(song, "m4a", ...AAC), (type, body) => {
      if (type !== "edts") return [box(type, body)];
      const entries = edits.map(([seconds, from]) =>
        ints(1000 * seconds, from < 0 ? -1 : 1024 + Math.round(from * song.rate), 1 << 16),
      );
      return [box("edts", box("elst", ints(0, edits.length), ...entries))];
    });
    const { planes } = await decode(bytes);
    song.planes.forEach((plane, c) => {
      const expected = edits.flatMap(([seconds, from]) => {
        const start = Math.round(from * song.rate);
        const length = Math.round(seconds * song.rate);
        return Array.from({ length }, (_, n) => (from < 0 ? 0 : (plane[start + n] ?? 0)));
      });
      assert.equal(planes[c].length, expected.length);
      assert.ok(signalToError(expected, planes[c]) > 25);
    });
  });
}

for (const [ending, ...args] of [
  ["m4a", ...AAC],
  ["mov", "-c:a", "pcm_s16be"],
  ["mp4", "-c:a", "flac", "-strict", "-2"],
] as const) {
  test(`.${ending} ${args[1]} that is cut off anywhere says so, one without sound says that`, async () => {
    const bytes = encode(song, ending, ...args);
    for (const share of [0.1, 0.5, 0.9]) {
      await refused(bytes.subarray(0, share * bytes.length), /cut off: the table of its sound/);
    }
    await refused(bytes.subarray(0, -100), /cut off/);
    const picture = ["-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-c:v", "mpeg4"];
    await refused(ffmpeg([], ending === "m4a" ? "mp4" : ending, ...picture), /has no sound in it/);
  });
}
