// The one-tag build: one <script> from another origin is all that a page needs, with and without
// cross-origin isolation.
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Check from "./consumer-page.ts";
import { closure } from "./packed.ts";
import { assertSeparated, startHost, useConsumer, visit } from "./sites.ts";

const site = useConsumer();

const page = (script: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
  <title>A host's page</title>${script}
  <stem-mixer src="/song/song.mp3"></stem-mixer></html>`;

test("a page loads no script before the first play but those of the budget", async () => {
  const tag = `<script src="${site.cdn.url}/embed.js" crossorigin></script>`;
  const host = await startHost({ pages: { "/": page(tag) } });
  try {
    await visit(site.browser, `${host.url}/blank`, async (page) => {
      const scripts = new Set<string>();
      page.on("request", (request) => {
        if (request.url().endsWith(".js")) scripts.add(new URL(request.url()).pathname.slice(1));
      });
      await page.goto(`${host.url}/`);
      await page.locator("stem-mixer button.play").waitFor();
      const expected = ["embed.js", ...(await closure(site.packed, "stem-mixer.js"))];
      assert.deepEqual([...scripts].sort(), expected.sort());
    });
  } finally {
    await host.close();
  }
});

for (const isolated of [false, true]) {
  const transport = isolated ? "shared" : "ports";
  test(`one tag from another origin, ${isolated ? "isolated" : "no special headers"}`, async () => {
    const tag = `<script src="${site.cdn.url}/embed.js" crossorigin async></script>`;
    const host = await startHost({ pages: { "/": page(tag) }, isolated });
    try {
      await visit(site.browser, `${host.url}/`, async (page) => {
        const played = await page.evaluate(async () => {
          const check = (await import("/check.js" as string)) as typeof Check;
          return check.playMixer(document.querySelector("stem-mixer")!);
        });
        assert.equal(played.state, "ready");
        assert.equal(played.transport, transport);
        assert.equal(played.model, "live");
        const separated = await page.evaluate(async (library) => {
          const check = (await import("/check.js" as string)) as typeof Check;
          const { createStemSeparator } = await import(library);
          return check.separateSong(createStemSeparator, "/song/song.mp3");
        }, `${site.cdn.url}/index.js`);
        assertSeparated(separated, transport);
      });
    } finally {
      await host.close();
    }
  });
}

test("one base URL moves everything but the tag's own script", async () => {
  const host = await startHost({
    mounts: { "/own/": `${site.packed.package}/dist` },
    pages: {
      "/": page(`<script src="/own/embed.js" data-base-url="${site.cdn.url}" async></script>`),
    },
  });
  try {
    await visit(site.browser, `${host.url}/`, async (page) => {
      const requested: string[] = [];
      page.context().on("request", (request) => requested.push(request.url()));
      await page.reload();
      await page.evaluate(async () => {
        const check = (await import("/check.js" as string)) as typeof Check;
        await check.playMixer(document.querySelector("stem-mixer")!);
      });
      const own = requested.filter((url) => url.includes("/own/"));
      assert.deepEqual(own, [`${host.url}/own/embed.js`]);
      assert.ok(requested.includes(`${site.cdn.url}/worker.js`));
    });
  } finally {
    await host.close();
  }
});
