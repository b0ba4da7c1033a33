// What a mixer says of a song: key and tempo beside their shifts, title and artist of its tags. Real Chromium, identity model, a song that a small
// band plays.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import { songFacts } from "../../components/core/song-facts.ts";
import { loadTexts, textsFor } from "../../components/core/texts.ts";
import { bursts, encode, wavOf } from "../decode/files.ts";
import { mixtureOf, RATE, record } from "../support/band.ts";
import { SONGS } from "../analysis/songs.ts";
import {
  MODEL,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

/** 120 beats a minute in G major. */
const ROCK = SONGS[0];

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  const sound = mixtureOf(record({ ...ROCK, seconds: 16 })).map((sample) => sample / 2);
  writeFileSync(path.join(harness.folder, "rock.wav"), wavOf({ rate: RATE, planes: [sound] }));
});
after(() => harness.close());

const mixer = (attributes = "") =>
  `<stem-mixer src="/audio/rock.wav" preload="auto" ${MODEL} ${attributes}></stem-mixer>`;
const isKnown = (page: Page) => untilMixer(page, (mixer) => mixer.player.state.analysis);
const seen = (page: Page) => page.locator("stem-mixer .stepper .name").allTextContents();
const widths = (page: Page) =>
  page
    .locator("stem-mixer .stepper")
    .evaluateAll((steppers) => steppers.map((each) => each.getBoundingClientRect().width));

for (const isolated of [true, false]) {
  test(`mixer: key and tempo of a song, with their shifts${isolated ? "" : ", without shared memory"}`, () =>
    harness.open(
      mixer(),
      async (page) => {
        await untilMixer(page, (mixer) => mixer.hasUpdated);
        const before = await widths(page);
        await isKnown(page);
        const { bpm, key } = await withMixer(page, ({ player }) => ({
          bpm: player.state.analysis!.tempo!.bpm,
          key: player.state.analysis!.key,
        }));
        assert.ok(Math.abs(bpm - 120) < 0.5, String(bpm));
        assert.deepEqual(key, { tonic: 7, mode: "major" });
        await page.getByText("Key G", { exact: true }).waitFor();
        assert.deepEqual(await seen(page), ["Key G", "120 BPM"]);
        for (let i = 0; i < 2; i++) await page.getByLabel("Key down a semitone").click();
        for (let i = 0; i < 3; i++) await page.getByLabel("Slower").click();
        assert.deepEqual(await seen(page), ["G → F", "120 → 102"]);
        assert.deepEqual(await widths(page), before, "nothing moves");
        await page.getByText("G major, shifted to F major").waitFor({ state: "attached" });
      },
      { isolated, viewport: { width: 1280, height: 720 } },
    ));
}

test("mixer: a loop is drawn from beat to beat, and anywhere with Alt held", () =>
  harness.show(mixer(), async (page) => {
    await isKnown(page);
    const timeline = (await page.locator("stem-mixer stem-timeline").boundingBox())!;
    const draw = async (from: number, to: number) => {
      const x = (seconds: number) => timeline.x + (seconds / 16) * timeline.width;
      await page.mouse.move(x(from), timeline.y + 60);
      await page.mouse.down();
      await page.mouse.move(x(to), timeline.y + 60, { steps: 4 });
      await page.mouse.up();
      return withMixer(page, (mixer) => mixer.loop);
    };
    // The first beat is at 0.3 s, then there is one every half second.
    const { a, b } = await draw(4.1, 8.2);
    assert.ok(Math.abs(a! - 4.3) < 0.03 && Math.abs(b! - 8.3) < 0.03, `${a} to ${b}`);
    await page.keyboard.down("Alt");
    const exact = await draw(10.1, 12.1);
    const pixel = 16 / timeline.width;
    assert.ok(Math.abs(exact.a! - 10.1) < pixel && Math.abs(exact.b! - 12.1) < pixel);
  }));

test("mixer: click and count-in are switched in the menu and by keys, once there are beats", () =>
  harness.open(mixer(), async (page) => {
    await page.getByRole("button", { name: "More" }).click();
    const click = page.getByRole("button", { name: "Click on the beats" });
    await isKnown(page);
    await click.click();
    assert.equal(await click.getAttribute("aria-pressed"), "true");
    await page.keyboard.press("Shift+C");
    const state = () => withMixer(page, ({ player: { state } }) => [state.click, state.countIn]);
    assert.deepEqual(await state(), [true, true]);
    await page.keyboard.press("c");
    assert.deepEqual(await state(), [false, true]);
    await withMixer(page, (mixer) => mixer.load("/audio/constant.wav"));
    await untilMixer(page, ({ player: { state } }) => state.duration > 19 && state.analysis);
    assert.equal(await click.isDisabled(), true);
  }));

