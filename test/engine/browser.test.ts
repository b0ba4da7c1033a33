// The bundled engine in a page and in a worker gives the samples it gives in Node, bit for bit.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { Engine } from "../../src/engine/engine.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { fixtureSession } from "../support/models.ts";
import { startServer, type Server } from "../support/server.ts";
import { separateHops } from "./engine-page.ts";

let browser: Browser;
let server: Server;
let expected: number[];
before(async () => {
  const engine = new Engine(await fixtureSession("recurrent"));
  expected = await separateHops(engine);
  await engine.dispose();
  browser = await launchChromium();
  server = await startServer({
    mounts: { "/models/": "test/models", "/ort/": "dist/ort" },
    isolated: true,
    pages: { "/engine.js": await bundleScript("test/engine/engine-page.ts") },
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

test("in a page", async () => {
  await withPage(browser, `${server.url}/blank`, async (page) => {
    const samples = await page.evaluate(async () => {
      const { separateNoise } = await import("/engine.js" as string);
      return (await separateNoise(location.origin)) as number[];
    });
    assert.deepEqual(samples, expected);
  });
});

test("in a module worker", async () => {
  await withPage(browser, `${server.url}/blank`, async (page) => {
    const samples = await page.evaluate(
      () =>
        new Promise<number[]>((resolve, reject) => {
          const worker = new Worker("/engine.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data as number[]);
          worker.onerror = (event) => reject(new Error(event.message));
        }),
    );
    assert.deepEqual(samples, expected);
  });
});
