// The tests' own support: a page's errors must fail a test, and the headers must do their work.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchChromium, withPage } from "./chromium.ts";
import { startServer } from "./server.ts";

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

for (const isolated of [true, false]) {
  test(`server with isolated: ${isolated} gives a page that ${isolated ? "has" : "lacks"} shared memory`, async () => {
    const server = await startServer({ mounts: { "/support/": "test/support" }, isolated });
    try {
      await withPage(browser, `${server.url}/blank`, async (page) => {
        assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
        const response = await fetch(`${server.url}/support/server.ts`, {
          headers: { Range: "bytes=3-9" },
        });
        assert.equal(response.status, 206);
        assert.equal(await response.text(), "A stati");
      });
    } finally {
      await server.close();
    }
  });
}

test("an error in the console, an exception or a failed load fails the test", async () => {
  const server = await startServer({ mounts: {}, isolated: true });
  try {
    const open = (script: string) =>
      withPage(browser, `${server.url}/blank`, async (page, problems) => {
        await page.evaluate(script);
        while (problems.length === 0) await page.waitForEvent("console").catch(() => undefined);
      });
    await assert.rejects(open("console.error('seen')"), /console: seen/);
    await assert.rejects(open("fetch('/missing')"), /404/);
    await assert.rejects(
      withPage(browser, `${server.url}/blank`, async (page) => {
        const thrown = page.waitForEvent("pageerror");
        await page.evaluate("setTimeout(() => { throw new Error('thrown'); })");
        await thrown;
      }),
      /uncaught: Error: thrown/,
    );
  } finally {
    await server.close();
  }
});
