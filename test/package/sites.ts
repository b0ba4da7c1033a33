// Two origins for consumers: a host's page, and the folder of the built files on another port.
// Console warnings count as problems here. Runs in Node.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type { Separated } from "./consumer-page.ts";
import { packConsumer, type Packed } from "./packed.ts";

export const SONG = "components/demo/song";

const check = await bundleScript(path.join(import.meta.dirname, "consumer-page.ts"));

/** The package's files as a CDN serves them: on their own origin, to be read from any other. */
function startCdn(packageFolder: string): Promise<Server> {
  return startServer({
    mounts: { "/": path.join(packageFolder, "dist") },
    isolated: false,
    headers: { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" },
  });
}

export interface ConsumerSite {
  packed: Packed;
  /** Of the packed package's files. */
  cdn: Server;
  browser: Browser;
}

/** What a file's tests of the one-tag build share; it is there while they run. */
export function useConsumer(): Readonly<ConsumerSite> {
  const site = {} as ConsumerSite;
  before(async () => {
    site.packed = await packConsumer([], { scripts: true });
    site.cdn = await startCdn(site.packed.package);
    site.browser = await launchChromium();
  });
  after(async () => {
    await site.browser.close();
    await site.cdn.close();
    await site.packed.dispose();
  });
  return site;
}

export interface Host {
  /** By URL path. */
  readonly pages?: Record<string, string>;
  /** Folders by URL prefix, beside /song/. */
  readonly mounts?: Record<string, string>;
  readonly isolated?: boolean;
  readonly headers?: Record<string, string>;
}

/** A host's own site, with the demo song under /song/ and the check under /check.js. */
export function startHost({ pages, mounts, isolated = false, headers }: Host): Promise<Server> {
  return startServer({
    mounts: { "/song/": SONG, ...mounts },
    isolated,
    pages: { "/check.js": check, ...pages },
    ...(headers && { headers }),
  });
}

/**
 * A page of a fresh profile (no cache of earlier tests); errors and warnings fail the test, except those
 * that `expected` matches.
 */
export async function visit<T>(
  browser: Browser,
  url: string,
  body: (page: Page) => Promise<T>,
  expected?: RegExp,
): Promise<T> {
  const context = await browser.newContext();
  const warnings: string[] = [];
  context.on("console", (message) => {
    if (message.type() === "warning" && !expected?.test(message.text()))
      warnings.push(message.text());
  });
  try {
    const result = await withPage(context, url, body);
    assert.deepEqual(warnings, [], "the page's console must be free of warnings");
    return result;
  } finally {
    await context.close();
  }
}

/** Stems that add up to the delayed input, and that are four different things. */
export function assertSeparated(result: Separated, transport: "shared" | "ports"): void {
  assert.equal(result.transport, transport);
  assert.equal(result.isolated, transport === "shared");
  assert.equal(result.model, "live");
  assert.ok(result.inputLevel > 0.01, "the song is silent");
  assert.ok(result.stemError < 1e-5, `stems do not add up to the input: ${result.stemError}`);
  assert.ok(result.outputError < 1e-5, `output is not the input: ${result.outputError}`);
  for (const [i, level] of result.levels.entries()) assert.ok(level > 0, `stem ${i} is silent`);
  const quarter = result.levels.filter(
    (level) => Math.abs(level / result.inputLevel - 0.25) < 0.01,
  );
  assert.ok(quarter.length < 4, "the stems are equal shares of the input");
}
