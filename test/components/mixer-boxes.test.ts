// Where the parts of <stem-mixer> stand: what is above the fold, what fits, and that nothing moves. Real
// Chromium, identity model, boxes measured in the page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { DEFAULT_STEMS } from "../../src/index.ts";
import type { PlayerState } from "../../src/player/index.ts";
import {
  freeze,
  MODEL,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const mixer = (attributes = "") =>
  `<stem-mixer src="/audio/song.wav" preload="auto" song-title="My song" ${MODEL} ${attributes}></stem-mixer>`;
const LONG = "A song whose title goes on and on and on ".repeat(8);
/** An edge in CSS pixels may be off by so much. */
const SLACK = 1;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const isReady = (page: Page) => untilMixer(page, (mixer) => mixer.state === "ready");

interface Box {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Boxes of everything in the mixer that can be used or read, its strips' and knobs' parts included. */
const boxes = (page: Page): Promise<Box[]> =>
  withMixer(page, async (mixer) => {
    await mixer.updateComplete;
    const found: Box[] = [];
    const visit = (root: ParentNode) => {
      for (const element of root.querySelectorAll<HTMLElement>("*")) {
        if (element.shadowRoot) visit(element.shadowRoot);
        if (!element.matches("button, select, [role=slider], [role=group], [part], .song"))
          continue;
        const { left, top, right, bottom } = element.getBoundingClientRect();
        if (right - left <= 1 || bottom - top <= 1) continue;
        const label = element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
        const part = element.getAttribute("part") ?? "";
        const name = `${element.localName} ${part} ${label}`;
        const nth = found.filter((box) => box.name.startsWith(name)).length;
        found.push({ name: `${name} ${nth}`, left, top, right, bottom });
      }
    };
    visit(mixer.renderRoot as ShadowRoot);
    return found;
  });

/** What stands outside the mixer's own box, but for the row of mixes, which scrolls. */
const outside = (page: Page) =>
  withMixer(
    page,
    (mixer, slack) => {
      const own = mixer.getBoundingClientRect();
      const out: string[] = [];
      const visit = (root: ParentNode) => {
        for (const element of root.querySelectorAll<HTMLElement>("*")) {
          if (element.shadowRoot) visit(element.shadowRoot);
          if (element.closest(".presets, .visually-hidden, canvas, .playhead, .handle")) continue;
          const { left, right, width } = element.getBoundingClientRect();
          if (width > 1 && (left < own.left - slack || right > own.right + slack)) {
            out.push(`${element.localName}.${element.className} ${left}–${right}`);
          }
        }
      };
      visit(mixer.renderRoot as ShadowRoot);
      return out;
    },
    SLACK,
  );

/** Buttons and knobs that lie over each other. */
const collisions = (page: Page) =>
  withMixer(page, (mixer) => {
    const found: { name: string; box: DOMRect }[] = [];
    const visit = (root: ParentNode) => {
      for (const element of root.querySelectorAll<HTMLElement>("*")) {
        if (element.shadowRoot) visit(element.shadowRoot);
        if (!element.matches("button, select, .dial")) continue;
        const box = element.getBoundingClientRect();
        const name = element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
        if (box.width > 1) found.push({ name, box });
      }
    };
    visit(mixer.renderRoot as ShadowRoot);
    return found.flatMap(({ name, box }, i) =>
      found.slice(i + 1).flatMap((other) => {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        return across > 1 && down > 1 ? [`${name} and ${other.name}`] : [];
      }),
    );
  });

test("full, narrow and compact", (t) =>
  harness.open(mixer(), async (page) => {
    await isReady(page);
    await t.test(
      "full: about 420 px high with four stems, the first lane above the fold of 1280 × 720",
      async () => {
        await resize(page, 1280, 720);
        const all = await boxes(page);
        const [own] = all.filter(({ name }) => name.startsWith("div mixer"));
        const height = own.bottom - own.top;
        assert.ok(height > 380 && height <= 450, `${height} px high`);
        const lanes = all.filter(({ name }) => name.startsWith("stem-strip"));
        assert.equal(lanes.length, 4);
        assert.ok(lanes[0].bottom < 720 / 2, `the first lane ends at ${lanes[0].bottom}`);
        assert.ok(lanes[3].bottom < 720);
      },
    );

    await t.test(
      "narrow: title, transport, all lanes and the master fit a phone of 390 × 844",
      async () => {
        await resize(page, 390, 844);
        assert.equal(await page.locator("stem-mixer .mixer").getAttribute("data-layout"), "narrow");
        const all = await boxes(page);
        const last = Math.max(...all.map(({ bottom }) => bottom));
        // A page with a masthead has room for it.
        assert.ok(last <= 844 - 120, `the mixer ends at ${last}`);
        const heads = all.filter(({ name }) => name.startsWith("stem-strip"));
        assert.ok(heads.every(({ bottom }) => bottom <= 844));
      },
    );

    await withMixer(page, (mixer) => mixer.setAttribute("layout", "compact"));
    for (const width of [390, 1000, 1920]) {
      await t.test(
        `compact at ${width} px: 150 to 180 px high, play, title, waveform and four knobs`,
        async () => {
          await resize(page, width, 300);
          const { height } = (await page.locator("stem-mixer").boundingBox())!;
          assert.ok(height >= 150 && height <= 180, `${height} px high`);
          for (const name of ["Vocals", "Drums", "Bass", "Other", "Position"]) {
            await page.getByRole("slider", { name }).waitFor();
          }
          assert.ok(await page.getByText("My song").isVisible());
          assert.deepEqual(await outside(page), []);
          assert.deepEqual(await collisions(page), []);
        },
      );
    }
    await playMixer(page);
  }));

test("compact: what is told, asked or recorded makes it no higher, and can be pressed", (t) =>
  harness.open(mixer('layout="compact"'), async (page) => {
    await isReady(page);
    const states: Readonly<
      Record<string, [Partial<PlayerState>, ...buttons: (string | RegExp)[]]>
    > = {
      error: [
        { status: "error", error: new Error("The song cannot be read: the server says 404.") },
        "Try again",
      ],
      headphones: [{ guarded: true }, "I wear headphones"],
      suspended: [{ interruption: { reason: "suspended", error: undefined } }, "Go on"],
      recording: [{ recording: "mix" }, /Stop recording/, "Play", "Karaoke"],
    };
    const plain = { status: "ready", error: undefined, guarded: false, interruption: undefined };
    for (const [name, [changes, ...buttons]] of Object.entries(states)) {
      for (const width of [390, 1000]) {
        await t.test(`${name}, ${width} px`, async () => {
          await freeze(
            page,
            { ...(plain as Partial<PlayerState>), ...changes },
            { recordedSeconds: 12 },
          );
          await resize(page, width, 300);
          const { height } = (await page.locator("stem-mixer").boundingBox())!;
          assert.ok(height >= 140 && height <= 180, `${height} px high`);
          for (const name of buttons) {
            await page.getByRole("button", { name }).click({ trial: true, timeout: 5000 });
          }
        });
      }
    }
  }));

const cutNames = (page: Page) =>
  page
    .locator("stem-mixer stem-strip .name")
    .evaluateAll((names) =>
      names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent),
    );

/** What opens a compact mixer is called so. */
const OPEN: Readonly<Record<string, string>> = {
  en: "Open the mixer",
  de: "Mischpult öffnen",
  fr: "Ouvrir la table de mixage",
  es: "Abrir la mesa de mezclas",
};
/** Puts a mixer that speaks so in the place of the page's last one. */
const speak = (page: Page, lang: string, body: string) =>
  page.evaluate(
    ([lang, body]) => {
      document.querySelector("main")!.innerHTML = `<div lang="${lang}">${body}</div>`;
    },
    [lang, body] as const,
  );

test("compact at 390 px: Karaoke by one press and back by another, no stem's name is cut", (t) =>
  harness.open(
    "",
    async (page) => {
      for (const [lang, open] of Object.entries(OPEN))
        await t.test(lang, async () => {
          await speak(page, lang, mixer('layout="compact"'));
          await isReady(page);
          // The language's texts are there.
          await page.getByRole("button", { name: open }).waitFor();
          const { height } = (await page.locator("stem-mixer").boundingBox())!;
          assert.ok(height <= 180, `${height} px high`);
          assert.deepEqual(await cutNames(page), []);
          assert.deepEqual(await collisions(page), []);
          const karaoke = page.locator("stem-mixer button.karaoke");
          await karaoke.click();
          assert.equal(await withMixer(page, (mixer) => mixer.mix.vocals.muted), true);
          assert.equal(await karaoke.getAttribute("aria-pressed"), "true");
          await karaoke.click();
          assert.equal(await withMixer(page, (mixer) => mixer.mix.vocals.muted), false);
        });
    },
    { viewport: { width: 390, height: 300 } },
  ));

test("full: no name of four or six stems is cut, where waveforms just fit and wider", (t) =>
  harness.open(
    "",
    async (page) => {
      for (const [lang, open] of Object.entries(OPEN))
        await t.test(lang, async () => {
          await speak(page, lang, mixer());
          await isReady(page);
          await page
            .getByRole("button", { name: open, includeHidden: true })
            .waitFor({ state: "attached" });
          for (const stems of [DEFAULT_STEMS, [...DEFAULT_STEMS, "guitar", "piano"]]) {
            await freeze(page, { stems });
            for (const width of [760, 1280]) {
              await resize(page, width);
              const full = page.locator("stem-mixer [data-layout=full]");
              assert.equal(await full.count(), 1);
              assert.equal(await page.locator("stem-mixer stem-strip .name").count(), stems.length);
              assert.deepEqual(await cutNames(page), [], `${width} px`);
              assert.deepEqual(await collisions(page), [], `${width} px`);
            }
          }
        });
    },
    { viewport: { width: 1280, height: 900 } },
  ));

test("a slot lower than 480 px gets the compact mixer; a button opens it over the page, Escape closes it", () =>
  harness.open(
    `<div style="height:200px;overflow:hidden">${mixer('style="height:100%"')}</div><p>After it</p>`,
    async (page) => {
      await isReady(page);
      const layout = () => page.locator("stem-mixer .mixer").getAttribute("data-layout");
      await page.waitForFunction(
        (element) => element!.getAttribute("data-layout") === "compact",
        await page.locator("stem-mixer .mixer").elementHandle(),
      );
      const after = (await page.getByText("After it").boundingBox())!.y;
      const open = page.getByRole("button", { name: "Open the mixer" });
      await open.click();
      await page.getByRole("button", { name: "Mute Vocals" }).click();
      assert.equal(await layout(), "full");
      assert.ok((await page.locator("stem-mixer .mixer").boundingBox())!.height > 350);
      assert.equal((await page.getByText("After it").boundingBox())!.y, after, "the page stands");
      await page.keyboard.press("Escape");
      await open.waitFor();
      assert.equal(await layout(), "compact");
      assert.ok(await open.evaluate((button) => button.matches(":focus")), "focus is back");
      assert.equal(await withMixer(page, (mixer) => mixer.mix.vocals.muted), true);
    },
    { viewport: { width: 800, height: 700 } },
  ));

for (const [width, height] of [
  [1280, 720],
  [390, 844],
] as const) {
  test(`from loading to ready nothing moves by more than 2 px, ${width} px wide`, () =>
    harness.open(
      mixer().replace(' preload="auto"', ""),
      async (page) => {
        let go = (): void => undefined;
        const waits = new Promise<void>((resolve) => (go = resolve));
        await page.route("**/song.wav", async (route) => {
          await waits;
          await route.continue();
        });
        await page.getByRole("button", { name: "Play", exact: true }).click();
        await page.getByRole("progressbar").waitFor();
        const before = await boxes(page);
        go();
        await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.position > 0.1);
        const after = new Map((await boxes(page)).map((box) => [box.name, box]));
        let compared = 0;
        for (const box of before) {
          const now = after.get(box.name);
          if (!now) continue;
          compared++;
          for (const edge of ["left", "top", "right", "bottom"] as const) {
            const moved = Math.abs(now[edge] - box[edge]);
            assert.ok(moved <= 2, `${box.name}: its ${edge} moved by ${moved} px`);
          }
        }
        assert.ok(compared > 25, `${compared} boxes compared`);
      },
      { viewport: { width, height } },
    ));
}

