// The demo pages as visitors use them, on the trained model and the bundled song. Real Chromium.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { launchChromium, visitorOf, type Visitor } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { untilMixer, withMixer } from "../components/mixer-harness.ts";
import { auditPage, compareScreenshot, newContext, withContext } from "../components/pages.ts";
import { soundIn } from "../components/sounds.ts";

const SONG = "components/demo/song/song.mp3";

let browser: Browser;
let server: Server;
let visitor: Visitor;
before(async () => {
  browser = await launchChromium([
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
  ]);
  server = await startServer({ mounts: { "/": "dist" }, isolated: true, lasting: "/" });
  visitor = visitorOf(() => newContext(browser), server.url);
});
after(async () => {
  await visitor.close();
  await server.close();
  await browser.close();
});

interface OpenOptions extends BrowserContextOptions {
  /** Better stems are computed ahead of what plays, which takes all that the machine has left. */
  readonly improving?: boolean;
}

/** Opens a demo page; a request to any other server fails the test. */
const open = (
  name: string,
  run: (page: Page) => Promise<void>,
  { viewport, permissions, improving = false, ...options }: OpenOptions = {},
) => {
  const visit = async (page: Page) => {
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== server.url) elsewhere.push(request.url());
    });
    await page.goto(`${server.url}/demo/${name}`);
    if (!improving) await withMixer(page, (mixer) => void (mixer.quality = "live"));
    await run(page);
    assert.deepEqual(elsewhere, [], "the pages need no network");
  };
  const blank = `${server.url}/blank`;
  if (Object.keys(options).length > 0)
    return withContext(browser, { viewport, permissions, ...options }, blank, visit);
  return visitor.visit(blank, visit, { viewport, permissions });
};

/** The article has the system's letters; for a picture it gets the same on every machine. */
const letters = async (page: Page) => {
  await page.addStyleTag({
    content: `@font-face { font-family: Inter; src: url(fonts/inter-latin-wght-normal.woff2); font-weight: 100 900; }
      :root { --stem-font: Inter; font-family: Inter !important; } code { font-family: Inter !important; }`,
  });
  await page.evaluate(() => document.fonts.ready);
};

/** Drops the song beside the mixer, as a file of another name. */
const drop = (page: Page, name: string) =>
  page.evaluate(async (name) => {
    const bytes = await (await fetch("song/song.mp3")).arrayBuffer();
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, name);

const plays = (page: Page) =>
  untilMixer(page, (mixer) => {
    if (mixer.failure) throw mixer.failure;
    return mixer.state === "ready" && mixer.position > 0.2;
  });

test("index: the demo song comes first, says once what to do, and gets better; another one that is dropped waits", () =>
  open("", firstVisit, { improving: true }));

async function firstVisit(page: Page): Promise<void> {
  const demo = page.getByRole("button", { name: "Play the demo song" });
  const other = page.getByText("Choose a file");
  const [its, others] = [(await demo.boundingBox())!, (await other.boundingBox())!];
  assert.ok(its.x + its.width <= others.x && its.height > others.height, "first and biggest");
  await demo.press("Enter");
  await plays(page);
  assert.ok(await page.getByText("Four-part light", { exact: true }).isVisible());
  const hint = page.getByText("Now pull Vocals down.");
  await hint.waitFor();
  await page.getByRole("slider", { name: "Vocals" }).press("ArrowDown");
  await hint.waitFor({ state: "hidden" });
  // It gets better while it plays.
  await untilMixer(page, (mixer) => mixer.player.state.better);
  await drop(page, "Dropped.mp3");
  await page.getByText("Added to the queue: “Dropped”").waitFor();
  const title = page.getByTitle("Dropped", { exact: true });
  assert.equal(await title.count(), 0);
  await page.getByRole("button", { name: "Next song" }).click();
  await title.waitFor();
  await plays(page);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByText("Drop a song and turn its vocals").waitFor();
  await demo.click();
  await plays(page);
  assert.equal(await hint.count(), 0, "said once");
}

test("karaoke: the words are there, the guide vocal has three strengths, keys shift, songs are dropped", () =>
  open("karaoke.html", async (page) => {
    await page.locator("stem-lyrics .line").filter({ hasText: "Hear the song" }).waitFor();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await plays(page);
    const guide = page.getByRole("group", { name: "Guide vocal" });
    const vocals = () => withMixer(page, (mixer) => mixer.mix.vocals.gain);
    assert.equal(await vocals(), -60);
    await guide.getByRole("button", { name: "Quiet" }).click();
    await guide.getByRole("button", { name: "Quiet", pressed: true }).waitFor();
    assert.equal(await vocals(), -12);
    await withMixer(page, (mixer) => mixer.setGain("vocals", -3));
    await guide.getByRole("button", { pressed: true }).waitFor({ state: "detached" });
    await page.keyboard.press("Space");
    await untilMixer(page, (mixer) => mixer.paused);
    assert.equal(await vocals(), -3, "Space presses no button of the page's in the mixer");
    await page.keyboard.press("Space");
    await untilMixer(page, (mixer) => !mixer.paused);
    await page.keyboard.press("r");
    const stop = page.getByRole("button", { name: "Stop recording" });
    await stop.waitFor();
    assert.ok((await stop.boundingBox())!.y < page.viewportSize()!.height, "it is in sight");
    await untilMixer(page, (mixer) => mixer.player.recordedSeconds! > 0.2);
    await stop.click();
    await page.getByText("Recording ready").waitFor();
    await page.getByRole("link", { name: "Save Four-part light.wav" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Key down a semitone" }).click();
    assert.equal(await withMixer(page, (mixer) => mixer.keyShift), -1);
    await page.locator("#file").setInputFiles(SONG);
    // What plays would go on to its end.
    await page.getByRole("button", { name: "Next song" }).click();
    await page.getByTitle("song", { exact: true }).waitFor();
    await page.getByText("No words yet").waitFor();
    await page.getByTitle("song", { exact: true }).waitFor();
  }));

test("karaoke: the mix that is heard is saved, here without the voice", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "danna-karaoke-"));
  t.after(() => rm(folder, { recursive: true }));
  await open("karaoke.html", async (page) => {
    const button = page.getByRole("button", { name: "Save", exact: true });
    assert.ok(await button.isDisabled());
    assert.equal(await button.getAttribute("title"), "Press play first");
    // A second of it, by the quick model.
    await withMixer(page, (mixer) => void (mixer.studioModel = ""));
    await page.locator("#file").setInputFiles(soundIn(folder, "short.wav"));
    await page.getByTitle("short", { exact: true }).waitFor();
    await withMixer(page, (mixer) => void mixer.play());
    await untilMixer(page, (mixer) => mixer.state === "ready");
    await button.click();
    await page.getByLabel("Format").selectOption("mp3");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Start the export" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "short_karaoke.mp3");
  });
});

