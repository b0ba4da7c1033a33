// Bad and odd inputs in one batch: each gets its stems or one clear error, and the batch goes on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { findFfmpeg } from "../support/programs.ts";
import { noise } from "../support/signals.ts";
import { events, IDENTITY, run, type Outcome } from "./run.ts";
import { readFloatWav, tone16, wav } from "./wav.ts";

const FRAMES = 6000;
/** Encoders pad and delay. */
const ENCODED = { frames: FRAMES * 4, slack: 2500 };

type Expected =
  | { frames: number; slack?: number; rate?: number; left?: number }
  | { code: string; message: RegExp };
interface Case {
  file: string;
  /** Contents; absent for files that the test makes otherwise, or not at all. */
  bytes?: Buffer;
  expected: Expected;
}

const bad = (message: RegExp, code = "media"): Expected => ({ code, message });
const garbage = (length: number) => Buffer.from(noise(length, 9).map((v) => 255 * (0.5 + v / 2)));
const text = (content: string) => Buffer.from(content, "latin1");
const float32 = (samples: number[]) => Buffer.from(Float32Array.from(samples).buffer);

let folder: string;
let outcome: Outcome;
let cases: Case[];

/** The same tone by ffmpeg, in a format told by the name's ending. */
function encoded(name: string, ...args: string[]): string {
  const file = path.join(folder, "encoded", name);
  const source = `sine=frequency=440:sample_rate=44100:duration=${(FRAMES * 4) / 44100}`;
  const input = ["-v", "error", "-y", "-f", "lavfi", "-i", source];
  execFileSync(findFfmpeg(), [...input, "-bitexact", ...args, file]);
  return file;
}

