// Models of one's own in the mixer: dropped, agreed to, used, kept, forgotten. Real Chromium; the live model is
// the identity, the own one makes stems of frequency bands.
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { auditPage } from "./pages.ts";
import {
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** Drops files of the server's on the mixer. */
const drop = (page: Page, urls: readonly string[]) =>
  page.evaluate(async (urls) => {
    const dataTransfer = new DataTransfer();
    for (const url of urls) {
      const bytes = await (await fetch(url)).arrayBuffer();
      dataTransfer.items.add(new File([bytes], url.split("/").at(-1)!));
    }
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("stem-mixer")!.dispatchEvent(event);
  }, urls);

/** How much of a model is kept in the browser. */
const keptOf = (page: Page, name: string) =>
  page.evaluate(async (name) => {
    const cache = await caches.open("danna-sep-models");
    return (await cache.keys()).filter(({ url }) => url.includes(name)).length;
  }, name);

const BANDS = ["/models/bands.onnx", "/models/bands.json"];
const SONG = `<stem-mixer src="/audio/band.wav" ${MODEL}></stem-mixer>`;
const OWN = "https://danna-sep.invalid/:own/bands.json";

const studioModel = (page: Page) =>
  withMixer(page, (mixer) => mixer.player.state.settings.studioModel);

test("a dropped model computes better stems once its licence is accepted, also at the next visit, until it is deleted", () =>
  harness.open(SONG, async (page) => {
    await drop(page, BANDS);
    await page.getByText("Licence: CC0-1.0").waitFor();
    await auditPage(page, "offered model");
    assert.notEqual(await studioModel(page), OWN, "nothing before it is accepted");
    await page.getByRole("button", { name: "Accept and use" }).click();
    await page.getByRole("button", { name: /^bands,/ }).waitFor();
    assert.equal(await studioModel(page), OWN);
    await playMixer(page);
    await untilMixer(page, (mixer) => mixer.player.state.better?.ready === 1);

    await page.reload();
    await playMixer(page);
    await untilMixer(page, (mixer) =>
      mixer.player.state.settings.studioModel?.endsWith("/bands.json"),
    );
    await openTool(page, "Details");
    await page.getByRole("button", { name: "Delete the model bands" }).click();
    await page.getByRole("button", { name: /^bands,/ }).waitFor({ state: "detached" });
    assert.notEqual(await studioModel(page), OWN);
    assert.equal(await keptOf(page, "bands"), 0);
  }));

test("how long a model will take for the song on this device is said before anything of it is kept", () =>
  harness.open('<stem-mixer src="/audio/tone.wav"></stem-mixer>', async (page) => {
    for (const file of ["karaoke.onnx", "karaoke.json"]) {
      copyFileSync(`models/${file}`, path.join(harness.folder, file));
    }
    await drop(page, ["/audio/karaoke.onnx", "/audio/karaoke.json"]);
    await page.getByText(/^About \d+:\d\d of computing for a minute of sound on this/).waitFor();
    await page.getByText("Licence: ").waitFor();
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.nodes), undefined);
    await playMixer(page);
    await page.getByText(/^About \d+:\d\d of computing for this song on this device/).waitFor();
    assert.equal(await keptOf(page, "karaoke"), 0);
  }));

test("what is no model is refused by name, and the song plays on", () =>
  harness.open(SONG, async (page) => {
    await playMixer(page);
    // On a busy machine this takes longer than the song.
    await withMixer(page, (mixer) => void (mixer.loop = { a: 0, b: mixer.duration }));
    for (const [files, message] of [
      [["/models/bands.onnx"], /bands\.onnx cannot be used as a model: .*manifest/],
      [["/models/bands.onnx", "/models/identity.json"], /bands\.onnx .*SHA-256.*identity\.json/],
      [["/models/bands.onnx", "/models/blended.json"], /blended\.json .*blend/],
    ] as const) {
      await drop(page, files);
      await page.getByText(message).waitFor();
      await withMixer(page, (mixer) => mixer.dispatch({ do: "dismiss" }));
      await page.getByText(message).waitFor({ state: "detached" });
    }
    assert.equal(await withMixer(page, (mixer) => mixer.paused), false);
  }));

test("a model can be brought before any song", () =>
  harness.open(`<stem-mixer ${MODEL}></stem-mixer>`, async (page) => {
    await drop(page, BANDS);
    await page.getByRole("button", { name: "Accept and use" }).click();
    await page.getByRole("button", { name: /^bands,/ }).waitFor();
    assert.equal(await studioModel(page), OWN);
  }));
