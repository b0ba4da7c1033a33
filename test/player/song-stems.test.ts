// The better stems of a song that plays: heard without a step, to the sample, and saved. Real Chromium; what
// becomes of them in all other events is in song-stems.soak.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import type { StemMixer } from "../../components/index.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import {
  playMixer,
  renderMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";
import { readWav } from "../support/wav.ts";
import { BLEND, cores, distance, expectedOf, mixer, RATE, untilReady } from "./song-stems.ts";

let harness: MixerHarness;
let expected: Awaited<ReturnType<typeof expectedOf>>;
before(async () => {
  harness = await startMixerHarness();
  expected = await expectedOf(harness.sound("band.wav"));
});
after(() => harness.close());

const largestStep = (samples: ArrayLike<number>) => {
  let largest = 0;
  for (let n = 1; n < samples.length; n++) {
    largest = Math.max(largest, Math.abs(samples[n] - samples[n - 1]));
  }
  return largest;
};

test("it plays at once, and goes over to the better stems without a step, to the sample", () =>
  harness.open(mixer("band.wav", 'quality="live"'), async (page) => {
    await withMixer(page, (mixer) => mixer.setSoloed("vocals", true));
    const at = 30 * 512;
    const rendering = await renderMixer(page, 120 * 512, {
      [at]: async () => {
        await withMixer(page, (mixer) => void (mixer.quality = "studio"));
        await untilReady(page);
      },
    });
    const { left, latency } = rendering;
    const quarter = expected.song.map((sample) => sample / 4);
    const live = { left: left.slice(0, at), latency };
    assert.ok(distance(live, quarter, 0) < 1e-4, "the live model's stem before");
    const late = distance(rendering, expected.stems.vocals, at + 2 * BLEND);
    assert.ok(late < 1e-4, `the better model's stem after, off by ${late}`);
    assert.ok(distance(rendering, quarter, at + 2 * BLEND) > 0.01, "which is another one");
    const bound = largestStep(expected.song) * 1.1;
    assert.ok(largestStep(left) < bound, `a step of ${largestStep(left)}, over ${bound}`);
  }));

test("better stems that are turned off while they sound go back without a step", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await withMixer(page, (mixer) => mixer.setSoloed("vocals", true));
    const [ready, at] = [10 * 512, 40 * 512];
    const rendering = await renderMixer(page, 120 * 512, {
      [ready]: () => untilReady(page),
      [at]: () =>
        withMixer(page, (mixer) => {
          mixer.quality = "live";
          return mixer.updateComplete.then(() => undefined);
        }),
    });
    const { left, latency } = rendering;
    const before = { left: left.slice(0, at), latency };
    const early = distance(before, expected.stems.vocals, ready + 2 * BLEND);
    assert.ok(early < 1e-4, `the better model's stem before, off by ${early}`);
    const quarter = expected.song.map((sample) => sample / 4);
    const late = distance(rendering, quarter, at + latency + 2 * BLEND);
    assert.ok(late < 1e-4, `the live model's stem after, off by ${late}`);
    const better = (n: number) => expected.stems.vocals[n - latency];
    const begin = left.findIndex((x, n) => n > at && Math.abs(x - better(n)) > 1e-4);
    for (let n = begin; n < begin + BLEND; n++) {
      const due = better(n) + ((n - begin) / BLEND) * (quarter[n - latency] - better(n));
      assert.ok(
        Math.abs(left[n] - due) < 1e-3,
        `${left[n]} for ${due}, ${n - begin} after its end`,
      );
    }
  }));

test("the better stems follow the separator to another latency, and so does all that shows it", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await withMixer(page, (mixer) => mixer.setSoloed("vocals", true));
    const at = 30 * 512;
    const told = await page.evaluateHandle(() => {
      const latencies: number[] = [];
      document
        .querySelector("stem-mixer")!
        .addEventListener("stem-latency-change", ({ detail }) => latencies.push(detail.latency));
      return latencies;
    });
    // What too much load does to it as well.
    const rendering = await renderMixer(page, 120 * 512, {
      [at]: async () => {
        await untilReady(page);
        await withMixer(page, (mixer) => void (mixer.separator!.latencyMode = "safe"));
      },
    });
    assert.ok(rendering.latency > 0.2 * RATE, `${rendering.latency}`);
    assert.equal((await told.jsonValue()).at(-1), rendering.latency / RATE);
    const fade = Math.round(0.05 * RATE);
    const late = distance(rendering, expected.stems.vocals, at + fade + 2 * BLEND);
    assert.ok(late < 1e-4, `off by ${late}`);
  }));

/** Its preset while better stems are computed, when they are there, and after a pause. */
async function presetsOn(body: string): Promise<(string | undefined)[]> {
  return harness.open(body, async (page) => {
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      void page.route("**/bands.onnx", (route) => {
        answer = () => void route.continue();
        resolve();
      });
    });
    const preset = () => withMixer(page, (mixer) => mixer.separator?.latencyMode);
    // However long the work takes here, the song goes on.
    await withMixer(page, (mixer) => mixer.player.dispatch({ do: "loop", loop: { a: 0, b: 0.9 } }));
    await playMixer(page);
    await asked;
    const presets = [await preset()];
    answer();
    await untilReady(page);
    presets.push(await preset());
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await untilMixer(page, (mixer) => mixer.paused);
    presets.push(await preset());
    return presets;
  });
}

test("on few cores live audio has the safe margin while better stems are computed, and until a pause", async () => {
  // A second of song: after hops that come late the work in the background rests for a while.
  const few = mixer("short.wav", 'quality="studio"').replace(cores(8), cores(2));
  assert.deepEqual(await presetsOn(few), ["safe", "safe", "balanced"]);
  const many = mixer("short.wav", 'quality="studio"');
  assert.deepEqual(await presetsOn(many), ["balanced", "balanced", "balanced"]);
});