async function makeCases(): Promise<Case[]> {
  await mkdir(path.join(folder, "encoded"));
  const read = async (name: string, ...args: string[]) => readFile(encoded(name, ...args));
  const mp3 = await read("a.mp3", "-ac", "2", "-b:a", "96k");
  const flac = await read("a.flac");
  const vorbis = await read("a.ogg", "-c:a", "libvorbis", "-ac", "2");
  const opus = await read("a.opus", "-c:a", "libopus");
  const m4a = await read("a.m4a", "-c:a", "aac");
  const fast = await read("b.m4a", "-c:a", "aac", "-movflags", "+faststart");
  const stems = ["-map", "0:a", "-map", "0:a", "-map", "0:a", "-c:a", "aac"];
  const video = [
    "-f",
    "lavfi",
    "-i",
    "color=size=16x16:duration=0.2",
    "-map",
    "1:v",
    "-c:v",
    "mpeg4",
  ];
  const id3 = Buffer.concat([
    text("ID3\x03\x00\x00\x00\x12\x28\x00"),
    Buffer.alloc(0x12 * 2 ** 14 + 0x28 * 128),
  ]);
  const good = wav(tone16(FRAMES));
  const flip = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes);
    for (let i = 0; i < 64; i++) copy[at + i] ^= 0xa5;
    return copy;
  };
  const replace = (bytes: Buffer, from: string, to: string) =>
    Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
  const fine = { frames: FRAMES };
  return [
    { file: "stereo.wav", bytes: good, expected: { ...fine, rate: 44100 } },
    { file: "mono.wav", bytes: wav(tone16(FRAMES, 1), { channels: 1 }), expected: fine },
    { file: "surround.wav", bytes: wav(tone16(FRAMES, 6), { channels: 6 }), expected: fine },
    { file: "ten channels.wav", bytes: wav(tone16(FRAMES, 10), { channels: 10 }), expected: fine },
    { file: "8 bit.wav", bytes: wav(Buffer.alloc(FRAMES * 2, 128), { bits: 8 }), expected: fine },
    { file: "24 bit.wav", bytes: wav(Buffer.alloc(FRAMES * 6), { bits: 24 }), expected: fine },
    { file: "32 bit.wav", bytes: wav(Buffer.alloc(FRAMES * 8), { bits: 32 }), expected: fine },
    {
      file: "float.wav",
      bytes: wav(float32(Array.from({ length: 2 * FRAMES }, () => 0.5)), { tag: 3, bits: 32 }),
      expected: { ...fine, left: 0.125 },
    },
    {
      file: "not numbers.wav",
      bytes: wav(float32([NaN, Infinity, -Infinity, 1e30, 0, 0]), { tag: 3, bits: 32 }),
      expected: { frames: 3, left: 0 },
    },
    {
      file: "a-law.wav",
      bytes: wav(Buffer.alloc(FRAMES * 2, 0xd5), { tag: 6, bits: 8 }),
      expected: fine,
    },
    {
      file: "8 kHz.wav",
      bytes: wav(tone16(FRAMES), { rate: 8000 }),
      expected: { ...fine, rate: 8000 },
    },
    {
      file: "192 kHz.wav",
      bytes: wav(tone16(FRAMES), { rate: 192_000 }),
      expected: { ...fine, rate: 192_000 },
    },
    {
      file: "odd rate.wav",
      bytes: wav(tone16(FRAMES), { rate: 31_337 }),
      expected: { ...fine, rate: 31_337 },
    },
    { file: "one sample.wav", bytes: wav(tone16(1)), expected: { frames: 1 } },
    {
      file: "extra chunk.wav",
      bytes: wav(tone16(FRAMES), { extra: Buffer.alloc(33) }),
      expected: fine,
    },
    { file: "streamed.wav", bytes: wav(tone16(FRAMES), { claimed: 0xffffffff }), expected: fine },
    { file: "silence.wav", bytes: wav(Buffer.alloc(FRAMES * 4)), expected: { ...fine, left: 0 } },
    { file: "no ending", bytes: good, expected: fine },
    { file: "ünïcode & spaces % ☃.wav", bytes: good, expected: fine },
    { file: "really an mp3.wav", bytes: mp3, expected: { ...ENCODED, slack: 0 } },
    { file: "tagged.mp3", bytes: Buffer.concat([id3, mp3]), expected: { ...ENCODED, slack: 0 } },
    {
      file: "old tag.mp3",
      bytes: Buffer.concat([mp3, text(`TAG${" ".repeat(125)}`)]),
      expected: { ...ENCODED, slack: 0 },
    },
    { file: "plain.flac", bytes: flac, expected: { ...ENCODED, slack: 0 } },
    {
      file: "24 bit.flac",
      bytes: await read("24.flac", "-sample_fmt", "s32"),
      expected: { ...ENCODED, slack: 0 },
    },
    {
      file: "in ogg.oga",
      bytes: await read("f.oga", "-c:a", "flac"),
      expected: { ...ENCODED, slack: 0 },
    },
    { file: "vorbis.ogg", bytes: vorbis, expected: { ...ENCODED, slack: 0 } },
    {
      file: "surround.ogg",
      bytes: await read("s.ogg", "-c:a", "libvorbis", "-ac", "6"),
      expected: { ...ENCODED, slack: 0 },
    },
    {
      file: "opus.opus",
      bytes: opus,
      expected: { frames: (ENCODED.frames * 48) / 44.1, slack: 400, rate: 48_000 },
    },
    { file: "aac.m4a", bytes: m4a, expected: ENCODED },
    { file: "adts.aac", bytes: await read("a.aac", "-c:a", "aac"), expected: ENCODED },
    { file: "three.stem.mp4", bytes: await read("s.mp4", ...stems), expected: ENCODED },
    { file: "empty.wav", bytes: Buffer.alloc(0), expected: bad(/is empty/) },
    {
      file: "text.mp3",
      bytes: text("la la la\n".repeat(99)),
      expected: bad(/not audio of a known format/),
    },
    {
      file: "page.wav",
      bytes: text("<!doctype html><title>404</title>"),
      expected: bad(/not audio/),
    },
    { file: "random.wav", bytes: garbage(5000), expected: bad(/not audio/) },
    {
      file: "picture.flac",
      bytes: text("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
      expected: bad(/not audio/),
    },
    { file: "archive.mp3", bytes: text("PK\x03\x04\x14\0\0\0\b\0"), expected: bad(/not audio/) },
    {
      file: "notes.mid",
      bytes: text("MThd\0\0\0\x06\0\0\0\x01\0\x60"),
      expected: bad(/not audio/),
    },
    {
      file: "apple.aiff",
      bytes: await read("a.aiff"),
      expected: bad(/not audio of a known format/),
    },
    { file: "no samples.wav", bytes: wav(Buffer.alloc(0)), expected: bad(/holds no sound/) },
    { file: "short header.wav", bytes: good.subarray(0, 20), expected: bad(/short header\.wav/) },
    { file: "cut off.wav", bytes: good.subarray(0, 9000), expected: bad(/cut off/) },
    {
      file: "no format.wav",
      bytes: wav(tone16(FRAMES), { noFormat: true }),
      expected: bad(/no format\.wav/),
    },
    {
      file: "no channels.wav",
      bytes: wav(tone16(FRAMES), { channels: 0 }),
      expected: bad(/no channels\.wav/),
    },
    { file: "rate 0.wav", bytes: wav(tone16(FRAMES), { rate: 0 }), expected: bad(/rate 0\.wav/) },
    {
      file: "1 kHz.wav",
      bytes: wav(tone16(FRAMES), { rate: 1000 }),
      expected: bad(/1000/, "input"),
    },
    {
      file: "adpcm.wav",
      bytes: wav(tone16(FRAMES), { tag: 2, bits: 4 }),
      expected: bad(/adpcm\.wav/),
    },
    { file: "cut off.mp3", bytes: mp3.subarray(0, mp3.length / 2), expected: bad(/cut off/) },
    { file: "only a tag.mp3", bytes: id3, expected: bad(/not audio/) },
    {
      file: "cut off.flac",
      bytes: flac.subarray(0, flac.length / 2),
      expected: bad(/cut off|damaged/),
    },
    {
      file: "damaged.flac",
      bytes: flip(flac, Math.floor(flac.length * 0.8)),
      expected: bad(/damaged|cut off/),
    },
    {
      file: "cut off.ogg",
      bytes: vorbis.subarray(0, vorbis.length - 1000),
      expected: bad(/cut off/),
    },
    { file: "cut off.opus", bytes: opus.subarray(0, opus.length - 100), expected: bad(/cut off/) },
    {
      file: "speex.ogg",
      bytes: text(`OggS\0\x02${"\0".repeat(20)}\x01\x50Speex   1.2`),
      expected: bad(/not audio/),
    },
    { file: "cut off.m4a", bytes: m4a.subarray(0, m4a.length / 2), expected: bad(/cut off\.m4a/) },
    {
      file: "cut off too.m4a",
      bytes: fast.subarray(0, fast.length * 0.7),
      expected: bad(/cut off/),
    },
    { file: "protected.m4a", bytes: replace(fast, "mp4a", "drms"), expected: bad(/protected/) },
    {
      file: "picture only.mp4",
      bytes: await read("v.mp4", ...video),
      expected: bad(/no sound in it/),
    },
    { file: "missing.wav", expected: bad(/there is no such file/, "input") },
    { file: "dangling.wav", expected: bad(/there is no such file/, "input") },
    { file: "empty folder", expected: bad(/holds no audio files/, "input") },
  ];
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-inputs-"));
  cases = await makeCases();
  for (const { file, bytes } of cases) if (bytes) await writeFile(path.join(folder, file), bytes);
  await symlink("nowhere.wav", path.join(folder, "dangling.wav"));
  await mkdir(path.join(folder, "empty folder"));
  // Inputs of one name but different endings would write the same stems: as few batches as that takes.
  const batches: Map<string, string>[] = [];
  for (const { file } of cases) {
    const { name } = path.parse(file);
    let batch = batches.find((files) => !files.has(name));
    if (!batch) batches.push((batch = new Map()));
    batch.set(name, path.join(folder, file));
  }
  const results: Outcome[] = [];
  for (const [index, batch] of batches.entries()) {
    const files = [...batch.values()];
    const out = path.join(folder, `out/${index}`);
    const args = ["--json", "--format", "wav32f", "--stems", "vocals,bass", "--model", IDENTITY];
    results.push(await run(["split", ...files, ...args, "--out", out]));
  }
  outcome = {
    code: Math.max(...results.map(({ code }) => code ?? 99)),
    stdout: results.map(({ stdout }) => stdout).join(""),
    stderr: results.map(({ stderr }) => stderr).join(""),
  };
});
after(() => rm(folder, { recursive: true, force: true }));