test("karaoke: a song that is dropped while one plays comes after it, with its words, or is taken out", () =>
  open("karaoke.html", async (page) => {
    await page.evaluate(() => {
      const asked: string[] = [];
      Object.assign(globalThis, { asked });
      const lock = { release: async () => void asked.push("released") };
      Object.defineProperty(navigator, "wakeLock", {
        value: { request: async (kind: string) => (asked.push(kind), lock) },
      });
    });
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await plays(page);
    await page.waitForFunction("asked.join() === 'screen'");
    await page.evaluate(async () => {
      const bytes = await (await fetch("song/song.mp3")).arrayBuffer();
      const files = [
        new File([bytes], "Second.mp3"),
        new File(["[00:01.00]The second's words"], "second.lrc"),
        new File([bytes], "Third.mp3"),
      ];
      document.querySelector("stem-mixer")!.takeFiles(files);
    });
    const queue = page.getByRole("region", { name: "Next" });
    await queue.getByText("Second").waitFor();
    await queue.getByRole("button", { name: "Remove “Third” from the queue" }).click();
    assert.equal(await queue.getByRole("listitem").count(), 1);
    await withMixer(page, (mixer) => mixer.seek(mixer.duration - 0.5));
    await page.getByText("Second", { exact: true }).waitFor();
    await page.locator("stem-lyrics .line").filter({ hasText: "The second's words" }).waitFor();
    await queue.waitFor({ state: "hidden" });
    await plays(page);
    await withMixer(page, (mixer) => mixer.pause());
    await page.waitForFunction("asked.at(-1) === 'released'");
  }));

/** Chooses files as songs and words: what is no text is the demo song, unless it is to be broken. */
const choose = (page: Page, files: Readonly<Record<string, string>>) =>
  page.evaluate(async (files) => {
    const bytes = await (await fetch("song/song.mp3")).arrayBuffer();
    const made = Object.entries(files).map(([name, content]) => new File([content || bytes], name));
    document.querySelector("stem-mixer")!.takeFiles(made);
  }, files);

