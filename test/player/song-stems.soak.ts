// What else becomes of a song's better stems than song-stems.test.ts shows: in bypass, loops, seeks and
// other keys, at the second visit, on full disks, when they are cancelled. Real Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { REGION } from "../../src/player/protocol.ts";
import {
  playMixer,
  renderMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";
import { BLEND, distance, expectedOf, mixer, RATE, STUDIO, untilReady } from "./song-stems.ts";

let harness: MixerHarness;
let expected: Awaited<ReturnType<typeof expectedOf>>;
before(async () => {
  harness = await startMixerHarness();
  expected = await expectedOf(harness.sound("band.wav"));
});
after(() => harness.close());

test("the mix stays the song through the change, and so does Compare", () =>
  harness.open(mixer("band.wav", 'quality="live"'), async (page) => {
    const at = 30 * 512;
    const rendering = await renderMixer(page, 100 * 512, {
      [at]: async () => {
        await withMixer(page, (mixer) => void (mixer.quality = "studio"));
        await untilReady(page);
      },
    });
    assert.ok(
      distance(rendering, expected.song, 0) < 2e-5,
      `off by ${distance(rendering, expected.song, 0)}`,
    );
  }));

test("Compare gives the untouched song, aligned, also from the better stems", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await withMixer(page, (mixer) => mixer.applyPreset("acappella"));
    const at = 40 * 512;
    const rendering = await renderMixer(page, 80 * 512, {
      [at]: async () => {
        await untilReady(page);
        await page.getByRole("button", { name: "Compare" }).click();
      },
    });
    assert.ok(distance(rendering, expected.song, at + 2048) < 2e-5);
  }));

/** Plays the song anew in the same browser context, vocals alone; the weights of the model are counted. */
async function playAgain(page: Page): Promise<{ error: number; fetched: number }> {
  let fetched = 0;
  await page.route("**/bands.onnx", (route) => {
    fetched++;
    return route.continue();
  });
  await page.reload();
  await withMixer(page, (mixer) => mixer.setSoloed("vocals", true));
  const rendering = await renderMixer(page, 300 * 512);
  return { error: distance(rendering, expected.stems.vocals, BLEND), fetched };
}

test("the second play is in studio quality from the first second, without the model", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await playMixer(page);
    await untilReady(page);
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.better!.kept), true);
    const { error, fetched } = await playAgain(page);
    assert.ok(error < 1e-4, `off by ${error}`);
    assert.equal(fetched, 0);
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.better!.ready), 1);
  }));

test("kept stems that were damaged are refused and computed anew", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await playMixer(page);
    await untilReady(page);
    await page.evaluate(async () => {
      const top = await navigator.storage.getDirectory();
      const root = await top.getDirectoryHandle("danna-sep-stems");
      const folders = root as unknown as { values(): AsyncIterable<FileSystemDirectoryHandle> };
      for await (const folder of folders.values()) {
        for (const name of ["0", "1"]) {
          const file = await folder.getFileHandle(name);
          const writable = await file.createWritable({ keepExistingData: true });
          await writable.write({
            type: "write",
            position: 9000,
            data: new Uint8Array(5000).fill(77),
          });
          await writable.close();
        }
      }
    });
    await page.reload();
    await playMixer(page);
    // Region 1 shows its damage when it is handed over, with region 0.
    await untilReady(page);
    const { error } = await playAgain(page);
    assert.ok(error < 1e-4, `off by ${error}`);
  }));

interface Told {
  readonly heard: string;
  readonly ready: number;
  readonly kept: boolean;
}

const listen = (page: Page) =>
  page.evaluate(() => {
    const told: Told[] = [];
    Object.assign(globalThis, { told });
    document
      .querySelector("stem-mixer")!
      .addEventListener("stem-quality-change", ({ detail }) => told.push(detail));
  });

const heard = (page: Page) => page.evaluate(() => (globalThis as unknown as { told: Told[] }).told);

