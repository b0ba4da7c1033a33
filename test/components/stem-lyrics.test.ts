// <stem-lyrics> in a real Chromium: where words come from, how they are read and shown; lyrics-in-time.test.ts has their times.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { findFfmpeg } from "../support/programs.ts";
import {
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";
import { auditPage } from "./pages.ts";
import { body, shows, writeWords } from "./words.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  writeWords(harness);
  const tagged = path.join(harness.folder, "tagged.flac");
  const short = harness.sound("short.wav");
  execFileSync(findFfmpeg(), ["-v", "error", "-i", short, "-metadata", "title=Its name", tagged]);
  writeFileSync(path.join(harness.folder, "plain.txt"), "One\nTwo\nThree\n".repeat(40));
});
after(() => harness.close());

const textOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelector("stem-lyrics")!.shadowRoot!.querySelectorAll(".line")].map((line) =>
      line.textContent.trim(),
    ),
  );
test("the current line is marked and stands in view, also after a seek; a click on a line seeks there", () =>
  harness.open(
    body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`),
    async (page) => {
      await shows(page, "w0");
      const current = page.locator("stem-lyrics [aria-current]");
      await playMixer(page);
      await withMixer(page, (mixer) => {
        mixer.pause();
        mixer.seek(13.1);
      });
      await current.filter({ hasText: "w30" }).waitFor();
      assert.equal(await current.count(), 1);
      const inView = () =>
        page.evaluate(() => {
          const root = document.querySelector("stem-lyrics")!.shadowRoot!;
          const [view, line] = [".window", "[aria-current]"].map((selector) =>
            root.querySelector(selector)!.getBoundingClientRect(),
          );
          return line.top >= view.top && line.bottom <= view.bottom;
        });
      assert.ok(await inView());
      await page.locator("stem-lyrics .line", { hasText: "w35" }).click();
      await untilMixer(page, (mixer) => mixer.position === 14);
      await current.filter({ hasText: "w35" }).waitFor();
      await auditPage(page, "lyrics");
    },
    { reducedMotion: "reduce" },
  ));

test("words without times scroll with the song's share", () =>
  harness.open(body(`src="/audio/words.wav"`, `src="/audio/plain.txt"`), async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => {
      mixer.pause();
      mixer.seek(mixer.duration / 2);
    });
    await page.waitForFunction(() => {
      const view = document.querySelector("stem-lyrics")!.shadowRoot!.querySelector(".window")!;
      const share = view.scrollTop / (view.scrollHeight - view.clientHeight);
      return Math.abs(share - 0.5) < 0.01;
    });
    assert.equal(await page.locator("stem-lyrics [aria-current]").count(), 0);
  }));

/** Drops files on the mixer: each a name and a text, or an address. */
const drop = (page: Page, files: Readonly<Record<string, string>>) =>
  page.evaluate(async (files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, content] of Object.entries(files)) {
      const isSong = content.startsWith("/");
      const part = isSong ? await (await fetch(content)).arrayBuffer() : content;
      dataTransfer.items.add(new File([part], name));
    }
    const target = document.querySelector("stem-mixer")!;
    target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, files);

test("words come with a dropped song or alone, go with it, and the page's own come back", () =>
  harness.open(
    body(`src="/audio/words.wav"`, "", `<track kind="lyrics" src="/audio/words.lrc">`),
    async (page) => {
      await shows(page, "w0");
      await drop(page, { "a.lrc": "[00:01.00]With the song", "a.wav": "/audio/short.wav" });
      await shows(page, "With the song");
      await untilMixer(page, (mixer) => mixer.player.state.source?.title === "a");
      await drop(page, { "b.txt": "Alone" });
      await shows(page, "Alone");
      assert.equal(await withMixer(page, (mixer) => mixer.player.state.source?.title), "a");
      await drop(page, { "b.wav": "/audio/short.wav" });
      await page.getByText("No words yet").waitFor();
      await withMixer(page, (mixer) => mixer.close());
      await shows(page, "w0");
    },
  ));

test("words are pasted, and a paste that holds none says so and leaves what there was", () =>
  harness.open(body(`src="/audio/words.wav"`), async (page) => {
    await page.getByRole("button", { name: "Paste words" }).click();
    await auditPage(page, "pasting");
    await page.getByRole("textbox").fill("First\nSecond <b>line</b>");
    await page.getByRole("button", { name: "Show them" }).click();
    await shows(page, "First");
    assert.deepEqual(await textOf(page), ["First", "Second <b>line</b>"]);
    await page.evaluate(() => document.querySelector("stem-lyrics")!.askForText());
    await page.getByRole("button", { name: "Show them" }).click();
    await page.getByRole("alert").filter({ hasText: "holds no words" }).waitFor();
    await page.getByRole("textbox").press("Escape");
    assert.deepEqual(await textOf(page), ["First", "Second <b>line</b>"]);
    const hasFocus = () =>
      page.locator("stem-lyrics").evaluate((lyrics) => lyrics.matches(":focus"));
    assert.ok(await hasFocus(), "focus is in the words");
    // What opens the field from outside has the focus again, however that is closed.
    await page.evaluate(() => {
      const button = document.createElement("button");
      button.textContent = "Words";
      button.onclick = () => void document.querySelector("stem-lyrics")!.askForText();
      document.body.append(button);
    });
    const open = page.getByRole("button", { name: "Words", exact: true });
    for (const close of [
      () => page.keyboard.press("Escape"),
      () => page.getByRole("button", { name: "Cancel" }).press("Enter"),
      () => page.getByRole("button", { name: "Show them" }).press("Enter"),
    ]) {
      await open.press("Enter");
      await page.getByRole("textbox").fill("Third");
      await close();
      await page.getByRole("textbox").waitFor({ state: "detached" });
      assert.ok(await open.evaluate((button) => button.matches(":focus")));
    }
    await page.getByRole("button", { name: "Undo" }).press("Enter");
    await shows(page, "First");
    assert.ok(await hasFocus());
  }));

test("words that cannot be read are refused in the page's language", () =>
  harness.open(
    body(`src="/audio/words.wav"`),
    async (page) => {
      await page.getByRole("button", { name: "Text einfügen" }).click();
      await page.getByRole("textbox").fill("[ti:Nothing]");
      await page.getByRole("button", { name: "Anzeigen" }).click();
      await page.getByRole("alert").getByText("kein Liedtext, der sich lesen lässt").waitFor();
    },
    { lang: "de" },
  ));

test("words that take the place of others can be undone, and are the song's own no longer with the next", () =>
  harness.open(body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`), async (page) => {
    await shows(page, "w0");
    await drop(page, { "b.txt": "Alone" });
    await shows(page, "Alone");
    await page.getByRole("status").filter({ hasText: "Words replaced" }).waitFor();
    await auditPage(page, "words replaced");
    await page.getByRole("button", { name: "Undo" }).click();
    await shows(page, "w0");
    assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0);
  }));

