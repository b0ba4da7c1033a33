// What the tests of <stem-mixer> share: a Chromium, a server with the built files, the identity
// model (it gives every stem a quarter of the input), and sounds that ffmpeg makes. Runs in Node.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { fakeMicrophone, launchChromium } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";
import { elementPage, FONT_MOUNT, withContext } from "./pages.ts";

/** Attributes that let a mixer run on the identity model. */
export const MODEL = 'model="/models/identity.json"';

/** What ffmpeg makes, 44.1 kHz stereo: by name, a source and its length in seconds. */
const SOUNDS = {
  // Half of full scale without a single edge: what changes in the output, a control has changed.
  "constant.wav": "aevalsrc=0.5|0.5:d=20",
  "tone.wav": "aevalsrc=0.3*sin(2*PI*440*t)|0.3*sin(2*PI*440*t):d=20",
  // With the ups and downs of a song, for pictures.
  "song.wav":
    "aevalsrc=0.5*sin(2*PI*220*t)*(0.4+0.6*abs(sin(2.1*t)))*(0.3+0.7*abs(sin(0.31*t)))*exp(-0.5*mod(t\\,0.5))|0:d=20",
  "loud.wav": "aevalsrc=0.9*sin(2*PI*100*t)|0.9*sin(2*PI*100*t):d=4",
  // Something for every stem of the bands model, and for each side its own.
  "band.wav":
    "aevalsrc=0.2*sin(2*PI*55*t)+0.2*sin(2*PI*330*t)*sin(3*t)+0.1*sin(2*PI*5000*t)|0.2*sin(2*PI*80*t)+0.2*sin(2*PI*900*t)*sin(2*t):d=8",
  // A beat every half second.
  "beats.wav": "aevalsrc=0.6*sin(2*PI*200*t)*exp(-30*mod(t\\,0.5))|0:d=4",
  "long.wav": "aevalsrc=0.3*sin(2*PI*440*t)|0.3*sin(2*PI*440*t):d=120",
  "short.wav": "aevalsrc=0.3*sin(2*PI*440*t)|0.3*sin(2*PI*440*t):d=1",
} as const;

/** A MIDI input that a test plays; webmidi reads it as it would a real one. */
export const FAKE_MIDI = `
  const input = Object.assign(new EventTarget(), {
    id: "1", name: "Test pad", manufacturer: "", version: "", type: "input",
    state: "connected", connection: "open", onmidimessage: null, onstatechange: null,
    open: async () => input, close: async () => input,
  });
  globalThis.midi = (...data) => input.onmidimessage?.(
    Object.assign(new Event("midimessage"), { data: Uint8Array.from(data) }));
  navigator.requestMIDIAccess = async () => Object.assign(new EventTarget(), {
    inputs: new Map([["1", input]]), outputs: new Map(), sysexEnabled: false, onstatechange: null,
  });`;

export interface MixerHarness {
  readonly browser: Browser;
  /** Isolated (shared memory). */
  readonly server: Server;
  /** The same without the isolating headers. */
  readonly plain: Server;
  /** Folder of the sounds. */
  readonly folder: string;
  /** Opens a page with `body`, in a context of its own. */
  open<T>(
    body: string,
    run: (page: Page, problems: string[]) => Promise<T>,
    options?: BrowserContextOptions & { isolated?: boolean; lang?: string },
  ): Promise<T>;
  close(): Promise<void>;
}

