// Finds the programs the tests need and installs them when they are missing. Runs in Node.
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type * as Playwright from "playwright-core";

/** Loaded where a browser is wanted; imported, its seven megabytes would be read once more for the names they export. */
export const playwright = () =>
  createRequire(import.meta.url)("playwright-core") as typeof Playwright;

const CHROMIUM_NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
];

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Path of a program, if it is on the PATH. */
export const onPath = (name: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, name))
    .find(isExecutable);

/** Runs a command as root, through sudo where needed, with its output on this process's stderr. */
function asRoot(command: string, args: string[]): void {
  const root = process.getuid?.() === 0;
  const [program, all] = root ? [command, args] : ["sudo", ["-n", command, ...args]];
  const result = spawnSync(program, all, {
    stdio: ["ignore", process.stderr, process.stderr],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${[program, ...all].join(" ")}: exit ${result.status}`);
}

function aptInstall(...packageNames: string[]): void {
  asRoot("apt-get", ["update", "-q"]);
  asRoot("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packageNames]);
}

/** Installs those of the distribution's packages that are missing. */
export function installPackages(...names: string[]): void {
  const missing = names.filter((name) => spawnSync("dpkg", ["-s", name]).status !== 0);
  if (missing.length > 0) aptInstall(...missing);
}

const isUbuntu = (): boolean =>
  existsSync("/etc/os-release") && /^ID=ubuntu$/m.test(readFileSync("/etc/os-release", "utf8"));

function installed(find: () => string | undefined): string | undefined {
  const file = find();
  return file !== undefined && isExecutable(file) ? file : undefined;
}

/**
 * Path of a Chromium: the environment's CHROMIUM, else one on the PATH, else Playwright's own, else
 * Debian's package, installed now (on Ubuntu, whose package is a snap, Playwright's build).
 * @throws Error that says how to get one when none can be had
 */
export function findChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`CHROMIUM=${named} is not an executable file`);
  }
  const find = () =>
    CHROMIUM_NAMES.map(onPath).find(Boolean) ??
    installed(() => playwright().chromium.executablePath());
  const found = find();
  if (found) return found;
  try {
    if (isUbuntu()) {
      const cli = path.resolve("node_modules/playwright-core/cli.js");
      execFileSync(process.execPath, [cli, "install", "--with-deps", "chromium"], {
        stdio: ["ignore", process.stderr, process.stderr],
      });
    } else {
      aptInstall("chromium");
    }
  } catch (cause) {
    throw new Error(
      "No Chromium found and none could be installed. Install one (Debian: apt-get install " +
        "chromium; elsewhere: npx playwright-core install --with-deps chromium) or set " +
        "CHROMIUM=/path/to/chromium.",
      { cause },
    );
  }
  const now = find();
  if (!now) throw new Error("Chromium was installed but is not on the PATH; set CHROMIUM=/path");
  return now;
}

/**
 * Path of ffmpeg, installed from the distribution's package when missing.
 * @throws Error that says how to get it when it cannot be had
 */
export function findFfmpeg(): string {
  const found = onPath("ffmpeg");
  if (found) return found;
  try {
    aptInstall("ffmpeg");
  } catch (cause) {
    throw new Error("No ffmpeg found and none could be installed: apt-get install ffmpeg.", {
      cause,
    });
  }
  const now = onPath("ffmpeg");
  if (!now) throw new Error("ffmpeg was installed but is not on the PATH");
  return now;
}
