// The browser extension, loaded in a real Chromium: a tab that plays a song of another origin is taken apart, a knob
// of the popup is heard, and stopping lets go of the tab. The popup is opened as a tab: nothing can press the
// toolbar's button of a headless browser, so that the browser is told to trust this extension with any tab. What
// the loudspeakers get of the tab after the end is the browser's, and not measured.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Answer } from "../../components/extension/messages.ts";
import { auditPage } from "../components/pages.ts";
import { findChromium, playwright } from "../support/programs.ts";
import { startServer } from "../support/server.ts";

const FOLDER = path.resolve("dist/extension");

/** Of an unpacked extension: the hash of its folder's path, in the letters a to p. */
const ID = [...createHash("sha256").update(FOLDER).digest("hex").slice(0, 32)]
  .map((digit) => String.fromCharCode(97 + parseInt(digit, 16)))
  .join("");

interface Manifest {
  version: string;
  icons: Record<string, string>;
  action: { default_icon: Record<string, string> };
}

/** What the offscreen document says, asked from the popup. */
const tell = (popup: Page): Promise<Answer> =>
  popup.evaluate(() => chrome.runtime.sendMessage({ do: "tell" }) as Promise<Answer>);

/** Asks until the answer is as wanted. */
async function until(popup: Page, wanted: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await tell(popup);
    if (answer.status === "error") throw new Error(answer.error);
    if (wanted(answer)) return answer;
    await popup.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
}

test("extension: its version is the package's, and its icons have their sizes", async () => {
  const read = async (file: string) => JSON.parse(await readFile(file, "utf8")) as Manifest;
  const manifest = await read(path.join(FOLDER, "manifest.json"));
  assert.equal(manifest.version, (await read("package.json")).version);
  for (const [size, file] of Object.entries({
    ...manifest.icons,
    ...manifest.action.default_icon,
  })) {
    const png = await readFile(path.join(FOLDER, file));
    // The width and height of a PNG's first chunk.
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [Number(size), Number(size)]);
  }
});

test("extension: a tab's song of another origin goes through four knobs, and stopping lets go of it", async () => {
  const profile = await mkdtemp(path.join(tmpdir(), "danna-extension-"));
  const songs = await startServer({ mounts: { "/": "components/demo/song" }, isolated: false });
  const site = await startServer({
    mounts: {},
    isolated: false,
    pages: {
      "/": `<!doctype html><html lang="en"><title>A radio</title><audio loop src="${songs.url}/song.mp3"></audio>
        <button onclick="document.querySelector('audio').play()">Play</button></html>`,
    },
  });
  const context = await playwright().chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    ignoreDefaultArgs: ["--disable-extensions", "--mute-audio"],
    args: [
      "--no-sandbox",
      `--disable-extensions-except=${FOLDER}`,
      `--load-extension=${FOLDER}`,
      `--allowlisted-extension-id=${ID}`,
    ],
  });
  try {
    const problems: string[] = [];
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(message.text());
    });
    context.on("weberror", (error) => problems.push(String(error.error())));
    await context.addInitScript("globalThis.__name = (named) => named");
    const radio = await context.newPage();
    await radio.goto(site.url);
    await radio.getByRole("button", { name: "Play" }).click();
    await radio.waitForFunction(() => document.querySelector("audio")!.currentTime > 0);
    const popup = await context.newPage();
    await popup.goto(`chrome-extension://${ID}/popup.html`);
    await popup.setViewportSize({ width: 352, height: 320 });
    await auditPage(popup, "popup before the start");

    // What the browser refuses is said, and stays to be read while the popup looks what the sound is doing. A
    // browser that trusts the extension refuses nothing: the refusal is made here.
    await popup.evaluate(() => {
      const { offscreen, tabCapture } = chrome;
      tabCapture.getMediaStreamId = () => Promise.reject(new Error("Not invoked"));
      const looks = { count: 0 };
      const has = offscreen.hasDocument.bind(offscreen);
      offscreen.hasDocument = () => {
        looks.count++;
        return has();
      };
      Object.assign(globalThis, { looks });
      document.querySelector<HTMLElement>("#start")!.click();
    });
    const refusal = popup.getByText("The browser does not give this tab’s sound");
    await refusal.waitFor();
    const looks = () => (globalThis as unknown as { looks: { count: number } }).looks.count;
    const before = await popup.evaluate(looks);
    while ((await popup.evaluate(looks)) < before + 3);
    assert.ok(await refusal.isVisible());
    await popup.reload();

    // The tab that is in front is the one that is meant.
    await radio.bringToFront();
    await popup.evaluate(() => document.querySelector<HTMLElement>("#start")!.click());
    await popup.getByText("Playing in four parts.").waitFor();
    await until(popup, ({ input, output }) => input > 0.05 && output > 0.05);
    await popup.bringToFront();
    await auditPage(popup, "popup at work");

    // With the others silent, the vocals' knob is all that is heard, and takes it all away.
    const turn = (stem: string, key: "Home" | "End") =>
      popup.getByRole("slider", { name: stem }).press(key);
    for (const stem of ["Drums", "Bass", "Other"]) await turn(stem, "Home");
    await until(popup, ({ gains, output }) => gains.other === -60 && output > 0.02);
    await turn("Vocals", "Home");
    await until(popup, ({ gains, input, output }) => {
      return gains.vocals === -60 && input > 0.05 && output < 1e-4;
    });
    await turn("Vocals", "End");
    await until(popup, ({ output }) => output > 0.05);

    // The popup that is opened again finds it as it was.
    await popup.reload();
    await popup.getByText("Playing in four parts.").waitFor();
    const spoken = popup.getByRole("slider", { name: "Bass" });
    await popup.waitForFunction(
      (knob) => knob?.getAttribute("aria-valuetext") === "silent",
      await spoken.elementHandle(),
    );

    const captures = () =>
      popup.evaluate(async () => {
        const { tabCapture } = chrome as unknown as {
          tabCapture: { getCapturedTabs(): Promise<{ status: string }[]> };
        };
        return (await tabCapture.getCapturedTabs()).filter(({ status }) => status === "active")
          .length;
      });
    assert.equal(await captures(), 1);
    await popup.getByRole("button", { name: "Give the tab its sound back" }).click();
    await popup.getByText("Four knobs for this tab’s sound.").waitFor();
    while ((await captures()) > 0) await popup.evaluate(() => new Promise(requestAnimationFrame));
    assert.equal(await radio.evaluate(() => document.querySelector("audio")!.paused), false);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    await site.close();
    await songs.close();
    await rm(profile, { recursive: true, force: true });
  }
});
