// Consumers that bundle the packed package with nothing but their bundler's defaults.
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import {
  buildWithVite,
  buildWithWebpack,
  checkOnViteServer,
  checkPage,
  page,
  writeProject,
} from "./bundled.ts";
import { packConsumer, type Packed } from "./packed.ts";

const MAIN = `
import { createStemSeparator } from "danna-sep";
import { splitFile } from "danna-sep/split";
import "danna-sep/stem-mixer";
Object.assign(window, { createStemSeparator, splitFile });
`;
const MIXER = '<stem-mixer src="/song/song.mp3"></stem-mixer>';

let packed: Packed;
let browser: Browser;
before(async () => {
  packed = await packConsumer();
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await packed.dispose();
});

test("Vite, while developing and built", { timeout: 240_000 }, async () => {
  const project = await writeProject(packed.folder, "vite", {
    "index.html": page('<script type="module" src="/main.js"></script>', MIXER),
    "main.js": MAIN,
  });
  await checkOnViteServer(browser, project);
  await checkPage(browser, await buildWithVite(project));
});

test("webpack", { timeout: 240_000 }, async () => {
  const project = await writeProject(packed.folder, "webpack", { "main.js": MAIN });
  const html = page('<script src="main.js"></script>', MIXER);
  await checkPage(browser, await buildWithWebpack(project), html);
});
