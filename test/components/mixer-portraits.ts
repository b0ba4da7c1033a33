// The nine states a mixer is compared in, how it gets into each, and its pictures: each state in each scheme at each width. The
// common test compares some of them (`mixer-states.test.ts`), `mixer-pictures.soak.ts` all. Runs in Node.
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { SeparatorStats } from "../../src/index.ts";
import type { PlayerState } from "../../src/player/index.ts";
import { freeze, MODEL, untilMixer, withMixer, type MixerHarness } from "./mixer-harness.ts";
import { compareScreenshot } from "./pages.ts";

export const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;
export const LOADED = `<stem-mixer src="/audio/song.wav" preload="auto" song-title="My song" ${MODEL}></stem-mixer>`;

export const VIEWPORT = { width: 1000, height: 900 };
const SCHEMES = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  forced: { colorScheme: "light", forcedColors: "active" },
} as const;
export const WIDTHS = [280, 390, 768, 1440, 3840];
/** A compact one has other widths; without a song it is a drop zone as any. */
const COMPACT_WIDTHS = [390, 768, 1440];

/** What a mixer looks like in a state: in a layout, a scheme and a width. */
export interface Portrait {
  readonly layout: "auto" | "compact";
  readonly scheme: keyof typeof SCHEMES;
  readonly width: number;
}

/** States that need a page of their own, then those of a song that plays. */
const NAMES = [
  ...["idle", "loading", "error"],
  ...["playing", "improving", "best", "busy", "recording", "exporting"],
];

export const isPortrayed = (name: string): boolean => NAMES.includes(name);

/** Every portrait of a state. */
export const everyPortrait = (name: string): readonly Portrait[] =>
  Object.keys(SCHEMES).flatMap((key) => {
    const scheme = key as Portrait["scheme"];
    const low = name === "idle" ? [] : COMPACT_WIDTHS;
    return [
      ...WIDTHS.map((width) => ({ layout: "auto", scheme, width }) as const),
      ...low.map((width) => ({ layout: "compact", scheme, width }) as const),
    ];
  });

/** Some of them: one in each scheme, at widths that are others for each state, and a compact one. */
export function somePortraits(name: string): readonly Portrait[] {
  const nth = NAMES.indexOf(name);
  const schemes = Object.keys(SCHEMES) as Portrait["scheme"][];
  return everyPortrait(name).filter(({ layout, scheme, width }) => {
    const s = schemes.indexOf(scheme);
    if (layout === "auto") return width === WIDTHS[(nth + 2 * s) % WIDTHS.length];
    return s === nth % 3 && width === COMPACT_WIDTHS[(nth + (nth > 5 ? 1 : 0)) % 3];
  });
}

/** Gives the page another width, and waits until the mixer has taken to that and to another scheme. */
async function widen(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: VIEWPORT.height });
  await withMixer(page, async (mixer) => {
    // It measures itself in one frame and is drawn by the next; pictures are drawn in every fourth or fifth.
    for (let i = 0; i < 15; i++) await new Promise(requestAnimationFrame);
    await mixer.updateComplete;
  });
}

/** A panel may be longer than the mixer. */
export const pictured = async (page: Page) =>
  (await page.getByRole("region").count()) > 0 ? page : page.locator("stem-mixer");

/** Compares a mixer that is in a state with portraits of it. */
export async function portray(
  page: Page,
  name: string,
  portraits: readonly Portrait[],
): Promise<void> {
  await page.waitForFunction(() => document.fonts.check("16px Inter"));
  await page.evaluate(() => void (document.body.style.margin = "0"));
  for (const { layout, scheme, width } of portraits) {
    await page.emulateMedia(SCHEMES[scheme]);
    await withMixer(page, (mixer, layout) => void (mixer.layout = layout), layout);
    await widen(page, width);
    const isCompact = layout === "compact";
    const target = isCompact ? page.locator("stem-mixer") : await pictured(page);
    const kind = isCompact ? `mixer-compact-${name}` : `mixer-${name}`;
    await compareScreenshot(target, `${kind}-${width}-${scheme}`);
  }
  await withMixer(page, (mixer) => void (mixer.layout = "auto"));
  await page.emulateMedia(SCHEMES.light);
  await page.evaluate(() => void (document.body.style.margin = ""));
  await widen(page, VIEWPORT.width);
}

/** A state and how a mixer gets into it. */
export interface State {
  readonly name: string;
  readonly body: string;
  readonly reach: (page: Page) => Promise<unknown>;
  /** Problems in the console that belong to the state. */
  readonly problems?: RegExp;
  readonly options?: { isolated?: boolean; permissions?: string[] };
}