test("karaoke: of the song before nothing stands there while the next loads, which is named at once", () =>
  open("karaoke.html", async (page) => {
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await plays(page);
    await choose(page, { "Second.mp3": "", "Second.lrc": "[00:01.00]The second's words" });
    // Before it is in the queue there is nothing to go on to.
    await page.getByRole("button", { name: "Next song" }).waitFor();
    const during = await withMixer(page, async (mixer) => {
      const begins = new Promise((resolve) => {
        mixer.addEventListener("stem-state-change", resolve, { once: true });
      });
      document.querySelector<HTMLElement>(".queue .pill")!.click();
      await begins;
      const lyrics = document.querySelector("stem-lyrics")!.lyrics;
      await mixer.updateComplete;
      const text = (name: string) =>
        mixer.shadowRoot!.querySelector(`[part="${name}"]`)!.textContent.replace(/\s+/g, " ");
      const { outline } = mixer.shadowRoot!.querySelector("stem-timeline")!;
      const { state } = mixer;
      return { state, lyrics, outline, title: text("title"), time: text("time").trim() };
    });
    assert.deepEqual(
      { ...during, time: during.time.slice(-6) },
      { state: "loading", lyrics: null, outline: null, title: "Second", time: "/ –:––" },
    );
    await page.locator("stem-lyrics .line").filter({ hasText: "The second's words" }).waitFor();
    await plays(page);
  }));

test("karaoke: what is added to the queue is told, and what cannot be played, which the next one follows", () =>
  open("karaoke.html", async (page) => {
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await plays(page);
    await choose(page, { "broken.mp3": "no sound", "Third.mp3": "" });
    const told = page.locator(".told[role=status]");
    await told.filter({ hasText: "Added to the queue: “broken” and “Third”" }).waitFor();
    await page.getByRole("button", { name: "Next song" }).click();
    await told.filter({ hasText: '"broken.mp3" is no audio' }).waitFor();
    await page.getByTitle("Third", { exact: true }).waitFor();
    await plays(page);
  }));

const SIZES = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
  { width: 3840, height: 2160 },
];

/** Fails for what does not lie wholly in the window, or under something else. */
async function inView(page: Page, names: readonly string[]): Promise<void> {
  const size = page.viewportSize()!;
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  for (const name of names) {
    const { x, y, width, height } = (await button(name).boundingBox())!;
    const isIn = x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height;
    assert.ok(isIn, `${name} at ${x}, ${y}, ${width} x ${height} of ${JSON.stringify(size)}`);
  }
  for (const name of names) await button(name).click({ trial: true });
}

/** Lines before and after the one that is sung that are wholly to be seen. */
const linesAround = (page: Page) =>
  page.evaluate(() => {
    const root = document.querySelector("stem-lyrics")!.shadowRoot!;
    const view = root.querySelector(".window")!.getBoundingClientRect();
    const lines = [...root.querySelectorAll(".line")];
    const now = lines.findIndex((line) => line.getAttribute("aria-current") === "true");
    const seen = lines.flatMap((line, i) => {
      const { top, bottom } = line.getBoundingClientRect();
      return top >= view.top && bottom <= Math.min(view.bottom, innerHeight) ? [i] : [];
    });
    return [now - seen[0], seen.at(-1)! - now];
  });

test("karaoke: with microphone, take and queue everything stands in one screen, and in full screen", () =>
  open(
    "karaoke.html",
    async (page) => {
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await plays(page);
      await page.getByRole("button", { name: "Sing with the microphone" }).click();
      await page.getByRole("button", { name: "Record a take" }).click();
      await page.getByRole("button", { name: "End the take" }).click();
      await page.locator("stem-singer audio").waitFor();
      await choose(page, { "Second.mp3": "" });
      await page.getByRole("button", { name: "Next song" }).waitFor();
      await withMixer(page, (mixer) => {
        mixer.pause();
        mixer.seek(10);
      });
      const controls = ["Play", "Full", "Words", "Full screen"];
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.waitForFunction("innerWidth === " + size.width);
        if (size.width > 390) {
          await inView(page, [...controls, "Record a take", "Export", "Next song"]);
          const needed = await page.evaluate(() => document.documentElement.scrollHeight);
          assert.ok(needed <= size.height, `${needed} pixels high`);
        }
        await page.getByRole("button", { name: "Words", exact: true }).click();
        await page.locator("stem-lyrics form").waitFor();
        await page.getByRole("button", { name: "Show them" }).click({ trial: true });
        await page.getByRole("button", { name: "Cancel" }).click();
        await page.getByRole("button", { name: "Full screen" }).click();
        await page.waitForFunction(() => document.fullscreenElement !== null);
        await inView(page, controls);
        await page.getByRole("button", { name: "Full screen" }).click();
        await page.waitForFunction(() => document.fullscreenElement === null);
      }
    },
    { viewport: SIZES[1], permissions: ["microphone"] },
  ));

