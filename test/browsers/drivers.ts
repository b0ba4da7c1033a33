// Starts the browsers that are not Chromium, installing Debian's packages where they are missing, and
// runs scripts on their pages. Runs in Node.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";
import { Builder } from "selenium-webdriver";
import { launchChromium } from "../support/chromium.ts";
import { installPackages, onPath } from "../support/programs.ts";

export interface OtherBrowser {
  /** Name and version. */
  readonly name: string;
  /** Opens the page, and gives what `expression`, a promise's, resolves to. */
  evaluate(url: string, expression: string): Promise<unknown>;
  close(): Promise<void>;
}

const WEBKIT = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const DRIVER_PORT = 4499;
const DISPLAY = ":97";

/** A sound device that goes nowhere: without one Firefox and WebKit do not run an AudioContext. */
function startSound(): { env: Record<string, string>; stop: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-sound-"));
  const socket = path.join(folder, "socket");
  const server = spawn(
    "pulseaudio",
    [
      "-n",
      "--exit-idle-time=-1",
      "--use-pid-file=no",
      ...["-L", "module-null-sink sink_name=null rate=44100"],
      ...["-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`],
    ],
    { stdio: "ignore", env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } },
  );
  return {
    env: { PULSE_SERVER: `unix:${socket}` },
    stop: () => {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Pages {
  newPage(): Promise<{
    goto(url: string): Promise<unknown>;
    evaluate(expression: string): Promise<unknown>;
    close(): Promise<void>;
  }>;
}

async function onPage(browser: Pages, url: string, expression: string): Promise<unknown> {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    return await page.evaluate(expression);
  } finally {
    await page.close();
  }
}

async function firefox(): Promise<OtherBrowser> {
  installPackages("firefox-esr", "pulseaudio");
  const sound = startSound();
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: onPath("firefox-esr") ?? "",
    env: { ...process.env, ...sound.env },
    extraPrefsFirefox: { "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0 },
  });
  const version = (await browser.version()).replace(/^firefox\//i, "");
  return {
    name: `Firefox ${version}`,
    evaluate: (url, expression) => onPage(browser, url, expression),
    async close() {
      await browser.close();
      sound.stop();
    },
  };
}

async function webKit(): Promise<OtherBrowser> {
  installPackages(
    "webkit2gtk-driver",
    "xvfb",
    "pulseaudio",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-pulseaudio",
    "gstreamer1.0-libav",
  );
  const sound = startSound();
  const started: ChildProcess[] = [spawn("Xvfb", [DISPLAY], { stdio: "ignore" })];
  const env = {
    ...process.env,
    ...sound.env,
    DISPLAY,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
  };
  started.push(spawn("WebKitWebDriver", [`--port=${DRIVER_PORT}`], { stdio: "ignore", env }));
  const url = `http://127.0.0.1:${DRIVER_PORT}`;
  while (!(await fetch(`${url}/status`).catch(() => undefined))?.ok) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const driver = await new Builder()
    .usingServer(url)
    .withCapabilities({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": {
        binary: WEBKIT,
        args: ["--automation", "--autoplay-policy=allow"],
      },
    })
    .build();
  await driver.manage().setTimeouts({ script: 300_000 });
  const version = (await driver.getCapabilities()).getBrowserVersion();
  return {
    name: `WebKitGTK ${version}`,
    async evaluate(url, expression) {
      await driver.get(url);
      const script = `const done = arguments[arguments.length - 1];
        Promise.resolve(${expression}).then(done, (error) => done({ error: String(error) }));`;
      return driver.executeAsyncScript(script);
    },
    async close() {
      await driver.quit();
      for (const process of started) process.kill();
      sound.stop();
    },
  };
}

async function chromium(): Promise<OtherBrowser> {
  const browser = await launchChromium();
  return {
    name: `Chromium ${browser.version().split(".")[0]}`,
    evaluate: (url, expression) => onPage(browser, url, expression),
    close: () => browser.close(),
  };
}

export const BROWSERS = { chromium, firefox, webKit } as const;
