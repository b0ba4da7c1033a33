// Songs of hours: what comes after the first quarter of an hour or more lies in a file, and is played, repeated, shown
// and shifted as if it lay in memory. Real Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { EXACT } from "../../src/player/song.ts";
import { REGION } from "../../src/player/protocol.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, untilSettled } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type * as LongSong from "./long-song-page.ts";

const HOUR = 3600 * 8000;
/** More than memory may hold, at a rate at which that is decoded soon; it ends in the middle of a region. */
const LENGTH = 2.1 * HOUR + 1234;

let browser: Browser;
const servers: Server[] = [];
before(async () => {
  browser = await launchChromium();
  const pages = { "/long.js": await bundleScript("test/player/long-song-page.ts") };
  for (const isolated of [true, false]) {
    servers.push(await startServer({ mounts: { "/dist/": "dist" }, pages, isolated }));
  }
});
after(async () => {
  await browser.close();
  await Promise.all(servers.map((server) => server.close()));
});

async function newPage(server = servers[0]): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${server.url}/blank`);
  return page;
}

/** Calls a function of the page's script. */
async function call<Name extends keyof typeof LongSong>(
  page: Page,
  name: Name,
  ...args: Parameters<(typeof LongSong)[Name]>
) {
  const answer = await page.evaluate(
    async ([name, args]) => {
      const script = (await import("/long.js" as string)) as Record<
        string,
        (...a: unknown[]) => unknown
      >;
      return script[name](...args);
    },
    [name, args as unknown[]] as const,
  );
  return answer as Awaited<ReturnType<(typeof LongSong)[Name]>>;
}

const noPlace = () =>
  void (navigator.storage.getDirectory = () =>
    Promise.reject(new DOMException("", "SecurityError")));

test("a song of more than two hours is played to the sample, from a file, with and without shared memory", async (t) => {
  for (const server of servers) {
    const page = await newPage(server);
    const song = await call(page, "open", LENGTH);
    assert.ok("held" in song, JSON.stringify(song));
    const regions = Math.ceil(LENGTH / REGION);
    assert.equal(song.length, LENGTH);
    assert.deepEqual([song.held, song.regions], [EXACT / REGION, regions]);
    assert.ok(
      song.told.length > 2 && song.told.every((done, i) => done >= (song.told[i - 1] ?? 0)),
    );
    assert.equal((await call(page, "files")).length, 1);
    for (const sample of [
      EXACT - 3000,
      LENGTH / 2,
      400 * REGION - 3000,
      2 * HOUR,
      10_000,
      1.9 * HOUR,
    ]) {
      const first = await call(page, "listen", Math.round(sample), 8000);
      assert.equal(first, Math.round(sample));
    }
    const end = await call(page, "playToEnd", 6000);
    assert.equal(end.position, LENGTH);
    assert.equal(Math.round(end.last), end.expected);
    assert.equal(end.after, false);
    await call(page, "close");
    const isRemoved = async () => {
      const top = await navigator.storage.getDirectory();
      const folder = (await top.getDirectoryHandle("danna-sep-songs")) as unknown as {
        keys(): AsyncIterator<string>;
      };
      return (await folder.keys().next()).done === true;
    };
    await untilSettled(page, isRemoved, undefined);
    t.diagnostic(`${song.held} of ${song.regions} regions in memory`);
    await page.close();
  }
});

test("long songs: loops across regions and hours, other keys and tempi, and the picture", async () => {
  const page = await newPage();
  await call(page, "open", LENGTH);
  const loops = [
    { a: 400 * REGION - 1500, b: 400 * REGION + 900 },
    { a: 9000, b: 420 * REGION + 5000 },
  ];
  for (const loop of loops) {
    assert.equal(await call(page, "listen", loop.b - 2000, 8000, loop), loop.b - 2000);
  }
  const { least, columns, wrong: wrongly } = await call(page, "outlines");
  // A column has one and a half times the sound that comes again, whose loud or quiet half may come twice.
  assert.ok(least > 0.77, `${least}`);
  assert.equal(columns, 600 * 2 ** 11);
  // Where the sound begins again a column has both.
  assert.ok(wrongly < columns / 200, `${wrongly}`);
  // Longer than a window of what is shifted.
  const shifted = await call(page, "listenShifted", 1.8 * HOUR, 18, 1.5);
  assert.ok(shifted.longest < 80, `${shifted.longest}`);
  assert.ok(Math.abs(shifted.moved - 1.5) < 0.05, `${shifted.moved}`);
  await call(page, "listen", 1.8 * HOUR, 4000);
  await page.close();
});

test("a file whose page has ended is removed by the next page that opens a song, and no other", async () => {
  const browsing = await browser.newContext();
  const pageIn = async () => {
    const page = await browsing.newPage();
    await page.goto(`${servers[0].url}/blank`);
    return page;
  };
  const [first, second] = [await pageIn(), await pageIn()];
  // As a page that crashes does.
  await first.evaluate(() =>
    addEventListener("pagehide", (event) => event.stopImmediatePropagation()),
  );
  await call(first, "open", 1.6 * HOUR);
  await call(second, "open", 1.6 * HOUR);
  assert.equal((await call(second, "files")).length, 2);
  await first.close();
  await call(second, "close");
  const third = await pageIn();
  await call(third, "open", 1.6 * HOUR);
  while ((await call(third, "files")).length > 1) await third.waitForTimeout(20);
  await call(third, "listen", 1.55 * HOUR, 4000);
  await browsing.close();
});

test("without a place for files two hours are held in memory, and more is refused with a way out", async () => {
  const page = await newPage();
  await page.evaluate(noPlace);
  await page.addInitScript(noPlace);
  // The worker has its own way there.
  await page.route("**/split-worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${noPlace.toString()})();\n${await response.text()}` });
  });
  const short = await call(page, "open", 1.9 * HOUR);
  assert.ok("held" in short, JSON.stringify(short));
  assert.equal(short.held, short.regions);
  await call(page, "listen", Math.round(1.8 * HOUR), 4000);
  await call(page, "close");
  const long = await call(page, "open", 2.3 * HOUR);
  assert.ok("code" in long);
  assert.equal(long.code, "media");
  assert.match(long.message, /long\.wav is longer than the 2 hours that a page holds in memory/);
  await page.close();
});