async function everythingFits(page: Page, width: number): Promise<void> {
  const needed = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(needed <= width, `${needed} of ${width} px`);
  assert.deepEqual(await outside(page), [], `${width} px`);
  assert.deepEqual(await collisions(page), [], `${width} px`);
}

/** Gives the page another size, and waits until the mixer has taken to it. */
async function resize(page: Page, width: number, height = 900): Promise<void> {
  await page.setViewportSize({ width, height });
  await withMixer(page, async (mixer) => {
    // It measures itself in one frame and is drawn by the next.
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    await mixer.updateComplete;
  });
}

const WIDTHS = [280, 320, 390, 768, 1440, 3840];
/** Root fonts: as usual, larger, and text at 200 %. */
const FONTS = [16, 24, 32];
/** With text at 200 % the narrowest is 320 px, which WCAG 1.4.10 asks for. */
const widthsAt = (size: number) => (size > 24 ? WIDTHS.slice(1) : WIDTHS);
const PANELS = ["Export", "My mixes", "Record", "MIDI", "Shortcuts", "Details"];

const setRoot = (page: Page, dir: string, size: number) =>
  page.evaluate(
    ([dir, size]) => {
      document.dir = dir;
      document.documentElement.style.fontSize = `${size}px`;
    },
    [dir, size] as const,
  );

