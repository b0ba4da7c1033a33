// Export's panel: what is chosen in it is what comes out, and it is in sight. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import {
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const MIXER = `<stem-mixer src="/audio/short.wav" preset="karaoke" ${MODEL}></stem-mixer>`;
/** So high that a mixer's panels begin at the window's lower edge. */
const LOW = `<div style="height: 600px"></div>${MIXER}`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** As a song that has been heard and stopped: nothing draws the mixer anew. */
async function playAndPause(page: Page): Promise<void> {
  await playMixer(page);
  await withMixer(page, (mixer) => mixer.pause());
  await untilMixer(page, (mixer) => mixer.player.state.nodes!.context.state === "suspended");
}

async function exported(page: Page): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Start the export" }).click(),
  ]);
  return download.suggestedFilename();
}

test("export: a paused song comes in the format that was chosen, and says that it is saved", () =>
  harness.open(MIXER, async (page) => {
    await playAndPause(page);
    await page.getByRole("button", { name: "What to export" }).click();
    await page.getByLabel("Format").selectOption("mp3");
    assert.equal(await exported(page), "short_karaoke.mp3");
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Save short_karaoke.mp3 again" }).waitFor();
    await page.getByLabel("Format").selectOption("flac");
    assert.equal(await exported(page), "short_karaoke.flac");
  }));

test("export: before the first play its button says what it waits for", () =>
  harness.show(MIXER, async (page) => {
    const button = page.getByRole("button", { name: "Export", exact: true });
    assert.ok(await button.isDisabled());
    assert.equal(await button.getAttribute("title"), "Export waits for the first play");
    await playMixer(page);
    await page.locator("button[part~=export]:not([title])").waitFor();
  }));

/** Whether the lower edge of `selector` is inside the window. */
const untilInSight = (page: Page, selector: string) =>
  page.waitForFunction((selector) => {
    const part = document.querySelector("stem-mixer")!.shadowRoot!.querySelector(selector);
    const box = part?.getBoundingClientRect();
    return box && box.height > 0 && box.bottom <= innerHeight + 1;
  }, selector);

test("a panel that opens below the window comes into sight, once, and takes no focus", () =>
  harness.open(LOW, async (page) => {
    await page.setViewportSize({ width: 1280, height: 720 });
    await playAndPause(page);
    await page.evaluate(() => scrollTo(0, 0));
    await page.getByRole("button", { name: "What to export" }).click();
    await page.getByRole("button", { name: "Start the export" }).waitFor();
    await untilInSight(page, "#panel");
    const focused = () =>
      withMixer(page, (mixer) => mixer.shadowRoot!.activeElement?.getAttribute("aria-label"));
    assert.equal(await focused(), "What to export");
    await page.evaluate(() => scrollTo(0, 0));
    await withMixer(page, async (mixer) => {
      mixer.requestUpdate();
      await mixer.updateComplete;
    });
    assert.equal(await page.evaluate(() => scrollY), 0);
  }));

test("a recording that is ready below the window comes into sight", () =>
  harness.open(LOW.replace("short.wav", "tone.wav"), async (page) => {
    await page.setViewportSize({ width: 1280, height: 720 });
    await playMixer(page);
    await openTool(page, "Record");
    await page.getByRole("button", { name: "Start recording" }).click();
    await untilMixer(page, (mixer) => (mixer.player.recordedSeconds ?? 0) > 0.3);
    await page.evaluate(() => scrollTo(0, 0));
    await page.getByRole("button", { name: "Stop recording" }).click();
    await page.getByText("Recording ready").waitFor();
    await untilInSight(page, "#panel .files");
  }));
