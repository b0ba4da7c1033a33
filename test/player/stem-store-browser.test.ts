// Kept stems in a real origin-private file system: among others' entries, and where nothing more fits.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type { StorePage } from "./stem-store-page.ts";

let browser: Browser;
let server: Server;
before(async () => {
  browser = await launchChromium();
  server = await startServer({
    mounts: {},
    pages: {
      "/page": '<!doctype html><script type="module" src="/page.js"></script>',
      "/page.js": await bundleScript("test/player/stem-store-page.ts"),
    },
    isolated: false,
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

const withStore = (body: (page: Page) => Promise<void>) =>
  withPage(browser, `${server.url}/page`, async (page) => {
    await page.waitForFunction(() => "store" in globalThis);
    await body(page);
  });

/** Calls the page's script. */
const call = <Name extends keyof StorePage>(page: Page, name: Name, key: string) =>
  page.evaluate(
    ([name, key]): unknown =>
      (globalThis as unknown as { store: StorePage }).store[name as Name](key),
    [name, key],
  ) as ReturnType<StorePage[Name]>;

test("what others put among the kept songs is passed over", () =>
  withStore(async (page) => {
    assert.equal(await call(page, "write", "song"), true);
    await call(page, "litter", "song");
    assert.deepEqual(await call(page, "read", "song"), { there: true, lasting: true });
    assert.equal(await call(page, "write", "another"), true);
  }));

test("where nothing more fits, what is kept is still read, and what is new stays in memory", () =>
  withStore(async (page) => {
    assert.equal(await call(page, "write", "song"), true);
    const client = await page.context().newCDPSession(page);
    await client.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 1000 });
    assert.deepEqual(await call(page, "read", "song"), { there: true, lasting: false });
    assert.equal(await call(page, "write", "another"), false);
  }));
