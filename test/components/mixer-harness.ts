// What the tests of <stem-mixer> share: a Chromium, a server with the built files, the identity
// model (it gives every stem a quarter of the input), and sounds. Runs in Node.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Player, PlayerAction, PlayerState } from "../../src/player/index.ts";
import {
  fakeMicrophone,
  launchChromium,
  openPage,
  visitorOf,
  workersEnded,
  type OpenPage,
} from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import { elementPage, FONT_MOUNT, newContext, withContext } from "./pages.ts";
import { quickWorkers } from "./quick-workers.ts";
import { soundIn } from "./sounds.ts";

/** Attributes that let a mixer run on the identity model. */
export const MODEL = 'model="/models/identity.json"';

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
  /** Folder of what is served as /audio/: sounds, once they have been asked for, and what tests add. */
  readonly folder: string;
  /** Path of a sound. */
  sound(name: string): string;
  /**
   * Opens a page with `body`: in a context of its own, where options of one are given, or else as the next visit of a
   * page that all such tests of a file share.
   */
  open<T>(
    body: string,
    run: (page: Page, problems: string[]) => Promise<T>,
    options?: BrowserContextOptions & { isolated?: boolean; lang?: string },
  ): Promise<T>;
  /**
   * As `open`, in one page for all of a file's tests that ask for no other options: for those that change nothing of
   * it but what is stored for its origin, its size and what they route. It costs a third of a page of a test's own.
   */
  show(body: string, run: (page: Page, problems: string[]) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function startMixerHarness(flags: string[] = []): Promise<MixerHarness> {
  const folder = mkdtempSync(path.join(tmpdir(), "danna-mixer-"));
  const sound = (name: string) => soundIn(folder, name);
  const pages = await quickWorkers();
  const mounts = {
    ...FONT_MOUNT,
    "/dist/": "dist",
    "/models/": "test/models",
    "/audio/": folder,
  };
  const beforeFile = (url: string) => {
    if (url.startsWith("/audio/")) sound(path.basename(url));
  };
  const [browser, server, plain] = await Promise.all([
    launchChromium([...fakeMicrophone(sound("tone.wav")), ...flags]),
    startServer({ mounts, pages, isolated: true, lasting: "/dist/", beforeFile }),
    startServer({ mounts, pages, isolated: false, lasting: "/dist/", beforeFile }),
  ]);
  const visitors = [server, plain].map(({ url }) => visitorOf(() => newContext(browser), url));
  let count = 0;
  let shared: OpenPage | undefined;
  return {
    browser,
    server,
    plain,
    folder,
    sound,
    open(body, run, { isolated = true, lang, viewport, permissions, ...options } = {}) {
      const path = `/page-${count++}`;
      // The server looks pages up as they are asked for.
      pages[path] = elementPage(body, "/dist/stem-mixer.js", lang);
      const url = `${(isolated ? server : plain).url}${path}`;
      if (Object.keys(options).length > 0)
        return withContext(browser, { viewport, permissions, ...options }, url, run);
      return visitors[isolated ? 0 : 1].visit(url, run, { viewport, permissions });
    },
    async show(body, run) {
      pages["/shared"] = elementPage("", "/dist/stem-mixer.js");
      const open = async () => openPage(await newContext(browser), `${server.url}/shared`);
      const { page, problems } = (shared ??= await open());
      // Another test's failure leaves no page to the next one.
      const own = shared;
      shared = undefined;
      await page.evaluate((body) => {
        localStorage.clear();
        sessionStorage.clear();
        document.querySelector("main")!.insertAdjacentHTML("beforeend", body);
      }, body);
      await run(page, problems);
      assert.deepEqual(problems, [], "the page's console must be free of errors");
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await page.mouse.move(0, 0);
      await page.evaluate(() => document.querySelector("main")!.replaceChildren());
      await workersEnded(page);
      await page.setViewportSize({ width: 1280, height: 720 });
      shared = own;
    },
    async close() {
      await shared?.close();
      await Promise.all(visitors.map((visitor) => visitor.close()));
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
    // Asked by a timer: to be asked in every frame would have the page make sixty a second, where a mixer makes twelve.
    // Long: work in the background rests for as long as a busy machine makes live audio late.
    { polling: 20, timeout: 120_000 },
  );
};

/** Presses play and waits until sound has been heard. */
export async function playMixer(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await untilPlaying(page);
}

/** Waits until sound has been heard. */
export const untilPlaying = (page: Page): Promise<void> =>
  untilMixer(page, (mixer) => {
    if (mixer.failure) throw mixer.failure;
    return mixer.state === "ready" && mixer.position > 0.05;
  });

/** A player in the place of the mixer's own that says what that does, but for `changes`, and stands at `own.position`. */
export const freeze = (
  page: Page,
  changes: Partial<PlayerState>,
  own: Partial<Pick<Player, "position" | "recordedSeconds">> = {},
) =>
  withMixer(
    page,
    async (mixer, [changes, own]) => {
      const { player } = mixer;
      const { stats, error } = changes;
      const fixed = {
        ...changes,
        ...(stats && { stats: { ...mixer.separator!.stats, ...stats } }),
        ...(error && { error: new Error(error.message) }),
      };
      const frozen = {
        get state() {
          return { ...player.state, ...fixed };
        },
        position: player.position,
        ...own,
        dispatch: (action: PlayerAction) => player.dispatch(action),
        subscribe: (listener: (state: PlayerState) => void) =>
          player.subscribe((state) => listener({ ...state, ...fixed })),
        on: () => () => undefined,
      };
      // The mixer's own player goes on: it would be disposed of.
      player.dispose = () => Promise.resolve();
      mixer.player = frozen as unknown as Player;
      await mixer.updateComplete;
    },
    [changes, own] as const,
  );

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
 * Renders a page's mixer through an OfflineAudioContext of `frames`, which waits for the worker before
 * that could be late and, at the frames (multiples of 512) that `acts` are for – real key presses, clicks – for
 * those to be done. It begins when the song's beats are known, if they are to be.
 */
export async function renderMixer(
  page: Page,
  frames: number,
  acts: Readonly<Record<number, () => Promise<void>>> = {},
  { analysed = false } = {},
): Promise<Rendering> {
  const exposed = await page.exposeFunction("act", (frame: number) => acts[frame]());
  const { bytes, latency } = await withMixer(
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
      // As many hops as the worker may be behind and still be in time.
      const step = 512 * Math.max(1, Math.floor(((separator?.latency ?? 0) * 44100 - 1024) / 512));
      const stops = new Set(pauses);
      for (let at = step; at < frames; at += step) stops.add(at);
      for (const at of stops) {
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
      // As text: Playwright looks at every single number of a list, several times.
      const reader = new FileReader();
      const read = new Promise((resolve) => (reader.onload = resolve));
      reader.readAsDataURL(new Blob([buffer.getChannelData(0)]));
      await read;
      return { bytes: (reader.result as string).split(",")[1], latency };
    },
    { frames, pauses: Object.keys(acts).map(Number), analysed },
  );
  await exposed.dispose();
  return {
    left: [...new Float32Array(new Uint8Array(Buffer.from(bytes, "base64")).buffer)],
    latency,
  };
}
