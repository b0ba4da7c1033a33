// The demo pages as a static site: a plain file server that knows nothing of them, under a sub-path,
// without headers; and with the service worker that gives isolation where a host has no headers.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type * as Library from "../../src/index.ts";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium } from "../support/chromium.ts";
import type * as Consumer from "./consumer-page.ts";
import { assertSeparated, visit } from "./sites.ts";

const SITE = "music/danna-sep";
const ISOLATION = "node_modules/coi-serviceworker/coi-serviceworker.min.js";

let folder: string;
let server: ChildProcess;
let url: string;
let browser: Browser;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-site-"));
  const site = path.join(folder, SITE);
  execFileSync(process.execPath, ["components/demo/build-site.mjs", site]);
  await writeFile(
    path.join(folder, "check.js"),
    await bundleScript(path.join(import.meta.dirname, "consumer-page.ts")),
  );
  const page = await readFile(path.join(site, "demo/index.html"), "utf8");
  const script = '<script src="../coi-serviceworker.min.js"></script>';
  await writeFile(path.join(site, "demo/isolated.html"), page.replace("<title>", `${script}$&`));
  // In a folder above the page and all that it loads.
  await cp(ISOLATION, path.join(site, path.basename(ISOLATION)));

  server = spawn("python3", ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  url = await new Promise<string>((resolve, reject) => {
    server.once("error", reject);
    server.stdout!.on("data", (text: Buffer) => {
      const port = /port (\d+)/.exec(String(text))?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
  });
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  server.kill();
  await rm(folder, { recursive: true });
});

/** Plays the demo song with the page's button, and separates a part of it sample by sample. */
async function check(page: Page, transport: "shared" | "ports"): Promise<void> {
  await page.getByRole("button", { name: "Play the demo song" }).click();
  await page.waitForFunction(() => {
    const mixer = document.querySelector("stem-mixer")!;
    if (mixer.failure) throw mixer.failure;
    return mixer.state === "ready" && mixer.position > 0.2;
  });
  const separated = await page.evaluate(async () => {
    document.querySelector("stem-mixer")!.pause();
    const consumer = (await import("/check.js" as string)) as typeof Consumer;
    const library = (await import(new URL("../index.js", location.href).href)) as typeof Library;
    return consumer.separateSong(library.createStemSeparator, "song/song.mp3", {}, 0.5);
  });
  assertSeparated(separated, transport);
}

test("every demo page works from a plain file server, under a sub-path", async () => {
  await visit(browser, `${url}/${SITE}/`, async (page) => {
    await page.waitForURL(`${url}/${SITE}/demo/`);
    await check(page, "ports");
    for (const name of ["karaoke", "monitor", "embed", "plain"]) {
      await page.goto(`${url}/${SITE}/demo/${name}.html`);
      await page.locator("stem-mixer, main").first().waitFor();
    }
  });
});

test("a service worker gives isolation where the host sends no headers", async () => {
  await visit(browser, `${url}/${SITE}/demo/isolated.html`, async (page) => {
    await page.waitForFunction(() => crossOriginIsolated);
    await check(page, "shared");
  });
});
