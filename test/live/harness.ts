// Serves the built library and a test's browser script to a Chromium. Runs in Node.
import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, CDPSession, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import type { Recording } from "./realtime-page.ts";

/** A silent processor that does what none should. */
const ALLOCATING = `registerProcessor("/allocating.js", class extends AudioWorkletProcessor {
  process(inputs) { globalThis.last = [inputs.length]; return true; }
});`;

export interface Harness {
  /**
   * Runs `body` with a page on which `/live.js` and `/realtime.js` can be imported: /blank, or
   * /standardized, on which standardized-audio-context can be imported as well.
   */
  page<T>(
    transport: "shared" | "ports",
    body: (page: Page, problems: string[]) => Promise<T>,
    path?: string,
  ): Promise<T>;
  /** Scripts served from memory in place of files, by path; for tests that break one. */
  readonly pages: Record<string, string>;
  /** The browser's own DevTools session. */
  browserSession(): Promise<CDPSession>;
  /** Process numbers of the browser's pages. */
  rendererPids(): Promise<number[]>;
  close(): Promise<void>;
}

/** Flags are Chromium's; a page is isolated, and so has shared memory, unless `ports` is asked. `more` is served as well. */
export async function startHarness(
  flags: string[] = [],
  more: Record<string, string> = {},
): Promise<Harness> {
  const bundle = (name: string) => bundleScript(path.resolve(import.meta.dirname, name));
  const pages: Record<string, string> = {
    "/live.js": await bundle("live-page.ts"),
    "/realtime.js": await bundle("realtime-page.ts"),
    "/standardized": `<!doctype html><html lang="en"><title>standardized</title><script type="importmap">
      { "imports": { "standardized-audio-context": "/standardized-audio-context.js" } }</script></html>`,
    "/standardized-audio-context.js": await bundle("standardized.ts"),
    "/allocating.js": ALLOCATING,
    "/recorder.js": await bundle("recorder-worklet.ts"),
    ...more,
  };
  const start = (isolated: boolean) =>
    startServer({
      mounts: { "/dist/": "dist", "/models/": "test/models" },
      isolated,
      pages,
    });
  const servers: Record<"shared" | "ports", Server> = {
    shared: await start(true),
    ports: await start(false),
  };
  const browser: Browser = await launchChromium(flags);
  return {
    page: (transport, body, path = "/blank") =>
      withPage(browser, servers[transport].url + path, body),
    pages,
    browserSession: () => browser.newBrowserCDPSession(),
    async rendererPids() {
      const client = await browser.newBrowserCDPSession();
      const { processInfo } = await client.send("SystemInfo.getProcessInfo");
      await client.detach();
      return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
    },
    async close() {
      await browser.close();
      await servers.shared.close();
      await servers.ports.close();
    },
  };
}

/** Takes what a test has caused on purpose from the problems of its page. */
export function expected(problems: string[], part: string | RegExp): void {
  const others = problems.filter((problem) => !problem.match(part));
  problems.splice(0, problems.length, ...others);
}

/**
 * A machine that is busy may let the context's clock leap over frames that are not rendered at any
 * time: the separator counts as many leaps as the recorder beside it.
 */
export function checkLeaps({ leaps, stats }: Pick<Recording, "leaps" | "stats">): void {
  const [before, after] = leaps;
  const counted = stats.discontinuities;
  assert.ok(
    before <= counted && counted <= after,
    `${counted} leaps, recorded ${leaps.join(" to ")}`,
  );
}
