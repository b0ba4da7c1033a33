// What is shifted in key and tempo sounds the same in windows as in one piece. Real Chromium, offline.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { signalToError } from "../support/signals.ts";
import type { render } from "./stretch-feed-page.ts";

let browser: Browser;
let server: Server;
let page: Page;
before(async () => {
  browser = await launchChromium();
  const pages = { "/feed.js": await bundleScript("test/player/stretch-feed-page.ts") };
  server = await startServer({ mounts: { "/dist/": "dist" }, pages, isolated: false });
  page = await browser.newPage();
  await page.goto(`${server.url}/blank`);
});
after(async () => {
  await browser.close();
  await server.close();
});

const rendered = (...args: Parameters<typeof render>) =>
  page.evaluate(async (args) => {
    const script = (await import("/feed.js" as string)) as { render: typeof render };
    return script.render(...args);
  }, args);

/** Seconds that are always one window: the song has 20. */
const WHOLE = 30;

/** Loudness and zero crossings in stretches of 50 ms. */
function heard(samples: readonly number[]): (readonly [rms: number, crossings: number])[] {
  return Array.from({ length: samples.length / 400 }, (_, i) => {
    const part = samples.slice(400 * i, 400 * (i + 1));
    const crossings = part.filter((value, n) => n > 0 && value >= 0 !== part[n - 1] >= 0).length;
    return [Math.hypot(...part) / 20, crossings];
  });
}

for (const [what, state] of [
  ["on to the end", { position: 0, loop: undefined, tempo: 1.25, key: 3 }],
  ["from the middle, slower", { position: 7.3, loop: undefined, tempo: 0.8, key: -2 }],
  ["a loop that fits into a window", { position: 3, loop: { a: 4, b: 6.5 }, tempo: 1.25, key: 1 }],
] as const) {
  test(`shifted in windows: ${what}, as in one piece`, async () => {
    const whole = await rendered(state, 12, WHOLE);
    const parts = await rendered(state, 12, 5);
    assert.equal(whole.windows, 1);
    assert.ok(parts.windows > 1, `${parts.windows} windows`);
    assert.ok(parts.longest <= 5 * 8000);
    assert.ok(heard(whole.samples).filter(([rms]) => rms > 0.05).length > 200);
    const ratio = signalToError(Float32Array.from(whole.samples), Float32Array.from(parts.samples));
    assert.ok(ratio > 100, `${ratio} dB`);
  });
}

test("shifted in windows: a loop longer than a window jumps when it does in one piece", async () => {
  const state = { position: 2, loop: { a: 1.1, b: 9.2 }, tempo: 1.5, key: 1 };
  const whole = heard((await rendered(state, 12, WHOLE)).samples);
  const { samples, longest } = await rendered(state, 12, 5);
  assert.ok(longest <= 5 * 8000);
  // The library hears what comes behind a loop's end; a window has what is played. Phases differ from then on.
  const differing = heard(samples).flatMap(([rms, crossings], i) => {
    const [expected, crossed] = whole[i];
    const same = Math.abs(rms - expected) < 0.03 && Math.abs(crossings - crossed) <= 3;
    return same ? [] : [i / 20];
  });
  const jumps = [(9.2 - 2) / 1.5, (9.2 - 2 + 8.1) / 1.5];
  const far = differing.filter((time) => jumps.every((jump) => Math.abs(time - jump) > 0.2));
  assert.deepEqual(far, []);
});