test("words go as soon as another song loads, and come back where that fails", () =>
  harness.open(body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`), async (page, problems) => {
    await playMixer(page);
    await shows(page, "w0");
    const during = await withMixer(page, (mixer) => {
      const lyrics = document.querySelector("stem-lyrics")!;
      void mixer.load(new File(["no sound"], "broken.wav"));
      return [mixer.state, lyrics.lyrics, mixer.player.state.coming?.title];
    });
    assert.deepEqual(during, ["loading", null, "broken"]);
    await page.getByRole("alert").filter({ hasText: '"broken.wav" is no audio' }).waitFor();
    await shows(page, "w0");
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.coming), undefined);
    problems.length = 0;
  }));

test("the current line stands in view again after the field for words was closed", () =>
  harness.open(
    body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`),
    async (page) => {
      await playMixer(page);
      await withMixer(page, (mixer) => {
        mixer.pause();
        mixer.seek(mixer.duration);
      });
      const isLastShown = () =>
        page.waitForFunction(() => {
          const root = document.querySelector("stem-lyrics")!.shadowRoot!;
          const view = root.querySelector(".window")?.getBoundingClientRect();
          const line = [...root.querySelectorAll(".line")].at(-1)?.getBoundingClientRect();
          return view && line && line.top >= view.top && line.bottom <= view.bottom;
        });
      await isLastShown();
      await page.evaluate(() => document.querySelector("stem-lyrics")!.askForText());
      await page.getByRole("textbox").press("Escape");
      await isLastShown();
    },
    { reducedMotion: "reduce" },
  ));

test("words that were given before the first play stay when the song turns out to have another title", () =>
  harness.open(body(`src="/audio/tagged.flac"`), async (page) => {
    await page.evaluate(() => document.querySelector("stem-lyrics")!.load("Given"));
    await playMixer(page);
    await untilMixer(page, (mixer) => mixer.player.state.source?.title === "Its name");
    assert.deepEqual(await textOf(page), ["Given"]);
  }));

test("a file that lies beside the song is found where that is wished; an address without words says so", () =>
  harness.open(body(`src="/audio/words.wav"`, "beside"), async (page, problems) => {
    await shows(page, "w0");
    await page.evaluate(() => (document.querySelector("stem-lyrics")!.src = "/audio/none.lrc"));
    const alert = page.getByRole("alert");
    await alert
      .filter({ hasText: /none\.lrc cannot be loaded \(404\): check the address/ })
      .waitFor();
    assert.equal(await page.locator("stem-lyrics .line").count(), 0);
    problems.length = 0;
  }));

test("long lines wrap, and those of right-to-left scripts run so", () =>
  harness.open(body(`src="/audio/words.wav"`), async (page) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await drop(page, { "a.lrc": `[00:01.00]${"long".repeat(40)}\n[00:02.00]שלום עולם` });
    await shows(page, "long");
    const [overflow, direction] = await page.evaluate(() => {
      const root = document.querySelector("stem-lyrics")!.shadowRoot!;
      const view = root.querySelector(".window")!;
      const line = root.querySelectorAll(".line")[1];
      return [view.scrollWidth - view.clientWidth, getComputedStyle(line).direction] as const;
    });
    assert.deepEqual([overflow, direction], [0, "rtl"]);
  }));