test("karaoke: the line before, the present one and two more are to be seen, also with the microphone", () =>
  open(
    "karaoke.html",
    async (page) => {
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await plays(page);
      await withMixer(page, (mixer) => {
        mixer.pause();
        mixer.seek(9);
      });
      const enough = async () => {
        await page.waitForFunction(() =>
          document.querySelector("stem-lyrics")!.shadowRoot!.querySelector("[aria-current]"),
        );
        const [before, after] = await linesAround(page);
        assert.ok(before >= 1 && after >= 2, `${before} before, ${after} after`);
      };
      await enough();
      await page.getByRole("button", { name: "Sing with the microphone" }).click();
      await page.getByRole("button", { name: "Record a take" }).waitFor();
      await enough();
      await inView(page, ["Record a take", "Full screen"]);
      await page.setViewportSize(SIZES[0]);
      await inView(page, ["Play", "Record a take", "Measure the delay", "Full", "Full screen"]);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(height <= SIZES[0].height, `${height} px high`);
      await enough();
    },
    { viewport: SIZES[1], permissions: ["microphone"], reducedMotion: "reduce" },
  ));

test("karaoke: on a large screen the stage has margins, and is not wider than it can be read", () =>
  open(
    "karaoke.html",
    async (page) => {
      await page.locator("stem-lyrics .line").first().waitFor();
      const stage = () => page.locator("stem-mixer").evaluate((mixer) => mixer.clientWidth);
      assert.ok((await stage()) <= 1600);
      await page.getByRole("button", { name: "Full screen" }).click();
      await page.waitForFunction(() => document.fullscreenElement !== null);
      const box = async () => (await page.locator("stem-mixer").boundingBox())!;
      const { width, x, y } = await box();
      assert.ok(width <= 1600 && x >= 64 && y >= 16, JSON.stringify(await box()));
      for (const [width, height] of [
        [390, 844],
        [768, 1024],
        [1440, 900],
      ]) {
        await page.setViewportSize({ width, height });
        await page.waitForFunction("innerWidth === " + width);
        const around = await box();
        const right = width - around.x - around.width;
        assert.ok(Math.min(around.x, around.y, right) >= 12, JSON.stringify(around));
      }
    },
    { viewport: { width: 3840, height: 2160 } },
  ));

test("monitor: without an input there is the demo song, heard at once; closing it leads back", () =>
  open("monitor.html", async (page) => {
    await page.getByRole("button", { name: "Play the demo song" }).click();
    await plays(page);
    await withMixer(page, async (mixer) => {
      const { context, output } = mixer.player.state.nodes!;
      const analyser = new AnalyserNode(context!);
      output!.connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      do {
        await new Promise(requestAnimationFrame);
        analyser.getFloatTimeDomainData(samples);
      } while (!samples.some((x) => Math.abs(x) > 0.01));
    });
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Live input", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Start listening" }).waitFor();
  }));

test("monitor: on a phone the stems' controls stand in one screen while it listens; settings unfold", () =>
  open(
    "monitor.html",
    async (page) => {
      await page.getByRole("combobox", { name: "Input", exact: true }).waitFor();
      await page.getByRole("button", { name: "Start listening" }).click();
      await page.getByText("Nothing is let out yet").waitFor();
      const ends = await page.evaluate(() => {
        const strips = document
          .querySelector("stem-mixer")!
          .shadowRoot!.querySelectorAll("stem-strip");
        // A machine without room says so in lines of its own.
        const busy = document.querySelector<HTMLElement>("#trouble")!.offsetHeight;
        return [...strips].map((strip) => strip.getBoundingClientRect().bottom - busy);
      });
      assert.equal(ends.length, 4);
      assert.ok(Math.max(...ends) <= SIZES[0].height, ends.join());
      const input = page.getByRole("combobox", { name: "Input", exact: true });
      assert.equal(await input.isVisible(), false);
      await page.getByRole("button", { name: "Settings", expanded: false }).click();
      await input.waitFor();
      await auditPage(page, "monitor on a phone");
    },
    { viewport: SIZES[0], permissions: ["microphone"] },
  ));

