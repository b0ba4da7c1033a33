// Serves the built library and a test's browser script to a Chromium. Runs in Node.
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";

/** A silent processor that does what none should. */
const ALLOCATING = `registerProcessor("/allocating.js", class extends AudioWorkletProcessor {
  process(inputs) { globalThis.last = [inputs.length]; return true; }
});`;

export interface Harness {
  /** Runs `body` with a page on which `/live.js` and `/realtime.js` can be imported. */
  page<T>(
    transport: "shared" | "ports",
    body: (page: Page, problems: string[]) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Flags are Chromium's; a page is isolated, and so has shared memory, unless `ports` is asked. */
export async function startHarness(flags: string[] = []): Promise<Harness> {
  const bundle = (name: string) => bundleScript(path.resolve(import.meta.dirname, name));
  const pages = {
    "/live.js": await bundle("live-page.ts"),
    "/realtime.js": await bundle("realtime-page.ts"),
    "/allocating.js": ALLOCATING,
    "/recorder.js": await bundle("recorder-worklet.ts"),
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
    page: (transport, body) => withPage(browser, `${servers[transport].url}/blank`, body),
    async close() {
      await browser.close();
      await servers.shared.close();
      await servers.ports.close();
    },
  };
}
