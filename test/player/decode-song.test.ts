// A song in the page has the samples of the command's, in a worker and at the context's rate; what is not read
// so is decoded by the browser. Real Chromium.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { provideAac } from "../../src/decode/aac.ts";
import { bursts, decode, encode, wavOf } from "../decode/files.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { signalToError } from "../support/signals.ts";
import type { decodeSongInPage } from "./decode-song-page.ts";

const SECONDS = 1;
const song = bursts(SECONDS);
const mono = { ...song, planes: [song.planes[0]] };

let browser: Browser;
let isolated: Server;
let plain: Server;
let folder: string;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "danna-song-"));
  await provideAac();
  browser = await launchChromium();
  const scripts = { "/song.js": await bundleScript("test/player/decode-song-page.ts") };
  const mounts = { "/files/": folder, "/dist/": "dist" };
  isolated = await startServer({ mounts, pages: scripts, isolated: true });
  plain = await startServer({ mounts, pages: scripts, isolated: false });
});
after(async () => {
  await Promise.all([browser.close(), isolated.close(), plain.close()]);
  rmSync(folder, { recursive: true });
});

/** One for each server. */
const pages = new Map<Server, Page>();

async function pageOf(server: Server): Promise<Page> {
  let page = pages.get(server);
  if (!page) {
    page = await browser.newPage();
    await page.goto(`${server.url}/blank`);
    pages.set(server, page);
  }
  return page;
}

async function inPage(bytes: Uint8Array, rate = 44_100, server = isolated, baseUrl = "/dist/") {
  writeFileSync(path.join(folder, "song"), bytes);
  const page = await pageOf(server);
  const answer = await page.evaluate(
    async ([rate, baseUrl]) => {
      const module = (await import("/song.js" as string)) as {
        decodeSongInPage: typeof decodeSongInPage;
      };
      return module.decodeSongInPage("/files/song", rate, baseUrl);
    },
    [rate, baseUrl] as const,
  );
  if ("code" in answer) return answer;
  const planes = answer.planes.map((text) => {
    const bytes = Buffer.from(text, "base64");
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  });
  return { ...answer, planes };
}

async function planesInPage(...args: Parameters<typeof inPage>) {
  const answer = await inPage(...args);
  assert.ok("planes" in answer, JSON.stringify(answer));
  return answer;
}

for (const [ending, args] of [
  ["wav", ["-c:a", "pcm_s16le"]],
  ["wav", ["-c:a", "pcm_f32le"]],
  ["flac", ["-sample_fmt", "s32", "-bits_per_raw_sample", "24"]],
  ["mp3", []],
  ["ogg", ["-c:a", "libvorbis"]],
  ["mkv", ["-c:a", "flac"]],
] as const) {
  const what = [ending, ...args].join(" ");
  test(`${what}: the page has the command's very samples`, async () => {
    const bytes = encode(song, ending, ...args);
    const { planes } = await planesInPage(bytes);
    assert.deepEqual(planes, (await decode(bytes)).planes);
  });
}

test("M4A: the page has the command's samples as exactly as two decoders agree", async () => {
  const bytes = encode(song, "m4a");
  const { planes } = await planesInPage(bytes);
  const expected = (await decode(bytes)).planes;
  expected.forEach((plane, c) => assert.ok(signalToError(plane, planes[c]) > 80));
});

test("Opus in WebM starts and ends with the song at 48 kHz, and at another rate", async () => {
  const bytes = encode(bursts(SECONDS, 48_000), "webm", "-c:a", "libopus", "-b:a", "256k");
  const expected = (await decode(bytes)).planes;
  assert.deepEqual((await planesInPage(bytes, 48_000)).planes, expected);
  const { planes } = await planesInPage(bytes, 44_100);
  song.planes.forEach((plane, c) => assert.ok(signalToError(plane, planes[c]) > 20));
});

test("at another rate the song stays where it is, with all its samples", async () => {
  for (const [from, to] of [
    [44_100, 48_000],
    [48_000, 44_100],
    [22_050, 96_000],
  ]) {
    const { planes } = await planesInPage(wavOf(bursts(SECONDS, from)), to);
    bursts(SECONDS, to).planes.forEach((plane, c) => {
      assert.equal(planes[c].length, plane.length);
      assert.ok(signalToError(plane, planes[c]) > 70, `${from} to ${to}`);
    });
  }
  const { planes } = await planesInPage(wavOf(mono), 48_000);
  assert.deepEqual(planes[0], planes[1]);
  assert.ok(signalToError(bursts(SECONDS, 48_000).planes[0], planes[0]) > 70);
});

test("memory is shared where the page is isolated, and the samples are the same where it is not", async () => {
  const bytes = encode(song, "mp3");
  const [shared, copied] = [await planesInPage(bytes), await planesInPage(bytes, 44_100, plain)];
  assert.deepEqual([shared.shared, copied.shared], [true, false]);
  assert.deepEqual(shared.planes, copied.planes);
});

test("what is cut off, or has no worker, is played as the browser decodes it", async () => {
  const bytes = encode(song, "wav");
  const whole = await planesInPage(bytes);
  const cut = await planesInPage(bytes.subarray(0, bytes.length / 2));
  assert.ok(cut.planes[0].length > whole.planes[0].length / 3);
  // Chromium's decoder divides 16 bits by 32767 where they are positive.
  const same = (expected: Float32Array, actual: Float32Array) =>
    assert.ok(signalToError(expected, actual) > 80);
  same(whole.planes[0].slice(0, cut.planes[0].length), cut.planes[0]);
  for (const server of [isolated, plain]) {
    const { planes, shared } = await planesInPage(bytes, 44_100, server, "/nowhere/");
    planes.forEach((plane, c) => same(whole.planes[c], plane));
    assert.equal(shared, server === isolated);
  }
});

test("what nobody can decode is an error that names the file", async () => {
  const answer = await inPage(Buffer.from("no sound"));
  assert.ok("code" in answer);
  assert.equal(answer.code, "media");
  assert.match(answer.message, /\/files\/song" is no audio that this browser can decode/);
});
