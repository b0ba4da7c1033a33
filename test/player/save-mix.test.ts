// What is heard as a file: gains, master, loop, key and tempo, by the best stems there are. Real Chromium.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { PlayerAction, SaveOptions } from "../../src/player/index.ts";
import {
  MODEL,
  playMixer,
  startMixerHarness,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";
import { readWav } from "../support/wav.ts";
import { expectedOf, mixer, RATE } from "./song-stems.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** The mix as a file, by the page's player after these actions. */
async function savedMix(page: Page, actions: PlayerAction[], options: SaveOptions = {}) {
  await withMixer(
    page,
    async (mixer, actions) => {
      for (const action of actions) await mixer.player.dispatch(action);
    },
    actions,
  );
  const download = page.waitForEvent("download");
  await withMixer(
    page,
    async (mixer, options) => {
      const file = await mixer.player.dispatch({ do: "save", what: "mix", ...options });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file!);
      link.download = file!.name;
      link.click();
    },
    { format: "wav32f", ...options } as const,
  );
  const file = await download;
  const name = file.suggestedFilename();
  return { name, ...readWav(new Uint8Array(readFileSync(await file.path()))) };
}

test("save mix: the file is the sum of the better stems under gains and master", () =>
  harness.open(mixer("band.wav", 'quality="studio"'), async (page) => {
    const { song, stems } = await expectedOf(harness.sound("band.wav"));
    await playMixer(page);
    const { name, left, rate } = await savedMix(
      page,
      [
        { do: "mute", stem: "vocals" },
        { do: "gain", stem: "bass", decibels: -6 },
        { do: "master", decibels: -3 },
      ],
      { label: "karaoke" },
    );
    assert.equal(name, "band_karaoke.wav");
    assert.equal(rate, RATE);
    assert.equal(left.length, song.length);
    const gain = (decibels: number) => 10 ** (decibels / 20);
    let worst = 0;
    for (let n = 0; n < left.length; n++) {
      const due = gain(-3) * (stems.drums[n] + stems.other[n] + gain(-6) * stems.bass[n]);
      worst = Math.max(worst, Math.abs(left[n] - due));
    }
    assert.ok(worst < 1e-4, `off by ${worst}`);
  }));

test("save mix: a loop is saved alone, the whole song where that is asked for", () =>
  harness.open(`<stem-mixer src="/audio/short.wav" ${MODEL}></stem-mixer>`, async (page) => {
    await playMixer(page);
    const loop = { do: "loop", loop: { a: 0.25, b: 0.75 } } as const;
    const part = await savedMix(page, [loop]);
    assert.equal(part.left.length, RATE / 2);
    const due = readWav(readFileSync(harness.sound("short.wav"))).left.slice(RATE / 4);
    assert.ok(part.left.every((x, n) => Math.abs(x - due[n]) < 1e-4));
    const whole = await savedMix(page, [], { range: "song" });
    assert.equal(whole.left.length, RATE);
  }));

/** Frequency in Hz, from the upward zero crossings of the middle. */
function pitch(samples: Float64Array): number {
  const middle = samples.subarray(samples.length / 4, (3 * samples.length) / 4);
  let [first, last, count] = [0, 0, -1];
  for (let n = 1; n < middle.length; n++) {
    if (!(middle[n - 1] < 0 && middle[n] >= 0)) continue;
    last = n - middle[n] / (middle[n] - middle[n - 1]);
    if (++count === 0) first = last;
  }
  return (count * RATE) / (last - first);
}

test("save mix: another key and tempo are in the file, its length exact", () =>
  harness.open(`<stem-mixer src="/audio/short.wav" ${MODEL}></stem-mixer>`, async (page) => {
    await playMixer(page);
    const { left } = await savedMix(page, [
      { do: "key", semitones: 3 },
      { do: "tempo", factor: 0.8 },
    ]);
    assert.equal(left.length, RATE / 0.8);
    const heard = pitch(left);
    assert.ok(Math.abs(heard / (440 * 2 ** (3 / 12)) - 1) < 0.005, `${heard} Hz`);
  }));

test("save mix: at another tempo every beat is where the tempo puts it", () =>
  harness.open(`<stem-mixer src="/audio/beats.wav" ${MODEL}></stem-mixer>`, async (page) => {
    await playMixer(page);
    const { left } = await savedMix(page, [{ do: "tempo", factor: 0.8 }]);
    for (let beat = 1; beat < 8; beat++) {
      const due = (beat * 0.5 * RATE) / 0.8;
      const around = left.subarray(due - 0.2 * RATE, due + 0.2 * RATE).map(Math.abs);
      const found = around.findIndex((x) => x > 0.3) / RATE - 0.2;
      assert.ok(Math.abs(found) < 0.02, `beat ${beat} is ${found} s off`);
    }
  }));

test("save mix: a Stem file of a mix is refused by name", () =>
  harness.open(`<stem-mixer src="/audio/short.wav" ${MODEL}></stem-mixer>`, async (page) => {
    await playMixer(page);
    await assert.rejects(
      withMixer(page, (mixer) =>
        mixer.player.dispatch({ do: "save", what: "mix", format: "stem.mp4" }),
      ),
      /A mix has no Stem file: save it as WAV, FLAC or MP3/,
    );
  }));

test("save mix: one that is cancelled while its code is fetched never begins", () =>
  harness.open(`<stem-mixer src="/audio/short.wav" ${MODEL}></stem-mixer>`, async (page) => {
    await playMixer(page);
    const saved = await withMixer(page, async ({ player }) => {
      const seen: unknown[] = [];
      player.subscribe(({ saving }) => seen.push(saving));
      const saving = player.dispatch({ do: "save", what: "mix" });
      await player.dispatch({ do: "save-cancel" });
      return { file: await saving, began: seen.some((saving) => saving !== undefined) };
    });
    assert.deepEqual(saved, { file: undefined, began: false });
  }));
