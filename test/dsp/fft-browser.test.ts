// The loading of the FFT's binary: a bundle brings it along. In Chromium, compared with Node.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { loadFft, RealFft } from "../../src/dsp/fft.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { noise } from "../support/signals.ts";

let browser: Browser;
let server: Server;
before(async () => {
  await loadFft();
  browser = await launchChromium();
  server = await startServer({
    mounts: {},
    isolated: true,
    pages: { "/fft.js": await bundleScript("test/dsp/fft-page.ts") },
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

test("bundled, the page and a module worker transform as Node does, with nothing fetched", async () => {
  const fft = new RealFft(2048);
  fft.buffer.set(noise(2048));
  const expected = new Float32Array(2050);
  fft.forward(expected);
  fft.dispose();
  await withPage(browser, `${server.url}/blank`, async (page) => {
    const fetched: string[] = [];
    page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    const inPage = await page.evaluate(async () => {
      const { transformNoise } = await import("/fft.js" as string);
      return (await transformNoise()) as number[];
    });
    const inWorker = await page.evaluate(
      () =>
        new Promise<number[]>((resolve, reject) => {
          const worker = new Worker("/fft.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data as number[]);
          worker.onerror = (event) => reject(new Error(event.message));
        }),
    );
    assert.deepEqual(inPage, [...expected]);
    assert.deepEqual(inWorker, [...expected]);
    assert.deepEqual(new Set(fetched), new Set(["/fft.js"]));
  });
});
