// Every state of <stem-mixer>, light and dark: accessible to axe-core, and as its reference
// screenshot shows it. States of one loaded song share a page, one after the other. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { SeparatorStats } from "../../src/index.ts";
import type { PlayerState } from "../../src/player/index.ts";
import {
  freeze,
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";
import { auditPage, compareScreenshot } from "./pages.ts";

const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;
const LOADED = `<stem-mixer src="/audio/song.wav" preload="auto" song-title="My song" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** Loaded and paused, its context asleep, with figures that are the same on every machine. */
async function settle(page: Page): Promise<void> {
  await untilMixer(
    page,
    ({ player: { state } }) => state.nodes?.context.state === "suspended" && state.analysis,
  );
  await freezeFigures(page);
}

const freezeFigures = (page: Page) =>
  freeze(page, {
    stats: { hops: 1000, lateHops: 0, underruns: 0, load: 0.08 } as SeparatorStats,
    lateAt: -Infinity,
  });

interface State {
  readonly name: string;
  readonly body: string;
  readonly reach: (page: Page) => Promise<unknown>;
  /** Problems in the console that belong to the state. */
  readonly problems?: RegExp;
  readonly options?: { isolated?: boolean; permissions?: string[] };
}

const VIEWPORT = { width: 1000, height: 900 };

/** What a mixer is compared in everywhere: each state in each scheme, and between them at every width. */
const PORTRAYED = [
  ...["idle", "loading", "error"],
  ...["playing", "improving", "best", "busy", "recording", "exporting"],
];
const SCHEMES = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  forced: { colorScheme: "light", forcedColors: "active" },
} as const;
const WIDTHS = [280, 390, 768, 1440, 3840];
/** A compact one has other widths; without a song it is a drop zone as any. */
const COMPACT_WIDTHS = [390, 768, 1440];

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
const target = async (page: Page) =>
  (await page.getByRole("region").count()) > 0 ? page : page.locator("stem-mixer");

/** Compares a state with its pictures: one in each scheme, at widths that are others for each state. */
async function portray(page: Page, name: string): Promise<void> {
  await page.waitForFunction(() => document.fonts.check("16px Inter"));
  await page.evaluate(() => void (document.body.style.margin = "0"));
  const nth = PORTRAYED.indexOf(name);
  for (const [s, [scheme, media]] of Object.entries(SCHEMES).entries()) {
    await page.emulateMedia(media);
    const width = WIDTHS[(nth + 2 * s) % WIDTHS.length];
    await widen(page, width);
    await compareScreenshot(await target(page), `mixer-${name}-${width}-${scheme}`);
    if (s !== nth % 3 || name === "idle") continue;
    await withMixer(page, (mixer) => void (mixer.layout = "compact"));
    const low = COMPACT_WIDTHS[(nth + (nth > 5 ? 1 : 0)) % 3];
    await widen(page, low);
    await compareScreenshot(page.locator("stem-mixer"), `mixer-compact-${name}-${low}-${scheme}`);
    await withMixer(page, (mixer) => void (mixer.layout = "auto"));
  }
  await page.emulateMedia(SCHEMES.light);
  await page.evaluate(() => void (document.body.style.margin = ""));
  await widen(page, VIEWPORT.width);
}

/** Audits what the page shows, light and dark, and compares it with its pictures. */
async function look(page: Page, name: string): Promise<void> {
  await page.waitForFunction(() => document.fonts.check("16px Inter"));
  const isPortrayed = PORTRAYED.includes(name);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await auditPage(page, `${name}, ${colorScheme}`, { coloursOnly: colorScheme === "dark" });
    if (!isPortrayed) await compareScreenshot(await target(page), `mixer-${name}-${colorScheme}`);
  }
  if (isPortrayed) await portray(page, name);
}

/** States that need a page of their own. */
const STATES: State[] = [
  {
    name: "idle",
    body: `<stem-mixer></stem-mixer>`,
    reach: (page) => page.getByText("Drop a song here").waitFor(),
  },
  {
    name: "waiting",
    body: TONE,
    reach: (page) => page.getByRole("button", { name: "Play", exact: true }).waitFor(),
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
    name: "details-not-isolated",
    body: LOADED,
    reach: async (page) => {
      await settle(page);
      await openTool(page, "Details");
    },
    options: { isolated: false },
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
  {
    name: "microphone",
    body: `<stem-mixer source="microphone" ${MODEL}></stem-mixer>`,
    reach: async (page) => {
      await page.getByText("Put on headphones").waitFor();
      await page.getByRole("combobox", { name: "Input" }).waitFor();
    },
  },
  {
    name: "lost",
    body: `<stem-mixer source="microphone" ${MODEL}></stem-mixer>`,
    reach: async (page) => {
      await page.evaluate(() => {
        const none = () => Promise.reject(new DOMException("none", "NotFoundError"));
        navigator.mediaDevices.getUserMedia = none;
      });
      await page.getByRole("button", { name: "Start listening" }).click();
      await page.getByRole("alert").getByText("No such device").waitFor();
      await freezeFigures(page);
      await page.mouse.move(0, 0);
    },
  },
];

for (const { name, body, reach, problems: expected, options } of STATES) {
  test(`${name}, light and dark: axe-core finds nothing, and it looks as it should`, () =>
    harness.open(
      body,
      async (page, problems) => {
        await reach(page);
        await look(page, name);
        const own = problems.filter((problem) => !expected?.test(problem));
        assert.deepEqual(own, []);
        problems.length = 0;
      },
      { ...options, viewport: VIEWPORT },
    ));
}

const tool = (name: string) => (page: Page) => openTool(page, name);

/** States of a song that has been loaded: `leave` ends what Escape does not. */
const OF_THE_SONG: (Pick<State, "name" | "reach"> & { leave?: State["reach"] })[] = [
  { name: "record", reach: tool("Record") },
  {
    name: "save",
    reach: async (page) => {
      await page.getByRole("button", { name: "What to export" }).click();
      await page.getByRole("button", { name: "Start the export" }).waitFor();
    },
  },
  { name: "midi", reach: tool("MIDI") },
  { name: "shortcuts", reach: tool("Shortcuts") },
  { name: "details", reach: tool("Details") },
  {
    name: "compare",
    reach: async (page) => {
      await page.getByRole("button", { name: "Compare" }).click();
      await page.mouse.move(0, 0);
      await page.getByRole("button", { name: "Compare", pressed: true }).waitFor();
    },
    leave: (page) => page.getByRole("button", { name: "Compare" }).click(),
  },
  {
    name: "mixed",
    reach: async (page) => {
      await withMixer(page, (mixer) => {
        mixer.setGain("vocals", -6);
        mixer.setMuted("drums", true);
        mixer.setSoloed("bass", true);
        mixer.setGain("other", 3.5);
        mixer.loop = { a: 4, b: 9 };
        mixer.keyShift = -2;
        mixer.tempo = 0.85;
      });
      await page.getByRole("slider", { name: "Loop end" }).waitFor();
    },
    leave: (page) =>
      withMixer(page, (mixer) => {
        for (const stem of Object.keys(mixer.mix)) {
          mixer.setGain(stem, 0);
          mixer.setMuted(stem, false);
          mixer.setSoloed(stem, false);
        }
        mixer.loop = { a: undefined, b: undefined };
        mixer.keyShift = 0;
        mixer.tempo = 1;
      }),
  },
  {
    name: "naming",
    reach: async (page) => {
      await withMixer(page, (mixer) => {
        mixer.setGain("bass", 4);
        mixer.savePreset("Loud bass");
      });
      await page.getByRole("button", { name: "My mixes" }).click();
      await page.getByRole("textbox", { name: "Name of this mix" }).waitFor();
    },
  },
];

test("a loaded song", (t) =>
  harness.open(
    LOADED,
    async (page, problems) => {
      await settle(page);
      for (const { name, reach, leave } of OF_THE_SONG) {
        await t.test(
          `${name}, light and dark: axe-core finds nothing, and it looks as it should`,
          async () => {
            await reach(page);
            await look(page, name);
            assert.deepEqual(problems, []);
          },
        );
        await page.keyboard.press("Escape");
        await leave?.(page);
        await page.mouse.move(0, 0);
        await blur(page);
      }
    },
    { viewport: VIEWPORT },
  ));

/** Takes the focus, and its ring, from whatever has it. */
const blur = (page: Page) =>
  page.evaluate(() => {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    (focused as HTMLElement | null)?.blur();
  });

test("while it plays: axe-core finds nothing", () =>
  harness.open(TONE, async (page) => {
    await playMixer(page);
    await auditPage(page, "playing");
  }));

const half = { heard: true, spans: [[0, 0.34] as const], kept: true };

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
  return { ...half, ready: share, spans: [[0, share]], levels } as unknown as PlayerState["better"];
}
const PLAIN: Partial<PlayerState> = {
  ...{ better: undefined, recording: undefined, saving: undefined, interruption: undefined },
  ...{ limiting: false, guarded: false, bypass: false },
};
/** What a loaded song is like for a while only, and which button shows more of it. */
const PASSING: Readonly<Record<string, [changes: Partial<PlayerState>, ...buttons: string[]]>> = {
  improving: [{ better: { ...half, ready: 0.34 } as unknown as PlayerState["better"] }],
  best: [{ better: { ...half, ready: 1 } as unknown as PlayerState["better"] }, "Best quality"],
  "kept nowhere": [
    { better: { ...half, ready: 1, kept: false } as unknown as PlayerState["better"] },
    "Best quality",
  ],
  recording: [{ recording: "mix" }],
  "recording, its panel": [{ recording: "stems" }, "More", "Record"],
  exporting: [{ saving: { done: 0.3, remaining: 10 } }, "Export"],
  limiting: [{ limiting: true }],
  suspended: [{ interruption: { reason: "suspended", error: undefined } }],
  guarded: [{ guarded: true }],
  more: [{}, "More"],
  "own mixes": [{}, "My mixes"],
  spectrogram: [{}, "Spectrogram"],
};

test("states that pass by, light and dark: axe-core finds nothing", (t) =>
  harness.open(
    LOADED,
    async (page, problems) => {
      await settle(page);
      await withMixer(page, (mixer) => mixer.savePreset("Quiet bass"));
      for (const layout of ["full", "compact"] as const) {
        await withMixer(page, (mixer, layout) => void (mixer.layout = layout!), layout);
        for (const [name, [changes, ...buttons]] of Object.entries(PASSING))
          await t.test(`${layout}, ${name}`, async () => {
            await freeze(page, { ...PLAIN, ...changes });
            // A compact mixer has no panels.
            for (const button of layout === "full" ? buttons : [])
              await page.getByRole("button", { name: button, exact: true }).last().click();
            for (const colorScheme of ["light", "dark"] as const) {
              await page.emulateMedia({ colorScheme });
              await auditPage(page, `${layout}, ${name}`, { coloursOnly: colorScheme === "dark" });
            }
            await page.keyboard.press("Escape");
            assert.deepEqual(problems, []);
          });
      }
      await t.test("a file held over it, and a compact one opened over the page", async () => {
        await withMixer(page, (mixer) => void (mixer.dropping = true));
        await auditPage(page, "dropping");
        await withMixer(page, (mixer) => void (mixer.dropping = false));
        await page.getByRole("button", { name: "Open the mixer" }).click();
        await auditPage(page, "open over the page");
      });
    },
    { viewport: VIEWPORT },
  ));

/** Seconds at which the portrayed song stands, of 20. */
const POSITION = 7.2;

test("what a song is like as it plays, light, dark and in forced colours, at widths from 280 to 3840 px", (t) =>
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
            await portray(page, name);
          } finally {
            await withMixer(page, (mixer) => mixer.dismiss());
          }
        });
      }
    },
    { viewport: VIEWPORT },
  ));

test("a loaded song in every width and in forced colours", (t) =>
  harness.open(LOADED.replace("<stem-mixer", '<stem-mixer style="margin:-16px"'), async (page) => {
    await settle(page);
    await page.waitForFunction(() => document.fonts.check("16px Inter"));
    for (const width of WIDTHS)
      await t.test(
        `at ${width} pixels nothing overflows, nothing is too small to touch, and it looks right`,
        async () => {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme: width % 20 === 0 ? "dark" : "light" });
          await auditPage(page, `${width} pixels`);
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - innerWidth,
          );
          assert.ok(overflow <= 0, `overflows by ${overflow} pixels`);
          const small = await page
            .getByRole("button")
            .or(page.getByRole("slider"))
            .or(page.getByRole("combobox"))
            .evaluateAll((targets) =>
              targets.flatMap((target) => {
                const { width, height } = target.getBoundingClientRect();
                if (width === 0) return [];
                // Those of the zoom stand in the ruler, which is as high as WCAG 2.5.8 asks; two fingers zoom as well.
                const isZoom = /^Zoom/.test(target.ariaLabel ?? "");
                const fits = width >= 44 && height >= (isZoom ? 24 : 44);
                return fits ? [] : [`${target.outerHTML} ${width} x ${height}`];
              }),
            );
          assert.deepEqual(small, []);
          await compareScreenshot(page.locator("stem-mixer"), `mixer-${width}`);
        },
      );
    await t.test("forced colours keep what is pressed, focused and filled apart", async () => {
      await page.setViewportSize(VIEWPORT);
      await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
      await withMixer(page, (mixer) => {
        mixer.style.margin = "";
        mixer.setMuted("drums", true);
      });
      await page.getByRole("slider", { name: "Vocals" }).focus();
      await page.keyboard.press("ArrowDown");
      await compareScreenshot(page.locator("stem-mixer"), "mixer-forced");
    });
  }));

test("reduced motion: the picture stands still and is written over", () =>
  harness.open(
    TONE.replace("<stem-mixer", '<stem-mixer picture="spectrogram"'),
    async (page) => {
      await playMixer(page);
      const column = (x: number) =>
        withMixer(
          page,
          (mixer, x) => {
            const view = mixer.renderRoot.querySelector("spectrum-view")!;
            const canvas = view.renderRoot.querySelector("canvas")!;
            const at = Math.round(canvas.width * x);
            const { data } = canvas.getContext("2d")!.getImageData(at, 0, 1, canvas.height);
            return [...data].join();
          },
          x,
        );
      await untilMixer(page, (mixer) => mixer.position > 1.5);
      const early = await column(0.03);
      await untilMixer(page, (mixer) => mixer.position > 2.5);
      assert.equal(await column(0.03), early, "what was drawn stays where it is");
    },
    { reducedMotion: "reduce" },
  ));
