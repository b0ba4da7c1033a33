// What the tests of the monitor page share: a Chromium with fake inputs, whose troubles a test makes. Runs in
// Node.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { isHeard, untilMixer } from "../components/mixer-harness.ts";
import { withContext } from "../components/pages.ts";
import { launchChromium } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";

/** What a test does to the page's devices. */
export interface Devices {
  /** The name of what getUserMedia rejects with. */
  refusal: string | undefined;
  /** The name of what a context throws at a stream, once. */
  misfit: string | undefined;
  /** Of the input, in Hz. */
  rate: number | undefined;
  /** Streams that were opened. */
  opened: number;
  /** Ends the open track as the browser does when its device is pulled out. */
  unplug(): void;
  tell(type: "mute" | "unmute" | "configurationchange"): void;
  /** Wake locks that are held. */
  awake: number;
}

function simulate(): void {
  let track: MediaStreamTrack | undefined;
  const devices: Devices = {
    refusal: undefined,
    misfit: undefined,
    rate: undefined,
    opened: 0,
    awake: 0,
    unplug() {
      track?.stop();
      track?.dispatchEvent(new Event("ended"));
    },
    tell: (type) => track?.dispatchEvent(new Event(type)),
  };
  Object.assign(window, { devices });
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    if (devices.refusal) throw new DOMException("simulated", devices.refusal);
    const stream = await open(constraints);
    devices.opened++;
    [track] = stream.getAudioTracks();
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({
      ...settings(),
      ...(devices.rate !== undefined && { sampleRate: devices.rate }),
    });
    return stream;
  };
  const create = AudioContext.prototype.createMediaStreamSource;
  AudioContext.prototype.createMediaStreamSource = function (stream) {
    const { misfit } = devices;
    devices.misfit = undefined;
    if (misfit) throw new DOMException("simulated", misfit);
    return create.call(this, stream);
  };
  Object.defineProperty(navigator, "wakeLock", {
    value: {
      request: () => {
        devices.awake++;
        const lock = {
          released: false,
          release: () => {
            lock.released = true;
            devices.awake--;
            return Promise.resolve();
          },
        };
        return Promise.resolve(lock);
      },
    },
  });
}

export interface MonitorHarness {
  readonly server: Server;
  readonly browser: Browser;
  /** Opens the page, with the microphone allowed unless `permissions` say otherwise. */
  open(run: (page: Page) => Promise<void>, permissions?: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function startMonitorHarness(
  pages: Record<string, string> = {},
): Promise<MonitorHarness> {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-monitor-"));
  const wav = path.join(folder, "line.wav");
  const chord = "aevalsrc=0.2*sin(2*PI*220*t)+0.1*sin(2*PI*660*t)|0.2*sin(2*PI*330*t):d=20:s=44100";
  execFileSync(findFfmpeg(), ["-v", "error", "-f", "lavfi", "-i", chord, wav]);
  const browser = await launchChromium([
    "--use-fake-device-for-media-stream=device-count=3",
    `--use-file-for-fake-audio-capture=${wav}`,
  ]);
  const server = await startServer({ mounts: { "/": "dist" }, isolated: true, pages });
  return {
    server,
    browser,
    open: (run, permissions = ["microphone"]) =>
      withContext(browser, { permissions }, "about:blank", async (page) => {
        await page.addInitScript(simulate);
        await page.goto(`${server.url}/demo/monitor.html`);
        await page.getByRole("combobox", { name: "Latency" }).waitFor();
        await run(page);
      }),
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs `body` with what stands for the page's devices. */
export const withDevices = <T, A>(
  page: Page,
  body: (devices: Devices, argument: A) => T,
  argument?: A,
): Promise<T> =>
  page.evaluate(
    ([source, argument]) =>
      (0, eval)(`(${source})`)(
        (globalThis as unknown as { devices: Devices }).devices,
        argument,
      ) as T,
    [String(body), argument] as const,
  );

/** Starts, says that it is a line input, and waits for its sound. */
export async function startListening(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Start listening" }).click();
  await page.getByRole("button", { name: "It is a line input" }).click();
  await heard(page);
}

/** Resolves when the input is heard. */
export async function heard(page: Page): Promise<void> {
  await untilMixer(page, (mixer) => mixer.player.state.running && mixer.player.state.nodes);
  await isHeard(page);
}

/** Waits for a line of the log that has `text`. */
export const logged = (page: Page, text: string): Promise<void> =>
  page.getByRole("log").getByText(text, { exact: false }).last().waitFor();

/** What the page says of a trouble; the mixer may have a notice of its own. */
const trouble = (page: Page, title: string) =>
  page.locator("#trouble[role=alert]").filter({ hasText: title });

/** Waits until a trouble is told no more. */
export const outOfTrouble = (page: Page, title: string): Promise<void> =>
  trouble(page, title).waitFor({ state: "hidden" });

/** Waits for a trouble's title and cure. */
export async function inTrouble(page: Page, title: string, cure: RegExp): Promise<void> {
  const alert = trouble(page, title);
  await alert.waitFor();
  await alert.getByText(cure).waitFor();
}
