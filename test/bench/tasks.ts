// `npm run bench:tasks`: five things that people come for, done in a real Chromium by clicks alone. Runs in Node.
//
//   npm run bench:tasks -- [--json FILE] [--against DIR]
//
// Counts each task's clicks and the seconds from the first of them to the result, with no time to think or to
// look; prints a Markdown table. --against takes a built checkout of version 0.1 (dabc4b3), whose mixer is
// used as its users had to. The song is the demo song's MP3 (28 s). Then the song's export is timed against its split alone,
// in turn, both by `studio` with all that has to be fetched.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Download, Locator, Page } from "playwright-core";
import type * as Split from "../../src/split/index.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";

const { values } = parseArgs({
  options: { json: { type: "string" }, against: { type: "string" } },
});

const SONG = path.resolve("components/demo/song/song.mp3");
/** Steps of 5 % from full speed to 70 %. */
const SLOWER = 6;
/** Milliseconds; an export of the song computes for longer than the song lasts on a busy machine. */
const PATIENCE = 180_000;

/** A user's hand: does one thing at a time, and counts. */
class Hand {
  clicks = 0;
  begun: number | undefined;

  constructor(readonly page: Page) {}

  async click(target: Locator): Promise<void> {
    this.#count();
    await target.click({ timeout: PATIENCE });
  }

  press(name: string | RegExp): Promise<void> {
    return this.click(this.page.getByRole("button", { name, exact: true }).first());
  }

  /** One click opens the browser's dialog; what is chosen there is not the page's. */
  async choose(file: string): Promise<void> {
    this.#count();
    await this.page.locator('stem-mixer input[type="file"]').first().setInputFiles(file);
  }

  /** A list that opens, and the entry in it. */
  async select(list: Locator, entry: string): Promise<void> {
    this.#count();
    this.#count();
    await list.selectOption({ label: entry });
  }

  #count(): void {
    this.begun ??= performance.now();
    this.clicks++;
  }
}

/** What has to be done differently in two versions. */
interface Version {
  karaokeFile(hand: Hand): Promise<void>;
  withoutDrums(hand: Hand): Promise<void>;
  stemsFile(hand: Hand): Promise<void>;
}

const until = (page: Page, condition: string): Promise<unknown> =>
  page.waitForFunction(
    `(() => {
    const mixer = document.querySelector("stem-mixer");
    if (mixer.failure) throw mixer.failure;
    return ${condition};
  })()`,
    undefined,
    { timeout: PATIENCE },
  );

const plays = (page: Page) => until(page, 'mixer.state === "ready" && mixer.position > 0.05');
const isReady = (page: Page) => until(page, 'mixer.state === "ready"');

/** Until the file is on the disk. */
async function downloads(hand: Hand, click: () => Promise<void>): Promise<void> {
  const download: Promise<Download> = hand.page.waitForEvent("download", { timeout: PATIENCE });
  await click();
  await (await download).path();
}

const link = ({ page }: Hand, ending: string) => page.locator(`a[download$="${ending}"]`);

const today: Version = {
  async karaokeFile(hand) {
    await hand.press("Karaoke");
    await downloads(hand, () => hand.press("Export"));
  },
  async withoutDrums(hand) {
    await hand.select(hand.page.getByLabel("Minus one"), "Minus Drums");
  },
  async stemsFile(hand) {
    await hand.press("What to export");
    await hand.click(hand.page.getByLabel("Stems (ZIP)"));
    await downloads(hand, () => hand.press("Start the export"));
  },
};

const before: Version = {
  async karaokeFile(hand) {
    await hand.press("Karaoke");
    await hand.press("Record");
    await hand.press("Start recording");
    await hand.press("Play");
    await until(hand.page, "mixer.position > 0 && mixer.paused");
    await hand.press("Stop recording");
    await downloads(hand, () => hand.click(link(hand, ".wav")));
  },
  async withoutDrums(hand) {
    await hand.press("No drums");
  },
  async stemsFile(hand) {
    await hand.press("Record");
    await hand.press("Save stems");
    await hand.press("Start saving");
    await downloads(hand, () => hand.click(link(hand, ".zip")));
  },
};

interface Task {
  readonly name: string;
  /** Opens what is there before the first click. */
  readonly body?: string;
  readonly steps: (hand: Hand, version: Version) => Promise<void>;
}

const tasks: readonly Task[] = [
  {
    name: "a karaoke file from an MP3",
    async steps(hand, version) {
      await hand.choose(SONG);
      await isReady(hand.page);
      await version.karaokeFile(hand);
    },
  },
  {
    name: "no drums, 70 % of the tempo, a loop",
    async steps(hand, version) {
      const { page } = hand;
      await hand.choose(SONG);
      await plays(page);
      await version.withoutDrums(hand);
      for (let i = 0; i < SLOWER; i++) await hand.press("Slower");
      await hand.press(/Set loop start/);
      const { position } = await page.evaluate(() => ({
        position: document.querySelector("stem-mixer")!.position,
      }));
      await until(page, `mixer.position > ${position} + 1`);
      await hand.press(/Set loop end/);
      await until(
        page,
        `mixer.loop.b !== undefined && mixer.tempo < 0.71 && mixer.position < mixer.loop.b`,
      );
    },
  },
  {
    name: "the four stems as a ZIP",
    async steps(hand, version) {
      await hand.choose(SONG);
      await isReady(hand.page);
      await version.stemsFile(hand);
    },
  },
  {
    name: "the key two semitones down",
    async steps(hand) {
      await hand.choose(SONG);
      await plays(hand.page);
      for (let i = 0; i < 2; i++) await hand.press("Key down a semitone");
      await until(hand.page, "mixer.keyShift === -2");
    },
  },
  {
    name: "a compact player in a page, to the first sound",
    body: '<stem-mixer layout="compact" src="/demo/song/song.mp3"></stem-mixer>',
    async steps(hand) {
      await hand.press("Play");
      await plays(hand.page);
    },
  },
];