test("there are at least forty inputs, each with one answer and a failed exit for the batch", () => {
  assert.ok(cases.length >= 40);
  assert.equal(outcome.code, 1);
  assert.equal(outcome.stderr, "");
  const answers = events(outcome.stdout).filter(
    ({ event }) => event === "done" || event === "error",
  );
  assert.equal(answers.length, cases.length);
});

test("each bad input has its error in one line, each odd one its stems", async (t) => {
  const all = events(outcome.stdout);
  for (const { file, expected } of cases) {
    await t.test(file, async () => {
      const input = path.join(folder, file);
      const answer = all.find(
        (event) => event.input === input && /done|error/.test(String(event.event)),
      );
      assert.ok(answer, "no answer");
      if ("code" in expected) {
        assert.equal(answer.event, "error", JSON.stringify(answer));
        assert.equal(answer.code, expected.code);
        assert.match(String(answer.message), expected.message);
        assert.doesNotMatch(String(answer.message), /\n/);
        return;
      }
      assert.equal(answer.event, "done", String(answer.message));
      const { vocals } = answer.files as { vocals: string };
      const { rate, planes } = readFloatWav(await readFile(vocals));
      const { frames, slack = 0, left } = expected;
      assert.ok(Math.abs(planes[0].length - frames) <= slack, `${planes[0].length} frames`);
      assert.equal(rate, expected.rate ?? 44100);
      if (left !== undefined) assert.ok(planes[0].every((v) => Math.abs(v - left) < 1e-6));
    });
  }
});

test("nothing half-written is left of the inputs that failed", async () => {
  const files = await readdir(path.join(folder, "out"), { recursive: true, withFileTypes: true });
  const written = files.filter((entry) => entry.isFile()).map(({ name }) => name);
  const done = events(outcome.stdout).filter(({ event }) => event === "done");
  assert.equal(written.length, 2 * done.length);
  assert.ok(written.every((name) => /_(vocals|bass)\.wav$/.test(name)));
});
