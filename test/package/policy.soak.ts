// The strictest Content-Security-Policy under which everything runs, self-hosted (no blob:) and from
// another origin (blob: in worker-src). A violation is a console error, which fails a test. And the two
// places without an origin: sandboxed frames, where it runs, and file:, where it says why it does not.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import type * as Consumer from "./consumer-page.ts";
import { assertSeparated, startHost, useConsumer, visit } from "./sites.ts";

const policyOf = (directives: Record<string, string>) =>
  Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");

/** All files on the page's own origin. */
const SELF_HOSTED = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "worker-src": "'self'",
  "connect-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "require-trusted-types-for": "'script'",
  "trusted-types": "lit-html danna-sep",
};

const site = useConsumer();

const page = (embed: string) => `<!doctype html><html lang="en"><meta charset="utf-8">
  <title>A host's page</title><script src="${embed}" crossorigin async></script>
  <stem-mixer src="/song/song.mp3"></stem-mixer></html>`;

async function playsUnder(policy: string, folder: string, isolated: boolean): Promise<void> {
  const host = await startHost({
    mounts: { "/danna-sep/": `${site.packed.package}/dist` },
    pages: { "/": page(`${folder}/embed.js`) },
    isolated,
    headers: { "Content-Security-Policy": policy },
  });
  try {
    await visit(site.browser, `${host.url}/`, async (page) => {
      const played = await page.evaluate(async () => {
        const consumer = (await import("/check.js" as string)) as typeof Consumer;
        const mixer = document.querySelector("stem-mixer")!;
        const played = await consumer.playMixer(mixer);
        await consumer.shiftKey(mixer);
        return played;
      });
      assert.equal(played.state, "ready");
      const separated = await page.evaluate(
        async (library) => {
          const consumer = (await import("/check.js" as string)) as typeof Consumer;
          const { createStemSeparator } = await import(library);
          return consumer.separateSong(createStemSeparator, "/song/song.mp3", {}, 0.5);
        },
        new URL(`${folder}/index.js`, host.url).href,
      );
      assertSeparated(separated, isolated ? "shared" : "ports");
    });
  } finally {
    await host.close();
  }
}

for (const isolated of [false, true]) {
  test(`self-hosted, no blob:, ${isolated ? "isolated" : "no other headers"}`, async () => {
    await playsUnder(policyOf(SELF_HOSTED), "/danna-sep", isolated);
  });
}

test("from another origin, with blob: in worker-src", async () => {
  const policy = policyOf({
    ...SELF_HOSTED,
    "script-src": `'self' 'wasm-unsafe-eval' ${site.cdn.url}`,
    // The blob, and the script that it imports.
    "worker-src": `blob: ${site.cdn.url}`,
    "connect-src": `'self' ${site.cdn.url}`,
  });
  await playsUnder(policy, site.cdn.url, false);
});

test("from another origin without blob:, the error names the policy", async () => {
  const policy = policyOf({
    ...SELF_HOSTED,
    "script-src": `'self' 'wasm-unsafe-eval' ${site.cdn.url}`,
    "connect-src": `'self' ${site.cdn.url}`,
  });
  const host = await startHost({ headers: { "Content-Security-Policy": policy } });
  const context = await site.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${host.url}/blank`);
    const error = await page.evaluate(async (library) => {
      const { createStemSeparator, DannaError } = await import(library);
      return createStemSeparator(new AudioContext()).then(
        () => "no error",
        (error: unknown) =>
          error instanceof DannaError ? (error as Error).message : String(error),
      );
    }, `${site.cdn.url}/index.js`);
    assert.match(error, /Content-Security-Policy/);
  } finally {
    await context.close();
    await host.close();
  }
});

test("in a sandboxed frame, which has no origin", async () => {
  const frame = '<iframe title="mixer" sandbox="allow-scripts" src="/inner"></iframe>';
  const host = await startHost({
    pages: {
      "/": `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>${frame}</html>`,
      "/inner": page(`${site.cdn.url}/embed.js`),
    },
    headers: { "Access-Control-Allow-Origin": "*" },
  });
  try {
    await visit(site.browser, `${host.url}/`, async (page) => {
      const inner = page.frame({ url: `${host.url}/inner` })!;
      const played = await inner.evaluate(async () => {
        const consumer = (await import("/check.js" as string)) as typeof Consumer;
        const played = await consumer.playMixer(document.querySelector("stem-mixer")!);
        return { ...played, origin: self.origin };
      });
      assert.deepEqual([played.origin, played.state, played.model], ["null", "ready", "live"]);
    });
  } finally {
    await host.close();
  }
});

test("a page from file: is told what to do", async () => {
  const file = path.join(site.packed.folder, "page.html");
  // With crossorigin the browser would not even load this script.
  const html = page("node_modules/danna-sep/dist/embed.js").replace(" crossorigin", "");
  await writeFile(file, html);
  const context = await site.browser.newContext();
  try {
    const page = await context.newPage();
    const error = page.waitForEvent("pageerror");
    await page.goto(`file://${file}`);
    assert.match((await error).message, /from file: load no modules.*over HTTP/);
  } finally {
    await context.close();
  }
});
