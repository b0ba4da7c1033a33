// What the tests of elements share: a page with the elements and a fixed font, accessibility
// audits, and comparison with reference screenshots. Runs in Node.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { AxeResults } from "axe-core";
import pixelmatch from "pixelmatch";
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { PNG } from "pngjs";
import { withPage } from "../support/chromium.ts";
import { toIndexed } from "../support/indexed-png.ts";

const require = createRequire(import.meta.url);

export type Scheme = "light" | "dark";

/** Served under /inter/: the same letters on every machine, so that screenshots compare. */
export const FONT_MOUNT = {
  "/inter/": path.dirname(require.resolve("@fontsource-variable/inter/package.json")),
};

/** A page with `body` in it that loads `script` as a module. */
export function elementPage(body: string, script = "/elements.js", lang = "en"): string {
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Elements</title>
<meta name="viewport" content="width=device-width">
<style>
@font-face { font-family: Inter; src: url(/inter/files/inter-latin-wght-normal.woff2); font-weight: 100 900; }
:root { color-scheme: light dark; --stem-font: Inter, sans-serif; }
body { margin: 16px; background: light-dark(#f6f5f2, #0f1113); color: light-dark(#16181a, #f3f2ef); font-family: Inter, sans-serif; }
</style></head><body><main><h1 style="position:absolute;clip-path:inset(50%)">Elements</h1>${body}</main>
<script type="module" src="${script}"></script></body></html>`;
}

/** A browser context for pages of elements. */
export async function newContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ serviceWorkers: "block", ...options });
  // tsx gives functions their names through this helper, also those that run in the page.
  await context.addInitScript("globalThis.__name = (named) => named");
  return context;
}

/** As `withPage`, in a browser context of its own (colour scheme, touch, size …). */
export async function withContext<T>(
  browser: Browser,
  options: BrowserContextOptions,
  url: string,
  body: (page: Page, problems: string[]) => Promise<T>,
): Promise<T> {
  const context = await newContext(browser, options);
  try {
    return await withPage(context, url, body);
  } finally {
    await context.close();
  }
}

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What of axe-core's rules a colour scheme decides. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * Fails unless axe-core finds nothing in the page as it is now; `state` names it in the message. With `coloursOnly` a page
 * is looked at that was audited in another colour scheme.
 */
export async function auditPage(
  page: Page,
  state: string,
  { coloursOnly = false } = {},
): Promise<void> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const violations = await page.evaluate(
    async (rules) => {
      const { axe } = globalThis as unknown as {
        axe: { run(options: object): Promise<AxeResults> };
      };
      const run = axe.run(rules ? { runOnly: { type: "rule", values: rules } } : {});
      return (await run).violations.map(({ id, help, nodes }) => ({
        id,
        help,
        nodes: nodes.map((node) => `${String(node.target)}: ${node.failureSummary}`),
      }));
    },
    coloursOnly ? COLOURS : undefined,
  );
  assert.deepEqual(violations, [], `axe-core, ${state}`);
}

const REFERENCES = "test/components/references";
/** Share of pixels that may differ: another machine smooths letters differently. */
const TOLERANCE = 0.015;

/**
 * Compares a screenshot with `test/components/references/NAME.png`. UPDATE_REFERENCES=1 writes the
 * reference instead, with at most 256 colours. What differs is left in the system's temporary folder, named in the error.
 */
export async function compareScreenshot(
  target: Page | Locator,
  name: string,
  options: { mask?: Locator[]; fullPage?: boolean } = {},
): Promise<void> {
  const shot = await target.screenshot({ ...options, animations: "disabled", caret: "hide" });
  const file = path.join(REFERENCES, `${name}.png`);
  const of = `of ${createHash("sha256").update(shot).digest("hex")}`;
  if (process.env.UPDATE_REFERENCES === "1") {
    mkdirSync(REFERENCES, { recursive: true });
    writeFileSync(file, toIndexed(shot, of));
    return;
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_REFERENCES=1 and look at it`);
  const reference = readFileSync(file);
  // A reference says which screenshot it was made of: most need no decoding.
  if (shot.equals(reference) || reference.includes(of)) return;
  const [actual, expected] = [PNG.sync.read(shot), PNG.sync.read(reference)];
  const { width, height } = expected;
  assert.deepEqual([actual.width, actual.height], [width, height], `size of ${name}`);
  const difference = new PNG({ width, height });
  const count = pixelmatch(actual.data, expected.data, difference.data, width, height, {
    threshold: 0.15,
  });
  if (count <= TOLERANCE * width * height) return;
  const folder = path.join(require("node:os").tmpdir(), "danna-screenshots");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.png`), shot);
  writeFileSync(path.join(folder, `${name}.diff.png`), PNG.sync.write(difference));
  assert.fail(`${name}: ${count} of ${width * height} pixels differ; see ${folder}`);
}
