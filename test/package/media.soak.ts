// Media of another origin: processed where it may be read, refused in words where it may not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type * as Consumer from "./consumer-page.ts";
import { SONG, startHost, visit } from "./sites.ts";

let media: Server;
let browser: Browser;
before(async () => {
  const headers = { "Access-Control-Allow-Origin": "*" };
  media = await startServer({ mounts: { "/": SONG }, isolated: false, headers });
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await media.close();
});

const page = (attributes: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
  <title>A host's page</title><script src="/danna-sep/embed.js" async></script>
  <audio id="song" src="${media.url}/song.mp3" ${attributes}></audio>
  <stem-mixer for="song"></stem-mixer></html>`;

async function play(attributes: string): Promise<{ result: string; shown: string }> {
  const host = await startHost({
    mounts: { "/danna-sep/": "dist" },
    pages: { "/": page(attributes) },
  });
  try {
    return await visit(browser, `${host.url}/`, (page) =>
      page.evaluate(async () => {
        const consumer = (await import("/check.js" as string)) as typeof Consumer;
        const mixer = document.querySelector("stem-mixer")!;
        const result = await consumer.playMixer(mixer).then(
          ({ state }) => state,
          (error: Error) => error.message,
        );
        await mixer.updateComplete;
        return { result, shown: mixer.shadowRoot!.textContent };
      }),
    );
  } finally {
    await host.close();
  }
}

test("with crossorigin and the server's leave it is separated", async () => {
  assert.equal((await play('crossorigin="anonymous"')).result, "ready");
});

test("without, the mixer says what to do, and the element keeps its own sound", async () => {
  const { result, shown } = await play("");
  assert.match(result, /lies on another origin: add crossorigin/);
  assert.match(shown, /lies on another origin: add crossorigin/);
});
