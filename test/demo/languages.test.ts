// The demo pages in the languages of the elements: everything they say is in the visitor's, from the first frame
// on. Real Chromium.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LANGUAGES, WORDS } from "../../components/demo/words-table.ts";
import { auditPage, withContext } from "../components/pages.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";

const PAGES = ["index", "karaoke", "monitor", "embed"];
/** The same in another language, too. */
const SAME =
  /^(Danna-Sep Live|Mixer|Karaoke|Monitor|(Karaoke|Monitor) – .*|gzip|brotli|ONNX Runtime, WebAssembly)$/;

let browser: Browser;
let server: Server;
before(async () => {
  browser = await launchChromium();
  server = await startServer({ mounts: { "/": "dist" }, isolated: true });
});
after(async () => {
  await server.close();
  await browser.close();
});

/** Opens a page in a visitor's language, in which each frame notes headlines that are drawn. */
const open = (name: string, locale: string, run: (page: Page) => Promise<void>) =>
  withContext(browser, { locale }, "about:blank", async (page) => {
    await page.addInitScript(() => {
      const drawn = new Set<string>();
      Object.assign(globalThis, { drawn });
      const look = () => {
        const text = document.querySelector("h1")?.textContent?.trim();
        if (text) drawn.add(text);
        requestAnimationFrame(look);
      };
      look();
    });
    await page.goto(`${server.url}/demo/${name}.html`);
    await page.waitForFunction(() => document.querySelector("stem-mixer")?.hasUpdated);
    await run(page);
  });

/** What a page says to people, but for code, figures, and what the elements say. */
const said = (page: Page) =>
  page.evaluate(() => {
    const texts = [document.title];
    const walker = document.createTreeWalker(
      document.documentElement,
      NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
    );
    for (let node: Node | null = walker.root; node; node = walker.nextNode()) {
      if (node instanceof Element) {
        for (const name of ["aria-label", "song-title", "title"]) {
          // The demo song has one name.
          if (node.getAttribute("src")) continue;
          texts.push(node.getAttribute(name) ?? "");
        }
        if (node.getAttribute("name") === "description") texts.push(node.getAttribute("content")!);
      } else if (!node.parentElement!.closest("pre, code, script, style, [role=log]")) {
        texts.push(node.nodeValue ?? "");
      }
    }
    const plain = texts.map((text) => text.replace(/\s+/g, " ").trim());
    return [...new Set(plain)].filter(
      (text) => /\p{L}{2}/u.test(text) && !/^[\d.,]+ [kM]B$/.test(text),
    );
  });

for (const name of PAGES) {
  test(`${name}: German, French and Spanish visitors read no English, nor see it flash`, async () => {
    let english: string[] = [];
    await open(name, "en-GB", async (page) => {
      english = await said(page);
      assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
    });
    for (const [column, lang] of LANGUAGES.entries()) {
      await open(name, `${lang}-${lang.toUpperCase()}`, async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
        const left = (await said(page)).filter(
          (text) => english.includes(text) && !SAME.test(text),
        );
        assert.deepEqual(left, [], lang);
        const drawn = await page.evaluate(() => [
          ...(globalThis as unknown as { drawn: string[] }).drawn,
        ]);
        const title = (await page.locator("h1").textContent())!.trim();
        assert.deepEqual(drawn, [title]);
        assert.ok(
          Object.values(WORDS).some((words) => words[column] === title),
          title,
        );
        const { scrollWidth, clientWidth } = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return { scrollWidth, clientWidth };
        });
        assert.ok(scrollWidth <= clientWidth, `${lang}: ${scrollWidth} px wide`);
        await page.setViewportSize({ width: 390, height: 844 });
        await page.waitForFunction("innerWidth === 390");
        // The elements follow the width a frame later.
        await page.waitForFunction(() => document.documentElement.scrollWidth <= 390);
        const rows = await page.evaluate(
          () => document.querySelector<HTMLElement>(".tight .masthead")?.offsetHeight ?? 0,
        );
        assert.ok(rows <= 56, `${lang}: the links take more than a row of a phone`);
        if (lang === "de") await auditPage(page, `${name} in German`);
      });
    }
  });
}

test("a visitor of another language reads English, of several the first that is there", async () => {
  await open("index", "pt-BR", async (page) => {
    assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  });
});

test("each word has three translations with the same gaps, and is said somewhere", () => {
  const folder = "components/demo";
  const sources = ["", "/monitor"].flatMap((part) =>
    readdirSync(folder + part)
      .filter((file) => /\.(html|ts|mjs)$/.test(file) && !file.startsWith("words"))
      .map((file) => readFileSync(`${folder}${part}/${file}`, "utf8")),
  );
  const all = sources.join("\n").replace(/\s+/g, " ");
  const gaps = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [english, others] of Object.entries(WORDS)) {
    assert.ok(all.includes(english), `nobody says ${english}`);
    assert.equal(others.length, LANGUAGES.length);
    for (const other of others) assert.deepEqual(gaps(other), gaps(english), other);
  }
});
