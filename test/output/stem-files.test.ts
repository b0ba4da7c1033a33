// Saved stems: a ZIP of WAV files sample for sample, and a Stem file as others read it. Real Chromium,
// ffprobe, and this project's own command.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import type { Browser } from "playwright-core";
import { stemJson, withStemBox } from "../../src/output/stem-box.ts";
import type { StemFileOptions } from "../../src/output/write-stems.ts";
import { IDENTITY, run } from "../cli/run.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";
import { readWav } from "../support/wav.ts";

const RATE = 44100;
/** Of a ZIP's stems, and of a Stem file's, which must be long enough to measure. */
const [SHORT, LONG] = [40_011, 3 * RATE + 11];
const HERTZ = { vocals: 440, drums: 1000, bass: 110, other: 2000 };
const tone = (hertz: number, n: number) => 0.2 * Math.sin((2 * Math.PI * hertz * n) / RATE);

let browser: Browser;
let server: Server;
const folder = mkdtempSync(path.join(tmpdir(), "danna-stems-"));
before(async () => {
  browser = await launchChromium();
  const script = await bundleScript("test/output/stem-files-page.ts");
  const page = '<!doctype html><script type="module" src="/page.js"></script>';
  server = await startServer({
    mounts: {},
    pages: { "/page": page, "/page.js": script },
    isolated: false,
  });
});
after(async () => {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const save = (samples: number, options: Omit<StemFileOptions, "sampleRate">) =>
  withPage(browser, `${server.url}/page`, async (page) => {
    await page.waitForFunction(() => "writeTones" in globalThis);
    const { name, url } = await page.evaluate(
      async ({ samples, options }) => {
        const { writeTones } = globalThis as unknown as {
          writeTones(n: number, o: StemFileOptions): Promise<{ name: string; url: string }>;
        };
        return writeTones(samples, options);
      },
      { samples, options: { ...options, sampleRate: RATE } },
    );
    return { name, bytes: new Uint8Array(Buffer.from(url.split(",")[1], "base64")) };
  });

for (const [format, step] of [
  ["wav16", 2 ** -15],
  ["wav24", 2 ** -23],
  ["wav32f", 0],
] as const) {
  test(`a ZIP of ${format} holds every sample of the chosen stems`, async () => {
    const { name, bytes } = await save(SHORT, {
      name: "My song",
      format,
      stems: ["vocals", "bass"],
    });
    assert.equal(name, "My song_stems.zip");
    const files = unzipSync(bytes);
    assert.deepEqual(Object.keys(files), ["My song_vocals.wav", "My song_bass.wav"]);
    for (const stem of ["vocals", "bass"] as const) {
      const wav = readWav(files[`My song_${stem}.wav`]);
      assert.equal(wav.rate, RATE);
      assert.equal(wav.left.length, SHORT);
      const wrong = wav.left.findIndex(
        (sample, n) => Math.abs(sample - Math.fround(tone(HERTZ[stem], n))) > step,
      );
      assert.equal(wrong, -1, `${stem}, sample ${wrong}`);
    }
  });
}

test("a ZIP of FLAC holds the same samples as one of 24-bit WAV", async () => {
  const options = { name: "My song", stems: ["vocals", "drums"] } as const;
  const flac = unzipSync((await save(SHORT, { ...options, format: "flac" })).bytes);
  const wav = unzipSync((await save(SHORT, { ...options, format: "wav24" })).bytes);
  assert.deepEqual(Object.keys(flac), ["My song_vocals.flac", "My song_drums.flac"]);
  for (const stem of options.stems) {
    const file = path.join(folder, "flac", `${stem}.flac`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, flac[`My song_${stem}.flac`]);
    const samples = decode(file, 0);
    const { left } = readWav(wav[`My song_${stem}.wav`]);
    assert.equal(samples.length, SHORT);
    const wrong = left.findIndex((sample, n) => Math.abs(sample - samples[n]) > 2 ** -15);
    assert.equal(wrong, -1, `${stem}, sample ${wrong}`);
  }
});

test("a ZIP of MP3 holds each stem's tone, where the song has it", async () => {
  const { bytes } = await save(LONG, { name: "My song", format: "mp3", stems: ["vocals", "bass"] });
  const files = unzipSync(bytes);
  assert.deepEqual(Object.keys(files), ["My song_vocals.mp3", "My song_bass.mp3"]);
  for (const stem of ["vocals", "bass"] as const) {
    const file = path.join(folder, `${stem}.mp3`);
    writeFileSync(file, files[`My song_${stem}.mp3`]);
    const samples = decode(file, 0);
    assert.equal(samples.length, LONG, "no encoder's delay or padding is heard");
    assert.ok(distance(samples, (n) => tone(HERTZ[stem], n)) < 0.03, `${stem} is late or wrong`);
  }
});

test("the command writes the Stem file that the page writes", async () => {
  const file = path.join(folder, "song.wav");
  const args = ["-v", "error", "-f", "lavfi", "-i", "sine=f=440:d=2", "-ac", "2", file];
  execFileSync(findFfmpeg(), args);
  const command = ["split", file, "--model", IDENTITY, "--format", "stem.mp4", "--out", folder];
  const { code, stdout, stderr } = await run([...command, "--json"], {});
  assert.equal(code, 0, stderr);
  const target = path.join(folder, "song.stem.mp4");
  assert.ok(stdout.includes(JSON.stringify({ "stem.mp4": target }).slice(1, -1)), stdout);
  const bytes = readFileSync(target);
  assert.ok(bytes.includes(`stem${stemJson()}`), "the box that DJ software looks for");
  const level = amplitude(decode(target, 4), 440);
  const expected = amplitude(decode(file, 0), 440) / 4;
  assert.ok(Math.abs(level - expected) < 0.002, `vocals: ${level}, not ${expected}`);
  const again = await run(command, {});
  assert.equal(again.code, 1);
  assert.match(again.stderr, /song\.stem\.mp4 exists already/);
  assert.deepEqual(readFileSync(target), bytes);
});

interface Stream {
  readonly codec_name: string;
  readonly codec_type: string;
  readonly sample_rate: string;
  readonly channels: number;
  readonly duration: string;
  readonly disposition: { readonly default: number };
}

test("a Stem file has the mixture and four stems as AAC, and says so where DJ software looks", async () => {
  const { name, bytes } = await save(LONG, { name: "My song", format: "stem.mp4" });
  assert.equal(name, "My song.stem.mp4");
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  const ffprobe = path.join(path.dirname(findFfmpeg()), "ffprobe");
  const args = ["-v", "error", "-show_streams", "-of", "json", file];
  const { streams } = JSON.parse(execFileSync(ffprobe, args, { encoding: "utf8" })) as {
    streams: Stream[];
  };
  assert.deepEqual(
    streams.map(({ codec_name, codec_type, sample_rate, channels, disposition }) =>
      [codec_name, codec_type, sample_rate, channels, disposition.default].join(),
    ),
    [1, 0, 0, 0, 0].map((main) => `aac,audio,${RATE},2,${main}`),
  );
  for (const { duration } of streams) {
    assert.ok(Math.abs(Number(duration) - LONG / RATE) < 0.05, duration);
  }

  const text = Buffer.from(bytes).toString("latin1");
  const at = text.lastIndexOf("stem{");
  const length = new DataView(bytes.buffer).getUint32(at - 4);
  const json = JSON.parse(text.slice(at + 4, at - 4 + length)) as {
    stems: { name: string; color: string }[];
    version: number;
  };
  assert.deepEqual(
    json.stems.map(({ name }) => name),
    ["Drums", "Bass", "Other", "Vocals"],
  );
  assert.ok(text.indexOf("udta", text.lastIndexOf("moov")) < at);

  // Each track as another decoder hears it: only its own tone, at its level, as late as the others.
  const hertz = [HERTZ.drums, HERTZ.bass, HERTZ.other, HERTZ.vocals];
  const [mixture, ...stems] = [0, 1, 2, 3, 4].map((track) => decode(file, track));
  assert.ok(
    distance(mixture, (n) => stems.reduce((sum, stem) => sum + stem[n], 0)) < 0.03,
    "the stems add up to the mixture",
  );
  hertz.forEach((own, i) => {
    for (const other of hertz) {
      const level = amplitude(stems[i], other);
      assert.ok(Math.abs(level - (other === own ? 0.2 : 0)) < 0.002, `${i}: ${other} Hz, ${level}`);
    }
  });

  const { code, stderr } = await run(
    [...["split", file, "--model", IDENTITY, "--format", "wav32f", "--out", folder], "--quiet"],
    {},
  );
  assert.equal(code, 0, stderr);
  const { left } = readWav(new Uint8Array(readFileSync(path.join(folder, "My song_vocals.wav"))));
  const sum = (n: number) => hertz.reduce((sum, hertz) => sum + tone(hertz, n), 0) / 4;
  assert.ok(distance(left, sum) < 0.03, "the command reads the mixture");
});

/** Of samples from what they should be, as a share of that, beyond the ends. */
function distance(samples: ArrayLike<number>, expected: (n: number) => number): number {
  let [error, energy] = [0, 0];
  for (let n = 4096; n < LONG - 4096; n++) {
    error += (samples[n] - expected(n)) ** 2;
    energy += expected(n) ** 2;
  }
  return Math.sqrt(error / energy);
}

/** The left channel of a track, decoded by ffmpeg. */
function decode(file: string, track: number): Float32Array {
  const args = [
    "-v",
    "error",
    "-i",
    file,
    "-map",
    `0:a:${track}`,
    "-af",
    "pan=mono|c0=c0",
    "-f",
    "f32le",
  ];
  const bytes = execFileSync(findFfmpeg(), [...args, "-"], { maxBuffer: 1 << 26 });
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Of a tone within samples. */
function amplitude(samples: Float32Array, hertz: number): number {
  const [from, to] = [8192, 8192 + RATE];
  let [re, im] = [0, 0];
  for (let n = from; n < to; n++) {
    re += samples[n] * Math.cos((2 * Math.PI * hertz * n) / RATE);
    im += samples[n] * Math.sin((2 * Math.PI * hertz * n) / RATE);
  }
  return (2 * Math.hypot(re, im)) / (to - from);
}

const box = (name: string, ...parts: Uint8Array[]) => {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(name), ...parts]);
  bytes.writeUInt32BE(bytes.length);
  return new Uint8Array(bytes);
};

test("the stem box joins the user data that is there, and everything else stays", () => {
  const header = box("mvhd", new Uint8Array(20));
  const meta = box("meta", Uint8Array.of(1, 2, 3));
  const stem = box("stem", Buffer.from(stemJson()));
  assert.deepEqual(
    withStemBox(box("moov", header, box("udta", meta))),
    box("moov", header, box("udta", meta, stem)),
  );
  assert.deepEqual(withStemBox(box("moov", header)), box("moov", header, box("udta", stem)));
  for (const wrong of [new Uint8Array(4), box("free"), box("moov", Uint8Array.of(0, 0, 0, 99))]) {
    assert.throws(() => withStemBox(wrong), { code: "input" });
  }
});
