// The demo pages without a network: after one visit they open, and play what was played. Real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { untilMixer, withMixer } from "../components/mixer-harness.ts";
import { withContext } from "../components/pages.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";

test("demo pages: after a visit they work with the server stopped, the demo song included", async () => {
  const browser = await launchChromium();
  const server = await startServer({ mounts: { "/": "dist" }, isolated: true });
  try {
    const url = `${server.url}/demo/`;
    await withContext(browser, { serviceWorkers: "allow" }, url, async (page) => {
      await page.evaluate(() => navigator.serviceWorker.ready);
      // The model for better stems is large, and comes while there is a network.
      const liveAlone = () => withMixer(page, (mixer) => void (mixer.quality = "live"));
      await liveAlone();
      const song = page.getByRole("button", { name: "Play the demo song" });
      await song.click();
      await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.position > 0.05);
      await server.close();
      await page.goto(`${url}karaoke.html`);
      await page.goto(url);
      assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
      await liveAlone();
      await song.click();
      await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.position > 0.05);
    });
  } finally {
    await server.close().catch(() => undefined);
    await browser.close();
  }
});

test("demo pages: a browser finds all that an installed app needs", async () => {
  const browser = await launchChromium();
  const server = await startServer({ mounts: { "/": "dist" }, isolated: true });
  try {
    await withContext(browser, {}, `${server.url}/demo/`, async (page) => {
      const session = await page.context().newCDPSession(page);
      const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
      // A context of its own is an incognito window to the browser.
      const errors = installabilityErrors.map(({ errorId }) => errorId);
      assert.deepEqual(
        errors.filter((id) => id !== "in-incognito"),
        [],
      );
    });
  } finally {
    await server.close();
    await browser.close();
  }
});