test("monitor: the input is heard only with headphones; without one there is the demo song", () =>
  open(
    "monitor.html",
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await page.getByRole("button", { name: "I wear headphones" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      assert.equal(await withMixer(page, (mixer) => mixer.separator!.latencyMode), "monitor");
      await page.getByRole("button", { name: "Play the demo song" }).click();
      await plays(page);
    },
    { permissions: ["microphone"] },
  ));

/** Audits the page and compares its picture, in light and in dark. */
async function looksRight(page: Page, name: string, mask: Locator[] = []): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await auditPage(page, `${name}, ${colorScheme}`, { coloursOnly: colorScheme === "dark" });
    await compareScreenshot(page, `page-${name}-${colorScheme}`, { fullPage: true, mask });
  }
}

for (const name of ["index", "karaoke", "monitor", "embed"]) {
  test(`${name}, light and dark: axe-core finds nothing, and it looks as it should`, () =>
    open(
      `${name}.html`,
      async (page) => {
        await page.locator("stem-mixer").getByRole("button").first().waitFor();
        if (name === "monitor") await page.getByRole("combobox", { name: "Input" }).waitFor();
        await letters(page);
        await looksRight(page, name);
      },
      { viewport: { width: 1280, height: 800 } },
    ));
}

/** What is another picture or number each time. */
const moving = (page: Page) =>
  ["spectrum-view", "stem-timeline", "level-meter", "button.details", ".time"].map((name) =>
    page.locator("stem-mixer").locator(name),
  );

const START: Record<string, readonly string[]> = {
  index: ["Play the demo song"],
  monitor: ["Start listening", "I wear headphones"],
};
for (const [name, buttons] of Object.entries(START)) {
  test(`${name} at work, light and dark: it looks as it should`, () =>
    open(
      `${name}.html`,
      async (page) => {
        for (const button of buttons) await page.getByRole("button", { name: button }).click();
        await untilMixer(page, (mixer) => mixer.state === "ready");
        await letters(page);
        await page.locator("stem-mixer button.details").waitFor();
        if (name === "monitor") await page.getByRole("combobox", { name: "Output" }).waitFor();
        await page.mouse.move(0, 0);
        // A busy machine is told, by the page and in the log.
        await page.addStyleTag({ content: "#trouble { display: none !important; }" });
        const own = ["#level", "#latency", "#log"].map((id) => page.locator(id));
        await looksRight(page, `${name}-at-work`, [...moving(page), ...own]);
      },
      { viewport: { width: 1280, height: 800 }, permissions: ["microphone"] },
    ));
}

for (const name of ["index", "karaoke", "monitor", "embed"]) {
  test(`${name} fits a small phone`, () =>
    open(
      `${name}.html`,
      async (page) => {
        await page.locator("stem-mixer").getByRole("button").first().waitFor();
        await letters(page);
        for (const width of [280, 320]) {
          await page.setViewportSize({ width, height: 640 });
          // Not against innerWidth: a mobile page grows with what overflows.
          const needed = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(needed <= width, `${needed} pixels wide on ${width}`);
        }
        await compareScreenshot(page, `page-${name}-phone`, { fullPage: true });
      },
      { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true },
    ));
}

for (const name of ["index", "karaoke", "monitor", "embed"]) {
  test(`${name}: nothing overflows at any width, root font and direction`, () =>
    open(`${name}.html`, async (page) => {
      await page.locator("stem-mixer").getByRole("button").first().waitFor();
      const wide: string[] = [];
      for (const dir of ["ltr", "rtl"])
        // As usual, larger, and text at 200 %.
        for (const size of [16, 24, 32])
          for (const width of [320, 390, 768, 1440, 3840]) {
            await page.setViewportSize({ width, height: 900 });
            const needed = await page.evaluate(
              async ([dir, size, width]) => {
                const page = document.documentElement;
                document.dir = dir;
                page.style.fontSize = `${size}px`;
                // A mixer takes to another width some frames later, on a busy machine more.
                for (let i = 0; i < 2 || (i < 120 && page.scrollWidth > width); i++)
                  await new Promise(requestAnimationFrame);
                return page.scrollWidth;
              },
              [dir, size, width] as const,
            );
            if (needed > width) wide.push(`${needed} on ${width} px, ${dir}, ${size} px`);
          }
      assert.deepEqual(wide, []);
    }));
}

test("demo page with ?debug: a panel shows the separator and the worker's figures", async () => {
  await open("?debug", async (page) => {
    await page.getByRole("button", { name: "demo song" }).click();
    await untilMixer(page, (mixer) => mixer.state === "ready");
    await page.evaluate(() => document.querySelector("stem-mixer")!.play());
    await page.waitForFunction(() => {
      const text = document.querySelector("body > pre")?.textContent ?? "";
      return text.includes("separator") && /"hops":[1-9]/.test(text);
    });
  });
});