test("mixer: title, artist and cover of a song's tags, as text, also for the system", () =>
  harness.open(mixer(), async (page, problems) => {
    const cover = path.join(harness.folder, "cover.png");
    writeFileSync(cover, PNG.sync.write(new PNG({ width: 2, height: 2 })));
    const picture = ["-i", cover, "-map", "0", "-map", "1", "-disposition:v", "attached_pic"];
    const words = ["-metadata", "title=<b>Rooms</b>", "-metadata", "artist=Ann & <i>Bo</i>"];
    const file = encode(bursts(2), "mp3", ...picture, ...words);
    writeFileSync(path.join(harness.folder, "tagged.mp3"), file);
    await withMixer(page, (mixer) => mixer.load("/audio/tagged.mp3"));
    await page.getByText("<b>Rooms</b>", { exact: true }).waitFor();
    await page.getByText("Ann & <i>Bo</i>", { exact: true }).waitFor();
    const told = await page.evaluate(async () => {
      const { metadata } = navigator.mediaSession;
      const [{ src, type }] = metadata!.artwork;
      const bytes = (await (await fetch(src)).blob()).size;
      return { title: metadata!.title, artist: metadata!.artist, type, hasBytes: bytes > 50 };
    });
    const type = "image/png";
    const named = { title: "<b>Rooms</b>", artist: "Ann & <i>Bo</i>" };
    assert.deepEqual(told, { ...named, type, hasBytes: true });
    await withMixer(page, (mixer) => mixer.load("/audio/constant.wav"));
    await page.locator("stem-mixer .artist").waitFor({ state: "detached" });
    assert.deepEqual(problems, []);
  }));

test("mixer: what is known of a song goes with it", () =>
  harness.show(mixer(), async (page) => {
    await isKnown(page);
    await withMixer(page, (mixer) => mixer.load("/audio/constant.wav"));
    await untilMixer(page, ({ player: { state } }) => state.duration > 19 && state.analysis);
    const { tempo, key } = await withMixer(page, (mixer) => mixer.player.state.analysis!);
    assert.deepEqual([tempo, key], [undefined, undefined]);
    assert.deepEqual(await seen(page), ["Key", "Tempo"]);
    await withMixer(page, (mixer) => mixer.close());
    await untilMixer(page, ({ player: { state } }) => !state.analysis);
  }));

test("mixer: a song is looked at again by its stems when all are there", () =>
  harness.open(mixer('quality="studio" studio-model="/models/bands.json"'), async (page) => {
    await withMixer(page, (mixer) => {
      const seen = ((globalThis as { analyses?: Set<unknown> }).analyses = new Set());
      mixer.player.subscribe(({ analysis }) => analysis && seen.add(analysis));
    });
    await untilMixer(
      page,
      ({ player: { state } }) =>
        state.better?.ready === 1 &&
        (globalThis as { analyses?: Set<unknown> }).analyses!.size === 2,
    );
    const { tempo } = await withMixer(page, (mixer) => mixer.player.state.analysis!);
    assert.ok(Math.abs(tempo!.bpm / 120 - 1) < 0.01 || Math.abs(tempo!.bpm / 60 - 1) < 0.01);
  }));

test("facts: names of keys go around the octave, in each language", async () => {
  const facts = (lang: string, tonic: number, mode: "major" | "minor", key: number) =>
    songFacts(
      { analysis: { key: { tonic, mode }, tempo: undefined, tuning: 440 }, key, tempo: 1 },
      textsFor(lang),
    ).key!;
  for (const lang of ["de", "fr", "es"]) await loadTexts(lang);
  assert.deepEqual(facts("en", 11, "minor", 0), { text: "Key Bm", spoken: "B minor" });
  assert.deepEqual(facts("de", 11, "minor", -1), {
    text: "Hm → Bm",
    spoken: "h-Moll, verschoben auf b-Moll",
  });
  assert.equal(facts("fr", 2, "major", -6).text, "Ré → La♭");
  assert.equal(facts("es", 10, "major", 6).spoken, "si bemol mayor, pasado a mi mayor");
  for (const lang of ["en", "de", "fr", "es"]) {
    for (const names of [textsFor(lang).keyNames, textsFor(lang).keyWords]) {
      assert.equal(new Set(names.split(", ")).size, 24, lang);
    }
  }
});
