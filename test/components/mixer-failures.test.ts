// <stem-mixer> when parts of it cannot be had, or what it works with goes away: nothing is left over,
// nothing is lost, and there is a way on. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { workersEnded } from "../separator/harness.ts";
import {
  MODEL,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

test("without the mixer's worklet no worker is left behind, and a second try succeeds", () =>
  harness.open(TONE, async (page) => {
    // Playwright does not see a worklet's requests.
    await page.evaluate(() => {
      const { prototype } = AudioWorklet;
      const { addModule } = prototype;
      prototype.addModule = function (url, options) {
        if (!String(url).includes("mixer-worklet")) return addModule.call(this, url, options);
        prototype.addModule = addModule;
        return Promise.reject(new DOMException("gone", "AbortError"));
      };
    });
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.getByRole("alert").getByText("mixer-worklet.js cannot be loaded").waitFor();
    await workersEnded(page);
    await page.getByRole("button", { name: "Try again" }).click();
    await playMixer(page);
  }));

test("a part that cannot be loaded is asked for once, and said to be missing", () =>
  harness.open(
    `<stem-mixer feedback-guard="off" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      await page.getByText("Drop a song here").waitFor();
      const asked: string[] = [];
      await page.route("**/dist/chunk-*.js", (route) => {
        asked.push(route.request().url());
        return route.abort();
      });
      await withMixer(page, (mixer) => (mixer.source = "microphone"));
      await page.getByRole("alert").getByText("A part of Danna-Sep cannot be loaded").waitFor();
      // What would ask again does so whenever it renders.
      for (let i = 0; i < 20; i++) {
        await withMixer(page, (mixer) => {
          mixer.requestUpdate();
          return mixer.updateComplete;
        });
      }
      assert.deepEqual(asked, [...new Set(asked)]);
      problems.length = 0;
    },
  ));

test("recording: what was recorded of a host's context that was closed is not lost", () =>
  harness.open(TONE, async (page) => {
    await withMixer(page, (mixer) => (mixer.context = new AudioContext()));
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.startRecording("mix"));
    await untilMixer(page, (mixer) => mixer.session!.recorded! > 0.5);
    const [file] = await withMixer(page, async (mixer) => {
      await mixer.context!.close();
      const files = await mixer.stopRecording();
      return files.map(({ name, size }) => ({ name, size }));
    });
    assert.equal(file.name, "tone.wav");
    assert.ok(file.size > 0.5 * 44100 * 6, `${file.size} bytes`);
  }));

test("saving ends when another song is opened before it has begun", () =>
  harness.open(TONE, async (page) => {
    await playMixer(page);
    const saved = await withMixer(page, async (mixer) => {
      const saving = mixer.saveStems();
      // It has been asked for once the controller is there.
      while (!mixer.saving()) await new Promise(requestAnimationFrame);
      const other = await (await fetch("/audio/short.wav")).blob();
      const opening = mixer.load(new File([other], "short.wav"));
      const file = await saving;
      await opening;
      return file?.name;
    });
    assert.equal(saved, undefined);
  }));

/** A MIDI input whose access is given when the test says so. */
const LATE_MIDI = `
  const input = Object.assign(new EventTarget(), {
    id: "1", name: "Test pad", manufacturer: "", version: "", type: "input",
    state: "connected", connection: "open", onmidimessage: null, onstatechange: null,
    open: async () => input, close: async () => input,
  });
  globalThis.midi = (...data) => input.onmidimessage?.(
    Object.assign(new Event("midimessage"), { data: Uint8Array.from(data) }));
  const allowed = new Promise((resolve) => (globalThis.allow = resolve));
  navigator.requestMIDIAccess = async () => {
    await allowed;
    return Object.assign(new EventTarget(), {
      inputs: new Map([["1", input]]), outputs: new Map(), sysexEnabled: false, onstatechange: null,
    });
  };`;

test("MIDI that is asked for twice before it is allowed is let go of when the mixer leaves", () =>
  harness.open(TONE, async (page) => {
    await page.addInitScript(LATE_MIDI);
    await page.reload();
    const send = (value: number) =>
      page.evaluate(
        (value) =>
          (globalThis as unknown as { midi(...data: number[]): void }).midi(0xb2, 7, value),
        value,
      );
    await page.getByRole("button", { name: "MIDI" }).click();
    const learn = page.getByRole("button", { name: "Learn" });
    await learn.click();
    await learn.click();
    await page.evaluate(() => (globalThis as unknown as { allow(): void }).allow());
    while ((await page.getByText("controller 7, channel 3").count()) === 0) await send(64);
    await send(127);
    const mixer = await page.evaluateHandle(() => document.querySelector("stem-mixer")!);
    const gain = () => mixer.evaluate((mixer) => mixer.mix.vocals.gain);
    assert.equal(await gain(), 12);
    await mixer.evaluate((mixer) => mixer.remove());
    await send(0);
    assert.equal(await gain(), 12);
  }));

test("a video that turns to another origin is seen as it is, not under its last readable frame", () =>
  harness.open(
    `<video id="clip" src="/audio/clip.webm" width="160" height="90" muted loop></video>
     <stem-mixer for="clip" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      await playMixer(page);
      const canvas = page.locator("video + canvas");
      await canvas.waitFor();
      await page.locator("video").evaluate((video: HTMLVideoElement, src) => {
        video.src = src;
        return video.play();
      }, `${harness.server.url}/audio/clip.webm`);
      await page.getByRole("alert").getByText("may not be read").waitFor();
      await canvas.waitFor({ state: "hidden" });
      await frames(page, 5);
      assert.ok(await canvas.isHidden());
      assert.deepEqual(problems, []);
    },
    { isolated: false },
  ));

/** Waits until the video has shown so many frames. */
const frames = (page: Page, count: number) =>
  page.locator("video").evaluate(async (video: HTMLVideoElement, count) => {
    for (let i = 0; i < count; i++)
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  }, count);
