// The demo page as a listener uses it: a song, sliders, a microphone, mishaps, small screens.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { auditPage } from "../components/pages.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";

/** Puts an analyser beside the loudspeakers, in `window.tap`. */
const TAP = `
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      window.tap = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, window.tap);
    }
    return connect.call(this, target, ...rest);
  };
  window.peakNow = () => {
    const samples = new Float32Array(2048);
    window.tap?.getFloatTimeDomainData(samples);
    return Math.max(...samples.map(Math.abs));
  };`;

let browser: Browser;
let server: Server;
let folder: string;
let tone: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-demo-"));
  tone = path.join(folder, "tone.wav");
  execFileSync(findFfmpeg(), ["-v", "error", "-f", "lavfi", "-i", "sine=f=440:d=1", tone]);
  browser = await launchChromium([
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${tone}`,
  ]);
  server = await startServer({ mounts: { "/": "dist" }, isolated: true });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function withDemo(
  body: (page: Page, problems: string[], context: BrowserContext) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  await context.addInitScript(TAP);
  try {
    await withPage(context, `${server.url}/demo/plain.html`, (page, problems) =>
      body(page, problems, context),
    );
  } finally {
    await context.close();
  }
}

const says = (page: Page, message: string) =>
  page.locator("#status", { hasText: message }).waitFor();
const sounds = (page: Page) => page.waitForFunction("peakNow() > 0.01");
const isSilent = (page: Page) => page.waitForFunction("peakNow() < 1e-5");

test("the demo song is heard, each slider acts on it, and figures are shown", async () => {
  await withDemo(async (page) => {
    await page.getByRole("button", { name: "Demo song" }).click();
    await says(page, "Separating the demo song.");
    await sounds(page);
    for (const stem of ["Vocals", "Drums", "Bass", "Other"]) {
      await page.getByRole("slider", { name: stem }).fill("0");
    }
    await isSilent(page);
    await page.getByLabel("Original").check();
    await sounds(page);
    await page.getByLabel("Original").uncheck();
    await isSilent(page);

    await page.getByRole("slider", { name: "Drums" }).fill("150");
    assert.equal(await page.locator("output[for=drums]").textContent(), "150 %");
    await sounds(page);
    const latency = Number.parseFloat((await page.locator("#latency").textContent()) ?? "");
    await page.getByLabel("Latency mode").selectOption("safe");
    await page.waitForFunction(
      (before) => Number.parseFloat(document.getElementById("latency")!.textContent) > before,
      latency,
    );
    await sounds(page);
    await page.waitForFunction(
      () => Number.parseFloat(document.getElementById("load")!.textContent) > 0,
    );

    await page.getByRole("button", { name: "Pause" }).click();
    await isSilent(page);
    await page.getByRole("button", { name: "Play" }).click();
    await sounds(page);
  });
});

test("a song that is opened ends, and what is no song is refused by name", async () => {
  await withDemo(async (page) => {
    await page.getByLabel("Open a song").setInputFiles(tone);
    await says(page, 'Separating "tone.wav".');
    await says(page, "The song is over.");
    await page.getByRole("button", { name: "Play" }).click();
    await says(page, "Separating");

    const drop = (name: string) =>
      page.evaluate((name) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["no music"], name));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
      }, name);
    await drop("letter.txt");
    await says(page, '"letter.txt" is no audio');
  });
});

test("a refused microphone can be tried again", async () => {
  await withDemo(async (page, _problems, context) => {
    await page.getByRole("button", { name: "Microphone" }).click();
    await says(page, "refused");
    await context.grantPermissions(["microphone"]);
    await page.getByRole("button", { name: "Try again" }).click();
    await says(page, "Separating the microphone");
    await sounds(page);
    assert.ok(await page.getByRole("button", { name: "Try again" }).isHidden());
  });
});

test("a model that cannot be loaded is told, and asked for again", async () => {
  await withDemo(async (page, problems) => {
    const model = "**/models/live.json";
    await page.route(model, (route) => route.fulfill({ status: 404 }));
    await page.getByRole("button", { name: "Demo song" }).click();
    await says(page, "live.json");
    problems.splice(0);
    await page.unroute(model);
    await page.getByRole("button", { name: "Demo song" }).click();
    await says(page, "Separating the demo song.");
    await sounds(page);
  });
});

test("the page is accessible in light and dark, and fits 320 pixels", async () => {
  await withDemo(
    async (page) => {
      await page.getByRole("button", { name: "Demo song" }).click();
      await says(page, "Separating");
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(overflow, 0);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await auditPage(page, colorScheme, { coloursOnly: colorScheme === "dark" });
      }
    },
    { viewport: { width: 320, height: 640 } },
  );
});