for (const [name, sabotage, kept] of [
  [
    "without the origin-private file system",
    () => {
      navigator.storage.getDirectory = () =>
        Promise.reject(new DOMException("no", "SecurityError"));
    },
    [false],
  ],
  [
    "when the disk is full",
    () => {
      const { createWritable } = FileSystemFileHandle.prototype;
      FileSystemFileHandle.prototype.createWritable = function (...options) {
        if (this.name === "1")
          return Promise.reject(new DOMException("full", "QuotaExceededError"));
        return createWritable.apply(this, options);
      };
    },
    [true, false],
  ],
] as const) {
  test(`${name} stems get better all the same, in memory, and an event says so`, () =>
    harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
      await page.addInitScript(sabotage);
      await page.reload();
      await listen(page);
      await playMixer(page);
      await untilReady(page);
      await untilMixer(page, (mixer) => mixer.player.state.better!.heard);
      const told = await heard(page);
      assert.deepEqual([...new Set(told.map(({ kept }) => kept))], kept);
      assert.ok(told.some(({ heard }) => heard === "studio"));
      assert.equal(told.at(-1)!.ready, 1);
      await page.getByRole("button", { name: "Best quality" }).click();
      await page.getByText("keeps no stems for the next visit").waitFor();
    }));
}

test("a seek takes the work along", () =>
  harness.open(mixer("long.wav", 'quality="studio"'), async (page) => {
    await playMixer(page);
    await untilMixer(page, (mixer) => mixer.player.state.better!.spans.length > 0);
    await withMixer(page, (mixer) => mixer.seek(100));
    await untilMixer(page, (mixer) => mixer.player.state.better!.heard);
    const spans = await withMixer(page, (mixer) => mixer.player.state.better!.spans);
    assert.equal(spans.length, 2, JSON.stringify(spans));
    // There when the playhead comes: never before it, and not in the last of the song.
    const region = Math.floor((100 * RATE) / REGION);
    const first = Math.round((spans[1][0] * 120 * RATE) / REGION);
    assert.ok(first >= region && first <= region + 4, `region ${first} after ${region}`);
  }));

test("how much is ready finds room on the narrowest page", () =>
  harness.open(
    mixer("band.wav", 'quality="studio" style="margin:-16px"'),
    async (page) => {
      await playMixer(page);
      await untilReady(page);
      await page.getByRole("button", { name: "Best quality" }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 280);
    },
    { viewport: { width: 280, height: 900 } },
  ));

test("key and tempo go on from the separator's stems, and the better ones come back after", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await playMixer(page);
    await untilReady(page);
    await withMixer(page, async (mixer) => {
      mixer.loop = { a: 1, b: 6 };
      mixer.keyShift = 2;
      await mixer.player.dispatch({ do: "key", semitones: 2 });
    });
    await untilMixer(page, (mixer) => !mixer.player.state.better!.heard && mixer.position > 1);
    await withMixer(page, (mixer) => void (mixer.keyShift = 0));
    await untilMixer(page, (mixer) => mixer.player.state.better!.heard);
  }));

test("a studio model that is missing is told, and the song plays on", () =>
  harness.open(mixer("band.wav").replace("bands.json", "none.json"), async (page, problems) => {
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.getByRole("alert").getByText("none.json").waitFor();
    await page.getByRole("button", { name: "Got it" }).click();
    await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.position > 0.05);
    problems.length = 0;
  }));

test("where no studio model is named, quality=studio takes the package's own", () =>
  harness.open(mixer("band.wav", 'quality="studio"').replace(STUDIO, ""), async (page) => {
    const asked = page.waitForRequest("**/models/studio-net.onnx.planes.gz");
    await playMixer(page);
    await asked;
    await untilReady(page);
  }));

test("Export without a better model takes the live one, and can be cancelled", () =>
  harness.open(mixer("long.wav", 'quality="live"').replace(STUDIO, ""), async (page) => {
    await playMixer(page);
    await page.getByRole("button", { name: "What to export" }).click();
    await page.getByRole("radio", { name: "Stems (ZIP)" }).check();
    await page.getByRole("button", { name: "Start the export" }).click();
    await page.getByRole("progressbar", { name: "Export" }).waitFor();
    await page.getByText(/Separating, \d+.*%, \d+:\d+ left/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Start the export" }).waitFor();
    assert.equal(await page.getByRole("progressbar").count(), 0);
    // A file that code asked for is the code's.
    const downloads: string[] = [];
    page.on("download", (download) => downloads.push(download.suggestedFilename()));
    const saved = await withMixer(page, async (mixer) => {
      await mixer.load("/audio/short.wav");
      const file = await mixer.saveStems({ stems: ["bass"], format: "wav24" });
      return [file?.name, file?.type];
    });
    assert.deepEqual(saved, ["short_stems.zip", "application/zip"]);
    await page.getByRole("link", { name: "Save short_stems.zip" }).waitFor();
    assert.deepEqual(downloads, []);
  }));