test("better stems that are turned off while they are being opened stay off, and can be had later", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      void page.route("**/bands.json", (route) => {
        answer = () => void route.continue();
        resolve();
      });
    });
    const playing = playMixer(page);
    await asked;
    await withMixer(page, (mixer) => {
      mixer.quality = "live";
      return mixer.updateComplete;
    });
    answer();
    await playing;
    const known = () => withMixer(page, (mixer) => mixer.player.state.better !== undefined);
    assert.equal(await known(), false);
    await page.unroute("**/bands.json");
    await withMixer(page, (mixer) => void (mixer.quality = "studio"));
    await untilReady(page);
  }));

/** Whether the ends of all lanes, where nothing was heard, have a colour. In the page. */
const areEndsColoured = (mixer: StemMixer): boolean => {
  const timeline = mixer.renderRoot.querySelector("stem-timeline");
  const canvases = [...(timeline?.shadowRoot?.querySelectorAll("canvas") ?? [])];
  const isColoured = (canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d")!.getImageData(width - 30, 0, 30, height);
    const isGrey = (at: number) =>
      Math.max(...data.subarray(at, at + 3)) - Math.min(...data.subarray(at, at + 3)) < 40;
    return Array.from({ length: data.length / 4 }, (_, i) => 4 * i).some(
      (at) => data[at + 3] > 128 && !isGrey(at),
    );
  };
  return canvases.length > 0 && canvases.every(isColoured);
};

test("lanes have their colours ahead of the playhead, at the next visit at once", () =>
  harness.open(mixer("band.wav", 'quality="live"'), async (page) => {
    const stay = () =>
      withMixer(page, (mixer) => mixer.player.dispatch({ do: "loop", loop: { a: 0, b: 0.5 } }));
    await stay();
    await playMixer(page);
    await untilMixer(page, (mixer) =>
      mixer.renderRoot.querySelector("stem-timeline")?.shadowRoot?.querySelector("canvas"),
    );
    assert.equal(await withMixer(page, areEndsColoured), false);
    // Beside a song that plays they are computed as slowly as a busy machine asks for.
    await withMixer(page, (mixer) => {
      mixer.pause();
      mixer.quality = "studio";
    });
    await untilReady(page);
    await untilMixer(page, areEndsColoured);
    const levels = await withMixer(page, (mixer) => [...mixer.player.state.better!.levels]);
    const columns = levels.length / DEFAULT_STEMS.length;
    for (let c = 0; c < columns; c++) {
      const edge = (column: number) => Math.floor((column * expected.song.length) / columns);
      DEFAULT_STEMS.forEach((stem, s) => {
        const parts = [expected.stems[stem], expected.right[stem]].flatMap((plane) => [
          ...plane.subarray(edge(c), edge(c + 1)),
        ]);
        const rms = Math.hypot(...parts) / Math.sqrt(parts.length);
        const level = levels[c * DEFAULT_STEMS.length + s];
        assert.ok(Math.abs(level - rms) < 1e-3, `${stem}, column ${c}: ${level}, not ${rms}`);
      });
    }
    await page.reload();
    await stay();
    await withMixer(page, (mixer) => void (mixer.quality = "studio"));
    await playMixer(page);
    await untilMixer(page, areEndsColoured);
  }));

test("Export: one click from the mixer to the file of what is heard, named after it, in the format chosen last", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await playMixer(page);
    const pressed = () =>
      page.evaluate(() => (globalThis as unknown as { presses: number }).presses);
    await page.evaluate(() => {
      Object.assign(globalThis, { presses: 0 });
      const count = () => (globalThis as unknown as { presses: number }).presses++;
      for (const type of ["pointerdown", "keydown"]) addEventListener(type, count, true);
    });
    const saved = async () => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Export", exact: true }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
    };
    const original = await saved();
    assert.equal(await pressed(), 1);
    assert.equal(original.name, "band_original.wav");
    assert.equal(readWav(new Uint8Array(original.bytes)).left.length, expected.song.length);
    await page.getByRole("button", { name: "Karaoke" }).click();
    await page.getByRole("combobox", { name: "Format" }).selectOption("flac");
    await page.keyboard.press("Escape");
    const karaoke = await saved();
    assert.equal(karaoke.name, "band_karaoke.flac");
    assert.equal(karaoke.bytes.subarray(0, 4).toString("latin1"), "fLaC");
  }));

test("Export: a ZIP through the panel, with what is ready already", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    await playMixer(page);
    await page.getByRole("button", { name: "What to export" }).click();
    await page.getByRole("radio", { name: "Stems (ZIP)" }).check();
    await page.getByRole("checkbox", { name: "Drums" }).uncheck();
    await page.getByRole("combobox", { name: "Format" }).selectOption("wav32f");
    const unasked = page.waitForEvent("download");
    await page.getByRole("button", { name: "Start the export" }).click();
    const zip = readFileSync(await (await unasked).path());
    const again = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save band_stems.zip" }).click();
    assert.deepEqual(readFileSync(await (await again).path()), zip);
    const files = unzipSync(new Uint8Array(zip));
    assert.deepEqual(
      Object.keys(files),
      ["vocals", "bass", "other"].map((stem) => `band_${stem}.wav`),
    );
    for (const stem of ["vocals", "bass", "other"] as const) {
      const { left, rate } = readWav(files[`band_${stem}.wav`]);
      assert.equal(rate, RATE);
      assert.equal(left.length, expected.song.length);
      const error = distance({ left: [...left], latency: 0 }, expected.stems[stem], 0);
      assert.ok(error < 1e-4, `${stem}: off by ${error}`);
    }
  }));
