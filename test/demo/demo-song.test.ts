// What the project is for: the demo song plays, one stem is pulled down, and that stem goes while
// the others stay. Live in a real Chromium, against the stems that the song was mixed from.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type * as DemoSong from "./demo-song-page.ts";

const MODEL = "models/live.json";
/** In dB: what the vocals must fall by at least, and what any other stem may change at most. */
const VOCALS_FALL = 10;
const OTHERS_CHANGE = 1.5;

let browser: Browser;
let server: Server;
before(async () => {
  browser = await launchChromium();
  server = await startServer({
    mounts: { "/dist/": "dist", "/fixtures/": "test/models" },
    isolated: true,
    pages: {
      "/demo-song.js": await bundleScript(path.resolve(import.meta.dirname, "demo-song-page.ts")),
    },
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

test("the song is the sum of its stems, without clipping", async () => {
  await withPage(browser, `${server.url}/blank`, async (page) => {
    const { ratio, peak } = await page.evaluate(async () => {
      const demo = (await import("/demo-song.js" as string)) as typeof DemoSong;
      return demo.songAgainstStems();
    });
    assert.ok(ratio > 20, `song.mp3 differs from the stems' sum by ${ratio} dB`);
    assert.ok(peak < 0.9, `peak ${peak}`);
  });
});

test("the voice is heard within the song's first two seconds", async () => {
  await withPage(browser, `${server.url}/blank`, async (page) => {
    const level = await page.evaluate(async () => {
      const demo = (await import("/demo-song.js" as string)) as typeof DemoSong;
      return demo.openingLevel("vocals", 2);
    });
    assert.ok(level > -3, `it begins ${level} dB from its level in the whole song`);
  });
});

const pullDownVocals = (model: string, seconds: number) =>
  withPage(browser, `${server.url}/blank`, (page) =>
    page.evaluate(
      async ({ model, seconds }) => {
        const demo = (await import("/demo-song.js" as string)) as typeof DemoSong;
        return demo.pullDown("vocals", model, seconds);
      },
      { model, seconds },
    ),
  );

test("a model that shares out evenly takes a quarter of every stem's amplitude with the vocals", async () => {
  const change = await pullDownVocals("/fixtures/identity.json", 12);
  for (const [stem, decibels] of Object.entries(change)) {
    assert.ok(Math.abs(decibels - 20 * Math.log10(0.75)) < 0.3, `${stem}: ${decibels} dB`);
  }
});

test(
  "vocals pulled to zero: they go, the others stay",
  { skip: !existsSync(`dist/${MODEL}`) && `${MODEL} is not there` },
  async (t) => {
    const change = await pullDownVocals(`/dist/${MODEL}`, Infinity);
    t.diagnostic(`change in dB: ${JSON.stringify(change)}`);
    assert.ok(change.vocals < -VOCALS_FALL, `vocals: ${change.vocals} dB`);
    for (const [stem, decibels] of Object.entries(change)) {
      if (stem === "vocals") continue;
      assert.ok(Math.abs(decibels) < OTHERS_CHANGE, `${stem} changes as well: ${decibels} dB`);
    }
  },
);