/** Those that need a page of their own. */
export const ALONE: readonly State[] = [
  {
    name: "idle",
    body: `<stem-mixer></stem-mixer>`,
    reach: (page) => page.getByText("Drop a song here").waitFor(),
  },
  {
    name: "loading",
    body: TONE,
    reach: async (page) => {
      // The song never comes to its end.
      await page.route("**/tone.wav", () => undefined);
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByRole("progressbar").waitFor();
      await freeze(page, {
        stats: undefined,
        progress: {
          model: { loaded: 3_400_000, total: 8_785_856 },
          song: { loaded: 0, total: 0 },
        },
      });
      await page.getByText("Loading the separation model, 3.4 MB of 8.8 MB").waitFor();
    },
  },
  {
    name: "error",
    body: `<stem-mixer src="/audio/missing.wav" song-title="My song" ${MODEL}></stem-mixer>`,
    reach: async (page) => {
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByRole("alert").waitFor();
      // The server's port is another one each time, and figures may come or not.
      await freeze(page, {
        stats: undefined,
        error: new Error("https://example.org/song.mp3 cannot be read: the server says 404."),
      });
    },
    problems: /404/,
  },
];

/** Loaded and paused, its context asleep, with figures that are the same on every machine. */
export async function settle(page: Page): Promise<void> {
  await untilMixer(
    page,
    ({ player: { state } }) => state.nodes?.context.state === "suspended" && state.analysis,
  );
  await freezeFigures(page);
}

export const freezeFigures = (page: Page) =>
  freeze(page, {
    stats: { hops: 1000, lateHops: 0, underruns: 0, load: 0.08 } as SeparatorStats,
    lateAt: -Infinity,
  });

/** Of a song's better stems: a third, from its start on. */
export const THIRD = { heard: true, spans: [[0, 0.34] as const], kept: true };

/** Stems of which `share` of the song is known, from its start on: levels that differ by stem and go up and down. */
async function knownStems(page: Page, share: number): Promise<PlayerState["better"]> {
  const columns = await withMixer(page, (mixer) => mixer.player.state.source!.outline!.length);
  const levels = Float32Array.from({ length: 4 * columns }, (_, i) => {
    const [column, stem] = [Math.floor(i / 4), i % 4];
    if (column >= share * columns) return -1;
    const beat = (column % (24 + 8 * stem)) / (24 + 8 * stem);
    return (
      0.12 * (stem === 0 && column % 400 < 90 ? 0 : stem % 2 === 1 ? 1 - beat : 0.6 + 0.4 * beat)
    );
  });
  return {
    ...THIRD,
    ready: share,
    spans: [[0, share]],
    levels,
  } as unknown as PlayerState["better"];
}

/** Nothing of what a loaded song is for a while only. */
export const PLAIN: Partial<PlayerState> = {
  ...{ better: undefined, recording: undefined, saving: undefined, interruption: undefined },
  ...{ limiting: false, guarded: false, bypass: false },
};

/** Seconds at which the portrayed song stands, of 20. */
const POSITION = 7.2;

/** The other six are a song's, one after the other in one page: compares each with the portraits that `choose` gives. */
export const portraySong = (
  t: TestContext,
  harness: MixerHarness,
  choose: (name: string) => readonly Portrait[],
): Promise<void> =>
  harness.open(
    LOADED,
    async (page) => {
      await settle(page);
      const [heard, third, all] = [
        await knownStems(page, POSITION / 20),
        await knownStems(page, 0.34),
        await knownStems(page, 1),
      ];
      const source = await withMixer(page, (mixer) => {
        // A cover cannot leave the page.
        return { ...mixer.player.state.source!, cover: undefined };
      });
      const playing = { ...PLAIN, source, paused: false };
      const states: Readonly<Record<string, Partial<PlayerState>>> = {
        // What was heard is known, and nothing is computed ahead.
        playing: { ...playing, better: { ...heard!, ready: 0, spans: [] } },
        improving: { ...playing, better: third },
        best: { ...playing, better: all },
        recording: { ...playing, better: { ...heard!, ready: 0, spans: [] }, recording: "mix" },
        exporting: { ...PLAIN, source, better: third, saving: { done: 0.34, remaining: 12 } },
        // An element whose file cannot be read: its sound is late at once for whoever watches it.
        busy: {
          ...playing,
          source: { ...source, kind: "element", outline: null, detail: undefined },
          ...{ latency: 0.2, lateAt: Infinity },
        },
      };
      for (const [name, changes] of Object.entries(states)) {
        await t.test(name, async () => {
          await freeze(page, changes, { position: POSITION, recordedSeconds: 12 });
          if (name === "exporting") {
            await page.getByRole("button", { name: "Export", exact: true }).click();
            await page.getByRole("progressbar", { name: "Export" }).waitFor();
          }
          await page.getByText("0:07").first().waitFor();
          try {
            await portray(page, name, choose(name));
          } finally {
            await withMixer(page, (mixer) => mixer.dismiss());
          }
        });
      }
    },
    { viewport: VIEWPORT },
  );
