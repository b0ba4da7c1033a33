// The embed page: what it says to copy works elsewhere, both players play, and its sizes are true. Real
// Chromium.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { untilMixer, withMixer } from "../components/mixer-harness.ts";
import { withContext } from "../components/pages.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";

const SONG = "components/demo/song";

let browser: Browser;
let site: Server;
before(async () => {
  browser = await launchChromium();
  const headers = { "Access-Control-Allow-Origin": "*" };
  site = await startServer({ mounts: { "/": "dist" }, isolated: false, headers });
});
after(async () => {
  await site.close();
  await browser.close();
});

const open = (run: (page: Page) => Promise<void>) =>
  withContext(
    browser,
    { permissions: ["clipboard-read", "clipboard-write"] },
    `${site.url}/demo/embed.html`,
    run,
  );

/** What a button of the page puts on the clipboard. */
async function copied(button: string): Promise<string> {
  let text = "";
  await open(async (page) => {
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    text = await page.evaluate(() => navigator.clipboard.readText());
  });
  return text;
}

/** Plays a blank page's mixer. */
async function playsIn(html: string, pages: Record<string, string> = {}): Promise<void> {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A blog</title><body>${html}`;
  const mounts = { "/": SONG, "/dist/": "dist" };
  const host = await startServer({ mounts, isolated: false, pages: { ...pages, "/": page } });
  try {
    await withContext(browser, {}, `${host.url}/`, async (page) => {
      await withMixer(page, (mixer) => void (mixer.quality = "live"));
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await untilMixer(page, (mixer) => {
        if (mixer.failure) throw mixer.failure;
        return mixer.songTitle === "My song" && mixer.position > 0.1;
      });
    });
  } finally {
    await host.close();
  }
}

test("embed: the tag that is copied names this site's address, and plays in a blank page of another", async () => {
  const tag = await copied("Copy the tag");
  assert.ok(tag.includes(`src="${site.url}/embed.js"`), tag);
  await playsIn(tag);
});

test("embed: an address that only this computer has is said to be one, and no other", () =>
  open(async (page) => {
    const note = page.getByText("This address works only while the demo runs on this computer");
    await note.waitFor();
    await page.route("https://site.example/**", (route) => {
      const { pathname } = new URL(route.request().url());
      return route.fulfill({ path: `dist${pathname}` });
    });
    await page.goto("https://site.example/demo/embed.html");
    await page.waitForFunction(() =>
      document.querySelector("#tag")!.textContent!.includes("https://site.example/embed.js"),
    );
    assert.equal(await note.isVisible(), false);
  }));

test("embed: the import that is copied plays in a blank page", async () => {
  const { outputFiles } = await build({
    stdin: { contents: await copied("Copy the import") },
    bundle: true,
    format: "esm",
    write: false,
    external: ["/dist/*"],
    alias: { "danna-sep/stem-mixer": "/dist/stem-mixer.js" },
  });
  const script = '<script type="module" src="/app.js"></script>';
  await playsIn(script, { "/app.js": outputFiles[0].text });
});

test("embed: where the clipboard is denied, the text is selected to be copied by hand", () =>
  open(async (page) => {
    await page.context().clearPermissions();
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("no"));
    });
    await page.getByRole("button", { name: "Copy the import" }).click();
    await page.getByRole("button", { name: "Selected" }).waitFor();
    const selected = await page.evaluate(() => String(getSelection()));
    assert.equal(selected.trim(), (await page.locator("#npm").textContent())!.trim());
  }));

test("embed: the full and the compact player are live, and the compact one is low", () =>
  open(async (page) => {
    for (const id of ["compact", "full"]) {
      const mixer = page.locator(`#${id}`);
      await mixer.getByRole("button", { name: "Play", exact: true }).click();
      const element = (await mixer.elementHandle())!;
      await page.waitForFunction((each) => {
        const mixer = each as HTMLElementTagNameMap["stem-mixer"];
        if (mixer.failure) throw mixer.failure;
        return !mixer.paused && mixer.position > 0.1;
      }, element);
      const { height } = (await mixer.boundingBox())!;
      if (id === "compact") assert.ok(height >= 150 && height <= 180, `${height} pixels`);
      else assert.ok(height > 350, `${height} pixels`);
    }
  }));

/** A number of bytes as the page writes it. */
const asBytes = (text: string) => {
  const [number, unit] = text.split(" ");
  return Number(number) * { kB: 1e3, MB: 1e6 }[unit as "kB" | "MB"];
};

test("embed: the sizes are those of what a browser fetches for a first play", () =>
  withContext(browser, {}, `${site.url}/blank`, async (page) => {
    const fetched = new Set<string>();
    page.context().on("request", (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin === site.url) fetched.add(pathname);
    });
    // Without a model for better stems, which is not part of it.
    await page.goto(`${site.url}/demo/embed.html`);
    const full = page.locator("#full");
    await full.getByRole("button", { name: "Play", exact: true }).click();
    const element = await full.elementHandle();
    await page.waitForFunction(
      (mixer) => (mixer as HTMLElementTagNameMap["stem-mixer"]).position > 1,
      element,
    );
    const rows = await page
      .getByRole("region", { name: "What it weighs" })
      .locator("tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll("td")].map(({ textContent }) => textContent!)),
      );
    const own = [...fetched].filter((file) => !/^\/(demo\/|blank)/.test(file));
    // Of the tag by address.
    own.push("/embed.js");
    let raw = 0;
    let zipped = 0;
    for (const file of own) {
      const bytes = await readFile(`dist${file}`);
      raw += bytes.length;
      zipped += gzipSync(bytes, { level: 9 }).length;
    }
    const [asItIs, gzip, brotli] = rows.at(-1)!.map(asBytes);
    const isNear = (stated: number, measured: number) =>
      assert.ok(Math.abs(stated / measured - 1) < 0.01, `${stated} stated, ${measured} fetched`);
    isNear(asItIs, raw);
    isNear(gzip, zipped);
    assert.ok(brotli < gzip);
    // The sum is that of its rows, but for their rounding.
    for (const column of [0, 1, 2]) {
      const parts = rows.slice(0, -1).map((row) => asBytes(row[column]));
      const sum = parts.reduce((total, part) => total + part);
      assert.ok(Math.abs(sum - asBytes(rows.at(-1)![column])) <= 5e3 * rows.length);
    }
  }));
