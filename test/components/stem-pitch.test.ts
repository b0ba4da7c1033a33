// <stem-pitch> in a real Chromium: the pitch of the song's voice and of the microphone. Both are a tone of 440 Hz.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MODEL, playMixer, startMixerHarness, type MixerHarness } from "./mixer-harness.ts";
import { auditPage } from "./pages.ts";

/** 440 Hz as a MIDI note. */
const NOTE = 69;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const BODY = `<stem-mixer src="/audio/tone.wav" ${MODEL}>
    <stem-pitch></stem-pitch><stem-lyrics></stem-lyrics><stem-singer></stem-singer>
  </stem-mixer>
  <script type="module" src="/dist/karaoke.js"></script>`;

test("the ribbon follows the song's voice and the singer's, and shows the notes of the words", () =>
  harness.open(BODY, async (page) => {
    await playMixer(page);
    await page.getByRole("button", { name: "Sing with the microphone" }).click();
    await page.waitForFunction(
      () => {
        const { song, voice } = document.querySelector("stem-pitch")!.tracks;
        return [song, voice].every(
          ({ points }) => points.filter(({ note }) => !Number.isNaN(note)).length > 10,
        );
      },
      undefined,
      { timeout: 60_000 },
    );
    const tracks = await page.evaluate(() => {
      const { song, voice } = document.querySelector("stem-pitch")!.tracks;
      return [song, voice].map(({ points }) => points.map(({ note }) => note));
    });
    for (const notes of tracks) {
      const sung = notes.filter((note) => !Number.isNaN(note));
      const right = sung.filter((note) => Math.abs(note - NOTE) <= 0.5).length / sung.length;
      assert.ok(right >= 0.9, `${right} of ${sung.length} right`);
    }
    assert.ok(await page.getByText("You", { exact: true }).isVisible());
    assert.ok(await page.getByText("Song", { exact: true }).isVisible());
    const legend = page.getByText("Notes", { exact: true });
    assert.equal(await legend.isVisible(), false, "the words have no notes yet");
    /** Pixels that are not empty. */
    const drawn = () =>
      page.evaluate(() => {
        const canvas = document.querySelector("stem-pitch")!.shadowRoot!.querySelector("canvas")!;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 3 && value > 0).length;
      });
    await page.evaluate(() => {
      document.querySelector("stem-mixer")!.pause();
      return document.querySelector("stem-lyrics")!.load("Only words");
    });
    const without = await drawn();
    const notes = Array.from({ length: 40 }, (_, i) => `: ${i * 5} 4 ${9 - (i % 3)} la`).join("\n");
    await page.evaluate(
      (text) => document.querySelector("stem-lyrics")!.load(text),
      `#BPM:150\n${notes}\nE`,
    );
    while ((await drawn()) < without + 500)
      await page.evaluate(() => new Promise(requestAnimationFrame));
    await auditPage(page, "pitches");
  }));