test("in other people's pages", (t) =>
  harness.open(`<div style="margin:-16px">${mixer()}</div>`, async (page) => {
    await isReady(page);
    await withMixer(page, (mixer, title) => void (mixer.songTitle = title!), LONG);
    for (const dir of ["ltr", "rtl"])
      for (const size of FONTS)
        await t.test(
          `${widthsAt(size).join(", ")} px, ${dir}, root font of ${size} px: nothing overflows, even with a long title`,
          async () => {
            await setRoot(page, dir, size);
            for (const width of widthsAt(size)) {
              await resize(page, width);
              await everythingFits(page, width);
            }
          },
        );
    await t.test("the mixer's own text at 200 %: nothing overflows", async () => {
      await setRoot(page, "ltr", 16);
      await withMixer(page, (mixer) => mixer.style.setProperty("--stem-font-size", "2rem"));
      for (const width of widthsAt(32)) {
        await resize(page, width);
        await everythingFits(page, width);
      }
      await withMixer(page, (mixer) => mixer.style.removeProperty("--stem-font-size"));
    });
    await t.test("compact: nothing overflows, whatever the width and the root font", async () => {
      await withMixer(page, (mixer) => void (mixer.layout = "compact"));
      for (const dir of ["ltr", "rtl"])
        for (const size of FONTS) {
          await setRoot(page, dir, size);
          for (const width of widthsAt(size)) {
            await resize(page, width);
            await everythingFits(page, width);
          }
        }
      await withMixer(page, (mixer) => void (mixer.layout = "auto"));
    });
    await t.test("panels and a long error: nothing overflows at any width", async () => {
      for (const [dir, size, width] of [
        ["ltr", 16, 320],
        ["rtl", 32, 320],
        ["rtl", 24, 768],
        ["ltr", 16, 3840],
      ] as const) {
        await setRoot(page, dir, size);
        await resize(page, width);
        await withMixer(page, (mixer, title) => mixer.fail(new Error(title)), LONG);
        for (const name of PANELS) {
          const isTool = !["Export", "My mixes"].includes(name);
          if (isTool) await page.getByRole("button", { name: "More" }).press("Enter");
          await page.getByRole("button", { name, exact: true }).last().press("Enter");
          await page.getByRole("region", { name }).waitFor();
          const needed = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(needed <= width, `${name}: ${needed} of ${width} px`);
          assert.deepEqual(await outside(page), [], `${name}, ${width} px, ${size} px`);
          await page.keyboard.press("Escape");
        }
        await withMixer(page, (mixer) => mixer.player.dispatch({ do: "dismiss" }));
      }
    });

    await page.evaluate(() => document.querySelector("div")!.removeAttribute("style"));
    await withMixer(page, (mixer) => void (mixer.songTitle = "My song"));
    for (const size of [20, 32])
      await t.test(
        `root font of ${size} px at 390 and 1280 px: every control can be seen and used`,
        async () => {
          await setRoot(page, "ltr", size);
          for (const width of [390, 1280]) {
            await resize(page, width);
            await everythingFits(page, width);
            for (const name of ["Mute Vocals", "Key up a semitone", "Export", "More", "Compare"]) {
              await page.getByRole("button", { name, exact: true }).click({ trial: true });
            }
          }
        },
      );
    await t.test(
      "the spectrogram's switch, and any other button, lies beside the picture",
      async () => {
        await setRoot(page, "ltr", 16);
        await withMixer(page, (mixer) => void (mixer.picture = "spectrogram"));
        for (const width of [320, 390, 768, 1440]) {
          await resize(page, width);
          const over = await withMixer(page, (mixer) => {
            const box = (element: Element) => element.getBoundingClientRect();
            const picture = box(mixer.renderRoot.querySelector("spectrum-view")!);
            return [...mixer.renderRoot.querySelectorAll("button")].flatMap((button) => {
              const { left, right, top, bottom, width } = box(button);
              const isOver =
                width > 0 &&
                left < picture.right &&
                right > picture.left &&
                top < picture.bottom - 1 &&
                bottom > picture.top + 1;
              return isOver ? [button.textContent] : [];
            });
          });
          assert.deepEqual(over, [], `${width} px`);
        }
        await withMixer(page, (mixer) => void (mixer.picture = "off"));
      },
    );

    await t.test("styles of the page that are inherited do not leak in", async () => {
      await page.addStyleTag({
        content: `body, stem-mixer { text-transform: uppercase; letter-spacing: 0.3em; text-align: right;
          line-height: 3; word-spacing: 1em; text-indent: 2em; font-style: italic }`,
      });
      const styles = await withMixer(page, (mixer) => {
        const title = mixer.renderRoot.querySelector(".song")!;
        const button = mixer.renderRoot
          .querySelector("stem-strip")!
          .renderRoot.querySelector("button")!;
        return [title, button].map((element) => {
          const { textTransform, letterSpacing, wordSpacing, textIndent, fontStyle, ...style } =
            getComputedStyle(element);
          return {
            textTransform,
            isTall: parseFloat(style.lineHeight) > 1.6 * parseFloat(style.fontSize),
            // A button's own text is centred.
            isAligned: ["start", "center"].includes(style.textAlign),
            spacing: letterSpacing.length < 9,
            wordSpacing,
            textIndent,
            fontStyle,
          };
        });
      });
      const plain = {
        ...{ textTransform: "none", isTall: false, isAligned: true },
        ...{ spacing: true, wordSpacing: "0px" },
        ...{ textIndent: "0px", fontStyle: "normal" },
      };
      assert.deepEqual(styles, [plain, plain]);
    });
  }));

test("the drop zone: nothing overflows at any width, root font and direction, whatever file was open", () =>
  harness.open(
    `<div style="margin:-16px"><stem-mixer ${MODEL}></stem-mixer></div>`,
    async (page) => {
      await page.getByText("Drop a song here").waitFor();
      await page.evaluate((name) => {
        sessionStorage.setItem(`danna-sep.song:${location.pathname}`, name.replaceAll(" ", "_"));
        document.querySelector("stem-mixer")!.requestUpdate();
      }, LONG);
      await page.getByText("was open here").waitFor();
      for (const dir of ["ltr", "rtl"])
        for (const size of FONTS) {
          await setRoot(page, dir, size);
          for (const width of widthsAt(size)) {
            await resize(page, width);
            await everythingFits(page, width);
          }
        }
    },
  ));
