// Opens pages in a real Chromium and fails a test on errors in their console. Runs in Node.
// One browser at most per test file: launch it in `before`, close it in `after`.
import assert from "node:assert/strict";
import type { Browser, BrowserContext, LaunchOptions, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { countPage } from "./page-coverage.ts";
import { findChromium } from "./programs.ts";

/**
 * Of these features of the browser the first two load pages of its own, hidden in every window, and take a third of
 * the time that a test's page needs. The others are those that Playwright turns off, whose list this one replaces.
 */
const UNWANTED_FEATURES = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "AimEnabled",
  "ThirdPartyStoragePartitioning",
];

const FLAGS = [
  "--no-sandbox",
  `--disable-features=${UNWANTED_FEATURES.join(",")}`,
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** Flags for a microphone that plays a WAV file (44.1 kHz stereo arrives unchanged) in a loop. */
export const fakeMicrophone = (wavFile: string): string[] => [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  `--use-file-for-fake-audio-capture=${wavFile}`,
];

/** Flag for a WebGPU adapter in software: correct, and slow. */
export const SOFTWARE_WEBGPU = "--enable-unsafe-webgpu";

/** Starts a headless Chromium, installing one first if the machine has none. */
export function launchChromium(flags: string[] = [], options?: LaunchOptions): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [...FLAGS, ...flags],
    ...options,
  });
}

/**
 * A Chromium with a profile in an empty folder, as visitors have one: what is compiled of WebAssembly is kept
 * there, and not by a browser's other contexts.
 */
export function launchProfile(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, {
    executablePath: findChromium(),
    args: FLAGS,
  });
}

/** A page and what went wrong in it so far. */
export interface OpenPage {
  readonly page: Page;
  /** Console errors, uncaught exceptions and failed loads, oldest first. */
  readonly problems: string[];
  /** Closes the page. */
  close(): Promise<void>;
}

/**
 * Runs `body` with a fresh page at `url`, closes the page, and fails if the page logged an error,
 * threw, or failed to load something. A test that causes an error on purpose removes it from
 * `problems` before `body` ends.
 */
export async function withPage<T>(
  browser: Browser | BrowserContext,
  url: string,
  body: (page: Page, problems: string[]) => Promise<T>,
): Promise<T> {
  const { page, problems, close } = await openPage(browser, url);
  try {
    const result = await body(page, problems);
    assert.deepEqual(problems, [], "the page's console must be free of errors");
    return result;
  } catch (error) {
    if (problems.length > 0) console.error(`problems of ${url}:\n  ${problems.join("\n  ")}`);
    throw error;
  } finally {
    await close();
  }
}

/** Opens `url` in a new page whose problems are recorded from the start. */
export async function openPage(browser: Browser | BrowserContext, url: string): Promise<OpenPage> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // The page's own cancelling; Chromium reports it as well for streams that were read to the end.
    if (reason === "net::ERR_ABORTED") return;
    problems.push(`request failed: ${request.url()} ${reason}`);
  });
  const counted = await countPage(page);
  await page.goto(url);
  const close = async () => {
    await counted();
    await page.close();
  };
  return { page, problems, close };
}

/** Resolves when Playwright, too, has heard that all of a page's workers have ended. */
export async function workersEnded(page: Page): Promise<void> {
  while (page.workers().length > 0) await page.workers()[0].waitForEvent("close");
}
