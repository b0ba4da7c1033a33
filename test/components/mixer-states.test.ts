// Every state of <stem-mixer>, light and dark: accessible to axe-core, and as its reference
// screenshot shows it. States of one loaded song share a page, one after the other. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
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
import {
  ALONE,
  freezeFigures,
  isPortrayed,
  LOADED,
  pictured,
  PLAIN,
  portray,
  portraySong,
  settle,
  somePortraits,
  THIRD,
  TONE,
  VIEWPORT,
  WIDTHS,
  type State,
} from "./mixer-portraits.ts";
import { auditPage, compareScreenshot } from "./pages.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** Audits what the page shows, light and dark, and compares it with its pictures. */
async function look(page: Page, name: string): Promise<void> {
  await page.waitForFunction(() => document.fonts.check("16px Inter"));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await auditPage(page, `${name}, ${colorScheme}`, { coloursOnly: colorScheme === "dark" });
    if (isPortrayed(name)) continue;
    await compareScreenshot(await pictured(page), `mixer-${name}-${colorScheme}`);
  }
  if (isPortrayed(name)) await portray(page, name, somePortraits(name));
}

/** States that need a page of their own. */
const STATES: readonly State[] = [
  ...ALONE,
  {
    name: "waiting",
    body: TONE,
    reach: (page) => page.getByRole("button", { name: "Play", exact: true }).waitFor(),
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

/** What a loaded song is like for a while only, and which button shows more of it. */
const PASSING: Readonly<Record<string, [changes: Partial<PlayerState>, ...buttons: string[]]>> = {
  improving: [{ better: { ...THIRD, ready: 0.34 } as unknown as PlayerState["better"] }],
  best: [{ better: { ...THIRD, ready: 1 } as unknown as PlayerState["better"] }, "Best quality"],
  "kept nowhere": [
    { better: { ...THIRD, ready: 1, kept: false } as unknown as PlayerState["better"] },
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

test("what a song is like as it plays, light, dark and in forced colours, at widths from 280 to 3840 px", (t) =>
  portraySong(t, harness, somePortraits));

const topOf = (page: Page, selector: string) =>
  withMixer(
    page,
    (mixer, selector) => mixer.renderRoot.querySelector<HTMLElement>(selector!)!.offsetTop,
    selector,
  );

/** The mixer's elements, and of those without words whether their ground or a border tells them from its own ground. */
const grounds = (page: Page) =>
  withMixer(page, (mixer) => {
    const own = getComputedStyle(mixer.renderRoot.querySelector(".mixer")!).backgroundColor;
    const within = (root: ParentNode): Element[] =>
      [...root.querySelectorAll("*")].flatMap((element) => [
        element,
        ...(element.shadowRoot ? within(element.shadowRoot) : []),
      ]);
    return within(mixer.renderRoot).map((element) => {
      const { backgroundColor: ground, borderTopWidth, opacity } = getComputedStyle(element);
      const hasWords = element.textContent!.trim() !== "";
      const isThere = !hasWords && element.getClientRects().length > 0 && opacity !== "0";
      const differs = ![own, "rgba(0, 0, 0, 0)"].includes(ground) || borderTopWidth !== "0px";
      return { name: `${element.localName}.${element.classList}`, isSeen: isThere && differs };
    });
  });

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
                const isZoom = target.ariaLabel?.startsWith("Zoom");
                const fits = width >= 44 && height >= (isZoom ? 24 : 44);
                return fits ? [] : [`${target.outerHTML} ${width} x ${height}`];
              }),
            );
          assert.deepEqual(small, []);
          const tops = [];
          for (const ready of [0, 0.34, 1]) {
            await freeze(page, { better: { ...THIRD, ready } as unknown as PlayerState["better"] });
            tops.push(await topOf(page, ".transport"));
          }
          assert.equal(new Set(tops).size, 1, `better stems move the transport: ${tops.join()}`);
          await freeze(page, { better: undefined });
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
    await t.test("forced colours lose nothing that is told without words", async () => {
      const better = { ...THIRD, ready: 0.34 } as unknown as PlayerState["better"];
      await freeze(page, { better, loop: { a: 4, b: 9 } });
      await page.emulateMedia({ forcedColors: "none" });
      const usual = await grounds(page);
      await page.emulateMedia({ forcedColors: "active" });
      const forced = await grounds(page);
      const seen = usual.filter(({ isSeen }) => isSeen).map(({ name }) => name);
      for (const name of ["div.ready", "div.loop"]) assert.ok(seen.includes(name), name);
      const lost = usual.filter(({ isSeen }, i) => isSeen && !forced[i].isSeen);
      assert.deepEqual(lost, []);
      const rings = await page.locator("gain-knob").evaluateAll((knobs) =>
        knobs.map(({ shadowRoot }) => {
          return [".track", ".value"].map((part) =>
            parseFloat(getComputedStyle(shadowRoot!.querySelector(part)!).strokeWidth),
          );
        }),
      );
      assert.equal(rings.length, 5);
      for (const [track, value] of rings) assert.ok(2 * track < value, `${track} and ${value}`);
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
