// The one-tag build keeps the model in the Cache API.
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Check from "./consumer-page.ts";
import { startHost, useConsumer, visit } from "./sites.ts";

const site = useConsumer();

test("the model is downloaded once, kept by its hash, and checked when it is used again", async () => {
  const host = await startHost({});
  try {
    await visit(site.browser, `${host.url}/blank`, async (page) => {
      const files: string[] = [];
      page.context().on("request", (request) => files.push(new URL(request.url()).pathname));
      const separate = () =>
        page.evaluate(async (library) => {
          const check = (await import("/check.js" as string)) as typeof Check;
          const { createStemSeparator } = await import(library);
          return check.separateSong(createStemSeparator, "/song/song.mp3", {}, 0.2);
        }, `${site.cdn.url}/index.js`);
      const downloads = () => files.filter((file) => file === "/models/live.onnx.planes.gz").length;
      await separate();
      assert.equal(downloads(), 1);
      await page.reload();
      await separate();
      assert.equal(downloads(), 1);
      await page.evaluate(async () => {
        const cache = await caches.open("danna-sep-models");
        const [first] = await cache.keys();
        const bytes = new Uint8Array(await (await cache.match(first))!.arrayBuffer());
        bytes[1000] ^= 1;
        await cache.put(first, new Response(bytes));
      });
      await separate();
      assert.equal(downloads(), 2);
    });
  } finally {
    await host.close();
  }
});