/** Seconds of a split from the call to the last of the stems. */
const splitSeconds = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const { splitFile } = (await import("/split.js" as string)) as typeof Split;
    const song = await (await fetch("/demo/song/song.mp3")).blob();
    const begun = performance.now();
    for await (const { start } of await splitFile(song)) void start;
    return (performance.now() - begun) / 1000;
  });

/** Seconds of the export of what is heard, from the click to the file. */
async function exportSeconds(page: Page, tuning: string): Promise<number> {
  await isReady(page);
  await page.evaluate(`Object.assign(document.querySelector("stem-mixer"), ${tuning})`);
  const hand = new Hand(page);
  await downloads(hand, () => hand.press("Export"));
  return (performance.now() - hand.begun!) / 1000;
}

interface Timing {
  readonly name: string;
  readonly measure: (page: Page) => Promise<number>;
}

const timings: readonly Timing[] = [
  { name: "split", measure: splitSeconds },
  { name: "export", measure: (page) => exportSeconds(page, "{}") },
  {
    name: "export, key −2, tempo 90 %",
    measure: (page) => exportSeconds(page, "{ keyShift: -2, tempo: 0.9 }"),
  },
];
/** How often each is timed, in turn; the median counts. */
const ROUNDS = 3;

interface Figures {
  readonly clicks: number;
  readonly seconds: number;
}

async function measure(
  task: Task,
  version: Version,
  browser: Browser,
  url: string,
): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    await page.goto(task.body ? `${url}/compact` : `${url}/demo/index.html`);
    await page.locator("stem-mixer").waitFor();
    const hand = new Hand(page);
    await task.steps(hand, version);
    return { clicks: hand.clicks, seconds: (performance.now() - hand.begun!) / 1000 };
  } finally {
    await context.close();
  }
}

const pageOf = (body: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
  <title>A page</title><script type="module" src="/stem-mixer.js"></script>${body}</html>`;

/** Opens Chromium on the files of a version. */
async function withBrowser<T>(
  dist: string,
  body: (browser: Browser, url: string) => Promise<T>,
): Promise<T> {
  const compact = tasks.find(({ body }) => body)!.body!;
  const whole =
    '<stem-mixer src="/demo/song/song.mp3" preload="auto" studio-model="studio" quality="live">';
  const server = await startServer({
    mounts: { "/": dist, "/demo/song/": path.dirname(SONG) },
    pages: { "/compact": pageOf(compact), "/whole": pageOf(whole) },
    isolated: true,
  });
  const browser = await launchChromium();
  try {
    return await body(browser, server.url);
  } finally {
    await browser.close();
    await server.close();
  }
}

const run = (version: Version, dist: string): Promise<Figures[]> =>
  withBrowser(dist, async (browser, url) => {
    const figures: Figures[] = [];
    for (const task of tasks) figures.push(await measure(task, version, browser, url));
    return figures;
  });

/** The median of each timing, in seconds. */
const runTimings = (dist: string): Promise<number[]> =>
  withBrowser(dist, async (browser, url) => {
    const seconds: number[][] = timings.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, { measure }] of timings.entries()) {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto(`${url}/whole`);
        await page.locator("stem-mixer").waitFor();
        seconds[i].push(await measure(page));
        await context.close();
      }
    }
    return seconds.map((each) => each.sort((a, b) => a - b)[(ROUNDS - 1) / 2]);
  });

const now = await run(today, "dist");
const then = values.against ? await run(before, path.join(values.against, "dist")) : undefined;
const took = await runTimings("dist");
const cell = ({ clicks, seconds }: Figures) => `${clicks} clicks, ${seconds.toFixed(1)} s`;
console.log(`| task | now |${then ? " before |" : ""}`);
console.log(`| --- | --- |${then ? " --- |" : ""}`);
tasks.forEach(({ name }, i) => {
  console.log(`| ${name} | ${cell(now[i])} |${then ? ` ${cell(then[i])} |` : ""}`);
});
console.log(`\n| 28 s of song | seconds | of the split |`);
console.log(`| --- | --- | --- |`);
timings.forEach(({ name }, i) => {
  console.log(`| ${name} | ${took[i].toFixed(1)} | ${(took[i] / took[0]).toFixed(2)} |`);
});
if (values.json) {
  const report = [
    ...tasks.map(({ name }, i) => ({ name, now: now[i], before: then?.[i] })),
    ...timings.map(({ name }, i) => ({ name, seconds: took[i] })),
  ];
  await writeFile(values.json, JSON.stringify(report, undefined, 2));
}
