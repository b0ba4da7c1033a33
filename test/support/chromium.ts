// Opens pages in a real Chromium and fails a test on errors in their console. Runs in Node.
// One browser at most per test file: launch it in `before`, close it in `after`.
import assert from "node:assert/strict";
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  CDPSession,
  Disposable,
  LaunchOptions,
  Page,
} from "playwright-core";
import { countPage } from "./page-coverage.ts";
import { findChromium, playwright } from "./programs.ts";

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
  return playwright().chromium.launch({
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
  return playwright().chromium.launchPersistentContext(folder, {
    executablePath: findChromium(),
    args: FLAGS,
  });
}

/** Waits for a condition that takes time to be looked at: Playwright's own waiting takes its promise for an answer. */
export async function untilSettled<A>(
  page: Page,
  condition: (argument: A) => Promise<boolean>,
  argument: A,
): Promise<void> {
  while (!(await page.evaluate(condition as (argument: unknown) => Promise<boolean>, argument))) {
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
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
  const open = await openPage(browser, url);
  try {
    return await withoutProblems(open, url, body);
  } finally {
    await open.close();
  }
}

async function withoutProblems<T>(
  { page, problems }: OpenPage,
  url: string,
  body: (page: Page, problems: string[]) => Promise<T>,
): Promise<T> {
  try {
    const result = await body(page, problems);
    assert.deepEqual(problems, [], "the page's console must be free of errors");
    return result;
  } catch (error) {
    if (problems.length > 0) console.error(`problems of ${url}:\n  ${problems.join("\n  ")}`);
    throw error;
  }
}

/** Opens `url` in a new page whose problems are recorded from the start. */
export async function openPage(browser: Browser | BrowserContext, url: string): Promise<OpenPage> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  // What is thrown and is no Error has an empty stack.
  page.on("pageerror", ({ stack, name, message }) =>
    problems.push(`uncaught: ${stack || `${name} ${message}`}`),
  );
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

/** What a browser context has from the start. */
const MEDIA = {
  colorScheme: "light",
  reducedMotion: "no-preference",
  forcedColors: "none",
} as const;

/** Of a browser context's options those that a visit may have. */
export type VisitOptions = Pick<BrowserContextOptions, "viewport" | "permissions">;

/** Visits the addresses of a server one after the other, each as `withPage` does, in one page. */
export interface Visitor {
  visit<T>(
    url: string,
    body: (page: Page, problems: string[]) => Promise<T>,
    options?: VisitOptions,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Notes what a test has every page run or call, which `undo` takes back. */
function noteScripts(page: Page): { undo(): Promise<void> } {
  const scripts: Disposable[] = [];
  const note = async (script: Promise<Disposable>) => {
    scripts.push(await script);
    return script;
  };
  const { exposeFunction, addInitScript } = page;
  page.exposeFunction = (...all) => note(exposeFunction.apply(page, all));
  page.addInitScript = (...all) => note(addInitScript.apply(page, all as never));
  return {
    async undo() {
      Object.assign(page, { exposeFunction, addInitScript });
      for (const script of scripts) await script.dispose();
    },
  };
}

/**
 * A visitor of `origin`: each visit finds an empty store, no route, no script of a test's and the pointer in the corner, and
 * costs half of what a page of its own does. A test that wants more of the browser (touch, another language) needs one. After a
 * failure the next visit has a new page.
 */
export function visitorOf(newContext: () => Promise<BrowserContext>, origin: string): Visitor {
  const blank = `${origin}/blank`;
  type Tab = OpenPage & { readonly session: CDPSession };
  let waiting: Tab | undefined;
  async function newTab(): Promise<Tab> {
    const tab = await openPage(await newContext(), blank);
    return { ...tab, session: await tab.page.context().newCDPSession(tab.page) };
  }
  async function leave({ page, problems, session }: Tab): Promise<void> {
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.mouse.move(0, 0);
    await page.emulateMedia(MEDIA);
    await page.goto(blank);
    await workersEnded(page);
    await page.context().clearPermissions();
    await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
    problems.length = 0;
  }
  return {
    async visit(url, body, { viewport, permissions = [] } = {}) {
      const own = waiting ?? (await newTab());
      waiting = undefined;
      try {
        const { page } = own;
        const scripts = noteScripts(page);
        const size = viewport ?? { width: 1280, height: 720 };
        const now = page.viewportSize();
        if (now?.width !== size.width || now.height !== size.height)
          await page.setViewportSize(size);
        // To grant none would refuse all.
        if (permissions.length > 0) await page.context().grantPermissions(permissions);
        await page.goto(url);
        const result = await withoutProblems(own, url, body);
        // What a page ran is counted when it is closed.
        if (process.env.COVERAGE_FOLDER) return result;
        await scripts.undo();
        await leave(own);
        // Visits at the same time have a page each, of which one is enough for those that follow.
        waiting ??= own;
        return result;
      } finally {
        if (waiting !== own) await own.close();
      }
    },
    close: async () => waiting?.close(),
  };
}

/** Resolves when Playwright, too, has heard that all of a page's workers have ended. */
export async function workersEnded(page: Page): Promise<void> {
  while (page.workers().length > 0) await page.workers()[0].waitForEvent("close");
}