export async function startMixerHarness(flags: string[] = []): Promise<MixerHarness> {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-mixer-"));
  for (const [name, source] of Object.entries(SOUNDS)) {
    const args = ["-v", "error", "-f", "lavfi", "-i", `${source}:s=44100`, path.join(folder, name)];
    execFileSync(findFfmpeg(), args);
  }
  const video = ["-f", "lavfi", "-i", "testsrc=s=160x90:r=30:d=8", "-f", "lavfi", "-i"];
  const tone = "sine=f=440:d=8:r=44100";
  execFileSync(findFfmpeg(), [
    ...["-v", "error", ...video, tone, "-c:v", "libvpx", "-c:a", "libopus", "-ac", "2"],
    path.join(folder, "clip.webm"),
  ]);
  const pages: Record<string, string> = {};
  const mounts = {
    ...FONT_MOUNT,
    "/dist/": "dist",
    "/models/": "test/models",
    "/audio/": folder,
  };
  const [browser, server, plain] = await Promise.all([
    launchChromium([...fakeMicrophone(path.join(folder, "tone.wav")), ...flags]),
    startServer({ mounts, pages, isolated: true }),
    startServer({ mounts, pages, isolated: false }),
  ]);
  let count = 0;
  return {
    browser,
    server,
    plain,
    folder,
    open(body, run, { isolated = true, lang, ...options } = {}) {
      const url = `/page-${count++}`;
      // The server looks pages up as they are asked for.
      pages[url] = elementPage(body, "/dist/stem-mixer.js", lang);
      const { url: origin } = isolated ? server : plain;
      return withContext(browser, options, `${origin}${url}`, run);
    },
    async close() {
      await Promise.all([browser.close(), server.close(), plain.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs `body` in the page with its first mixer. */
export const withMixer = <T, A>(
  page: Page,
  body: (mixer: HTMLElementTagNameMap["stem-mixer"], argument: A) => T | Promise<T>,
  argument?: A,
): Promise<T> =>
  page.evaluate(
    ([source, argument]) =>
      (0, eval)(`(${source})`)(document.querySelector("stem-mixer"), argument) as T,
    [String(body), argument] as const,
  ) as Promise<T>;

/** Waits until the page's first mixer satisfies `condition`. */
export const untilMixer = async <A>(
  page: Page,
  condition: (mixer: HTMLElementTagNameMap["stem-mixer"], argument: A) => unknown,
  argument?: A,
): Promise<void> => {
  await page.waitForFunction(
    ([source, argument]) =>
      (0, eval)(`(${source})`)(document.querySelector("stem-mixer"), argument) as unknown,
    [String(condition), argument] as const,
    { timeout: 30_000 },
  );
};

/** Presses play and waits until sound has been heard. */
export async function playMixer(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await untilMixer(page, (mixer) => {
    if (mixer.failure) throw mixer.failure;
    return mixer.state === "ready" && mixer.position > 0.05;
  });
}

/** Opens a panel of the mixer's that has no button of its own. */
export async function openTool(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("region").getByRole("button", { name, exact: true }).click();
  await page.getByRole("region", { name }).waitFor();
}

/** Waits until a sample louder than `level` is heard of the page's first mixer. */
export const isHeard = (page: Page, level = 0.05): Promise<void> =>
  untilMixer(
    page,
    (mixer, level) => {
      const { output, context } = mixer.player.state.nodes!;
      const taps = ((globalThis as { taps?: Map<AudioNode, AnalyserNode> }).taps ??= new Map());
      if (!taps.has(output)) taps.set(output, new AnalyserNode(context, { fftSize: 2048 }));
      output.connect(taps.get(output)!);
      const samples = new Float32Array(2048);
      taps.get(output)!.getFloatTimeDomainData(samples);
      return samples.some((x) => Math.abs(x) > level!);
    },
    level,
  );

/** What an offline rendering gave: the left channel, and the separator's latency in samples. */
export interface Rendering {
  readonly left: number[];
  readonly latency: number;
}

/**
 * Renders a page's mixer through an OfflineAudioContext of `frames`, which waits for the worker at
 * every hop and, at the frames (multiples of 512) that `acts` are for – real key presses, clicks – for
 * those to be done. It begins when the song's beats are known, if they are to be.
 */
export async function renderMixer(
  page: Page,
  frames: number,
  acts: Readonly<Record<number, () => Promise<void>>> = {},
  { analysed = false } = {},
): Promise<Rendering> {
  await page.exposeFunction("act", (frame: number) => acts[frame]());
  return withMixer(
    page,
    async (mixer, { frames, pauses, analysed }) => {
      const context = new OfflineAudioContext(2, frames, 44100);
      mixer.context = context as unknown as AudioContext;
      if (analysed) {
        await mixer.updateComplete;
        await mixer.player.dispatch({ do: "load" });
        await new Promise<void>((resolve) => {
          const look = () => mixer.player.state.analysis && resolve();
          mixer.player.subscribe(look);
          look();
        });
      }
      await mixer.play();
      // A song that brings its own stems has none.
      const { separator } = mixer;
      for (let at = 512; at < frames; at += 512) {
        void context.suspend(at / 44100).then(async () => {
          await separator?.settle();
          if (pauses.includes(at)) {
            await (globalThis as unknown as { act(frame: number): Promise<void> }).act(at);
          }
          await context.resume();
        });
      }
      const buffer = await context.startRendering();
      const latency = Math.round((separator ?? mixer).latency * 44100);
      return { left: [...buffer.getChannelData(0)], latency };
    },
    { frames, pauses: Object.keys(acts).map(Number), analysed },
  );
}
