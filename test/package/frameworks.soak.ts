// Pages of React and Vue, built with Vite from the packed package: properties, events, and rendering
// on a server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { buildWithVite, page, writeProject } from "./bundled.ts";
import type * as Consumer from "./consumer-page.ts";
import { packConsumer, type Packed } from "./packed.ts";
import { startHost, visit } from "./sites.ts";

const PAGE = page('<script type="module" src="/main.js"></script>', '<div id="app"></div>');

/** Each hands the element an object as a property and shows what its events say. */
const REACT = `
import "danna-sep/stem-mixer";
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";
window.hostContext = new AudioContext();
function Player() {
  const [state, setState] = useState("");
  return createElement("main", null,
    createElement("stem-mixer", {
      src: "/song/song.mp3",
      context: window.hostContext,
      "onstem-state-change": ({ detail }) => setState(detail.state),
    }),
    createElement("output", null, state));
}
createRoot(document.getElementById("app")).render(createElement(Player));
`;
const VUE = `
import "danna-sep/stem-mixer";
import { createApp, h, ref } from "vue";
window.hostContext = new AudioContext();
createApp({
  setup() {
    const state = ref("");
    return () => h("main", [
      h("stem-mixer", {
        src: "/song/song.mp3",
        context: window.hostContext,
        onStemStateChange: ({ detail }) => (state.value = detail.state),
      }),
      h("output", state.value),
    ]);
  },
}).mount("#app");
`;

let packed: Packed;
let browser: Browser;
before(async () => {
  packed = await packConsumer(["react", "react-dom", "scheduler", "vue", "@vue/server-renderer"]);
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await packed.dispose();
});

for (const [name, main] of Object.entries({ React: REACT, Vue: VUE })) {
  test(`${name} sets properties, hears events`, { timeout: 240_000 }, async () => {
    const files = { "index.html": PAGE, "main.js": main };
    const project = await writeProject(packed.folder, name.toLowerCase(), files);
    const host = await startHost({ mounts: { "/": await buildWithVite(project) } });
    try {
      await visit(browser, `${host.url}/`, async (page) => {
        await page.waitForSelector("stem-mixer", { state: "attached" });
        const played = await page.evaluate(async () => {
          const consumer = (await import("/check.js" as string)) as typeof Consumer;
          return consumer.playMixer(document.querySelector("stem-mixer")!);
        });
        assert.equal(played.model, "live");
        await page.waitForFunction(() => document.querySelector("output")?.textContent === "ready");
        const own = await page.evaluate(() => {
          const { hostContext } = window as unknown as { hostContext: AudioContext };
          return document.querySelector("stem-mixer")!.separator!.context === hostContext;
        });
        assert.ok(own, "the element uses the host's context");
      });
    } finally {
      await host.close();
    }
  });
}

test("React and Vue render the element on a server", async () => {
  const file = path.join(packed.folder, "server.mjs");
  await writeFile(
    file,
    `import "danna-sep/stem-mixer";
    import { createElement } from "react";
    import { renderToString } from "react-dom/server";
    import { createSSRApp, h } from "vue";
    import { renderToString as renderVue } from "vue/server-renderer";
    const attributes = { src: "song.mp3", preset: "karaoke" };
    console.log(JSON.stringify([
      renderToString(createElement("stem-mixer", attributes)),
      await renderVue(createSSRApp({ render: () => h("stem-mixer", attributes) })),
    ]));`,
  );
  const env = { ...process.env, NODE_ENV: "production" };
  const printed = execFileSync(process.execPath, [file], {
    cwd: packed.folder,
    env,
    encoding: "utf8",
  });
  const html = '<stem-mixer src="song.mp3" preset="karaoke"></stem-mixer>';
  assert.deepEqual(JSON.parse(printed), [html, html]);
});
