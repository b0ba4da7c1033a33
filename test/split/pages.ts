// Pages of a real Chromium that have the built library, the model fixtures and the bundled song. Runs in Node.
import type { Browser, Page } from "playwright-core";
import { launchChromium, withPage } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";

export interface Pages {
  /** Runs `body` with a blank page, from which `/split.js` can be imported. */
  open<T>(body: (page: Page, problems: string[]) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function startPages(): Promise<Pages> {
  const browser: Browser = await launchChromium();
  const server = await startServer({
    mounts: { "/": "dist", "/models/": "test/models", "/song/": "components/demo/song" },
    isolated: false,
  });
  return {
    open: (body) => withPage(browser, `${server.url}/blank`, body),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
