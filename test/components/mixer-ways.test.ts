// Every action of a mixer by keyboard, mouse, touch and MIDI: what has no way by one of them says why. Real Chromium,
// identity model, a player that only notes what it is asked for.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { isMidiKnob, midiTargets, type MidiTarget } from "../../components/core/midi-map.ts";
import type { MixerAction } from "../../components/mixer/view.ts";
import { DEFAULT_STEMS } from "../../src/index.ts";
import type { Player, PlayerState } from "../../src/player/index.ts";
import { SONGS } from "../analysis/songs.ts";
import { wavOf } from "../decode/files.ts";
import { mixtureOf, RATE, record } from "../support/band.ts";
import {
  FAKE_MIDI,
  MODEL,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

type Name = MixerAction["do"];
/** What leads to an action (true: it has seen it itself); another action that does the same; or why there is no way. */
type Way = ((page: Page) => Promise<unknown>) | { readonly as: Name } | { readonly none: string };
interface Ways {
  readonly key: Way;
  readonly mouse: Way;
  readonly touch: Way;
  readonly midi: MidiTarget | Exclude<Way, (page: Page) => unknown>;
  /** Where, if not on a song. */
  readonly on?: keyof typeof BODIES;
  /** What of the player's state makes it possible. */
  readonly when?: (state: PlayerState) => Partial<PlayerState>;
}

const BODIES = {
  song: `<stem-mixer src="/audio/rock.wav" preload="auto" ${MODEL}></stem-mixer>`,
  compact: `<stem-mixer src="/audio/rock.wav" preload="auto" layout="compact" ${MODEL}></stem-mixer>`,
  idle: `<stem-mixer ${MODEL}></stem-mixer>`,
  microphone: `<stem-mixer source="microphone" ${MODEL}></stem-mixer>`,
};

const as = (name: Name) => ({ as: name });
const press = (key: string) => (page: Page) => page.keyboard.press(key);

/** A control that is pressed, on its own or behind others; keys reach it by Tab. */
function control(...names: string[]) {
  const by = (use: (locator: Locator) => Promise<unknown>) => async (page: Page) => {
    for (const name of names) {
      await use(page.getByRole("button", { name, exact: true }).or(page.getByTitle(name)).last());
    }
  };
  return {
    key: by(async (locator) => {
      await locator.waitFor();
      assert.ok(
        await locator.evaluate((button) => button.tabIndex >= 0 && !button.matches(":disabled")),
      );
      await locator.press("Enter");
    }),
    mouse: by((locator) => locator.click()),
    touch: by((locator) => locator.tap()),
  };
}

const centre = async (page: Page, slider: string) => {
  const { x, y, width, height } = (await page.getByRole("slider", { name: slider }).boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
};

/** Fingers on the screen, each at its place. */
async function fingers(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  return (type: "touchStart" | "touchMove" | "touchEnd", ...at: [x: number, y: number][]) =>
    cdp.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: at.map(([x, y], id) => ({ x, y, id })),
    });
}

/** A slider: arrow keys, and a drag sideways. */
const slider = (name: string) => ({
  key: (page: Page) => page.getByRole("slider", { name, exact: true }).press("ArrowLeft"),
  mouse: async (page: Page) => {
    const { x, y } = await centre(page, name);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 60, y, { steps: 4 });
    await page.mouse.up();
  },
  touch: async (page: Page) => {
    const { x, y } = await centre(page, name);
    const touch = await fingers(page);
    await touch("touchStart", [x, y]);
    for (let moved = 15; moved <= 60; moved += 15) await touch("touchMove", [x - moved, y]);
    await touch("touchEnd");
  },
});

const choose = (use: (page: Page) => Promise<unknown>) => async (page: Page) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), use(page)]);
  await chooser.setFiles(path.join(harness.folder, "rock.wav"));
};

const GESTURE = { none: "a browser opens files, devices and tabs for a gesture in the page only" };
const HOST = "for hosts, and what an attribute, a file or the mixer itself asks for";

async function isZoomed(page: Page): Promise<true> {
  await untilMixer(page, (mixer) => mixer.renderRoot.querySelector("stem-timeline")!.view.zoom > 1);
  return true;
}

const output = (page: Page) => page.getByRole("combobox", { name: "Output" });

const WAYS: Readonly<Record<Name, Ways | string>> = {
  choose: HOST,
  load: HOST,
  unload: HOST,
  configure: HOST,
  report: HOST,
  play: HOST,
  pause: HOST,
  open: { on: "idle", ...control("Use the microphone"), midi: GESTURE },
  take: {
    on: "idle",
    key: choose((page) => page.locator("stem-mixer input[type=file]").press("Enter")),
    mouse: choose((page) => page.getByText("Choose a file").click()),
    touch: choose((page) => page.getByText("Choose a file").tap()),
    midi: GESTURE,
  },
  close: {
    ...control("Close"),
    midi: "close",
    when: ({ source }) => ({ source: { ...source!, isGuest: true } }),
  },
  retry: {
    ...control("Try again"),
    midi: "retry",
    when: () => ({ status: "error", error: new Error("It broke.") }),
  },
  dismiss: {
    ...control("Got it"),
    midi: "dismiss",
    when: () => ({ error: new Error("It broke.") }),
  },
  "play-pause": { ...control("Play"), key: press("Space"), midi: "play-pause" },
  restart: { key: press("0"), mouse: as("seek"), touch: as("seek"), midi: "restart" },
  seek: {
    key: slider("Position").key,
    mouse: async (page) => {
      const { x, y } = await centre(page, "Position");
      await page.mouse.click(x, y);
    },
    touch: async (page) => {
      const { x, y } = await centre(page, "Position");
      await page.touchscreen.tap(x, y);
    },
    midi: "position",
  },
  "seek-by": { key: press("ArrowRight"), mouse: as("seek"), touch: as("seek"), midi: "forward" },
  loop: {
    ...slider("Position"),
    key: (page) => page.getByRole("slider", { name: "Loop end" }).press("ArrowLeft"),
    midi: as("loop-point"),
    when: () => ({ loop: { a: 12, b: 15 } }),
  },
  "loop-point": {
    key: press("i"),
    mouse: as("loop-cycle"),
    touch: as("loop-cycle"),
    midi: "loop-b",
  },
  "loop-cycle": { ...control("Loop A–B: Set loop start"), midi: "loop" },
  "loop-clear": {
    key: press("l"),
    mouse: as("loop-cycle"),
    touch: as("loop-cycle"),
    midi: "loop-clear",
  },
  key: { ...control("Reset Key"), midi: "key" },
  "key-by": { ...control("Key up a semitone"), key: press("Equal"), midi: "key-up" },
  tempo: { ...control("Reset Tempo"), midi: "tempo" },
  "tempo-by": { ...control("Slower"), key: press("BracketLeft"), midi: "slower" },
  click: { ...control("More", "Click on the beats"), key: press("c"), midi: "click" },
  "count-in": { ...control("More", "Count-in"), key: press("Shift+C"), midi: "count-in" },
  gain: { ...slider("Vocals"), midi: "gain:vocals" },
  mute: { ...control("Mute Drums"), key: press("2"), midi: "mute:drums" },
  solo: { ...control("Solo Bass"), key: press("Shift+3"), midi: "solo:bass" },
  mix: { ...control("Karaoke"), midi: "minus:drums" },
  master: { ...slider("Master"), midi: "master" },
  bypass: { ...control("Compare"), key: press("b"), midi: "bypass" },
  headphones: {
    ...control("I wear headphones"),
    midi: "headphones",
    when: () => ({ guarded: true }),
  },
  "output-device": {
    on: "microphone",
    key: (page) => output(page).press("ArrowDown"),
    // The browser's own list opens at a press.
    mouse: (page) => output(page).selectOption({ index: 2 }),
    touch: (page) => output(page).selectOption({ index: 1 }),
    midi: { none: "which devices there are is another thing on each machine" },
  },
  record: { ...control("More", "Record", "Start recording"), key: press("r"), midi: "record" },
  save: { ...control("Export"), midi: "save" },
  "save-cancel": {
    ...control("Export", "Cancel"),
    midi: "save-cancel",
    when: () => ({ saving: { done: 0.3, remaining: 10 } }),
  },
  help: {
    key: press("Shift+?"),
    mouse: as("panel"),
    touch: as("panel"),
    midi: "help",
  },
  zoom: {
    key: press("z"),
    // The buttons are seen by a pointer over the lanes, and ask nobody; two fingers need none.
    mouse: async (page) => {
      await page.locator("stem-mixer stem-timeline").hover();
      await control("Zoom in").mouse(page);
      return isZoomed(page);
    },
    touch: async (page) => {
      const { x, y } = await centre(page, "Position");
      const touch = await fingers(page);
      for (let apart = 40; apart <= 120; apart += 20) {
        await touch(apart === 40 ? "touchStart" : "touchMove", [x - apart, y], [x + apart, y]);
      }
      await touch("touchEnd");
      return isZoomed(page);
    },
    midi: "zoom-in",
  },
  panel: { ...control("More", "Details"), midi: as("help") },
  expand: { on: "compact", ...control("Open the mixer"), midi: "expand" },
  picture: { ...control("Spectrogram"), midi: "spectrogram" },
};

/** Each target of MIDI on a key or controller of its own. */
const TARGETS = midiTargets(DEFAULT_STEMS);
const MAP = Object.fromEntries(
  TARGETS.map((target, i) => [`${isMidiKnob(target) ? "cc" : "note"}:1:${i}`, target]),
);

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  const sound = mixtureOf(record({ ...SONGS[0], seconds: 16 })).map((sample) => sample / 2);
  writeFileSync(path.join(harness.folder, "rock.wav"), wavOf({ rate: RATE, planes: [sound] }));
});
after(() => harness.close());

type Noted = { asked: string[]; change: (changes?: string) => Promise<unknown> };

/** Puts a player in the place of the mixer's that shows its state, with changes, and only notes what is asked for. */
const note = (page: Page) =>
  withMixer(page, async (mixer) => {
    const { player, dispatch } = mixer;
    let changes: Partial<PlayerState> = {};
    const asked: string[] = [];
    const state = () => ({ ...player.state, ...changes });
    // The mixer's own goes on: it would be disposed of.
    player.dispose = () => Promise.resolve();
    mixer.player = {
      get state() {
        return state();
      },
      get position() {
        return 8;
      },
      dispatch: () => Promise.resolve(undefined),
      subscribe: (listener: (state: PlayerState) => void) =>
        player.subscribe(() => listener(state())),
      on: () => () => undefined,
    } as unknown as Player;
    const noting = (action: MixerAction) => {
      asked.push(action.do);
      dispatch(action);
    };
    Object.assign(mixer, { dispatch: noting });
    const change = (of?: string) => {
      changes = of ? ((0, eval)(`(${of})`) as NonNullable<Ways["when"]>)(player.state) : {};
      mixer.dismiss();
      mixer.picture = "off";
      while ((mixer.renderRoot.querySelector("stem-timeline")?.view?.zoom ?? 1) > 1)
        dispatch({ do: "zoom", by: -1 });
      mixer.requestUpdate();
      asked.length = 0;
      return mixer.updateComplete;
    };
    Object.assign(globalThis, { asked, change });
    await change();
  });

const untilAsked = (page: Page, name: Name) =>
  page.waitForFunction((name) => (globalThis as unknown as Noted).asked.includes(name), name);

/** Moves what a MIDI device has for a target, until the mixer has heard it. */
async function move(page: Page, target: MidiTarget): Promise<unknown> {
  const number = TARGETS.indexOf(target);
  assert.ok(number >= 0, target);
  return page.evaluate(
    ([number, status]) => {
      const { midi } = globalThis as unknown as { midi(...data: number[]): void };
      midi(status, number, 100);
      midi(status, number, 0);
    },
    [number, isMidiKnob(target) ? 0xb0 : 0x90] as const,
  );
}

test("every action has a way by keyboard, mouse, touch and MIDI, or says why not", () => {
  const files = [
    "src/player/actions.ts",
    "components/core/shortcuts.ts",
    "components/mixer/view.ts",
  ];
  const names = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/readonly do: ((?:"[a-z-]+"(?: \| )?)+)/g)].flatMap(
      ([, list]) => list.split(" | ").map((name) => name.slice(1, -1)),
    ),
  );
  assert.deepEqual([...new Set(names)].sort(), Object.keys(WAYS).sort());
  for (const [name, ways] of Object.entries(WAYS)) {
    if (typeof ways === "string") continue;
    for (const way of Object.values(ways)) {
      if (typeof way === "object" && "as" in way) {
        const other = WAYS[(way as { as: Name }).as];
        assert.ok(typeof other === "object", `${name} goes by ${way.as}, which has no way`);
      }
    }
  }
});

for (const place of Object.keys(BODIES) as (keyof typeof BODIES)[]) {
  test(`each way leads to its action: ${place}`, (t) =>
    harness.open(
      BODIES[place],
      async (page) => {
        page.setDefaultTimeout(10_000);
        await page.addInitScript(FAKE_MIDI);
        await page.addInitScript(
          (map) => localStorage.setItem("danna-sep.midi", map),
          JSON.stringify(MAP),
        );
        await page.reload();
        if (place === "microphone") {
          await page.getByRole("button", { name: "Start listening" }).click();
          await page.waitForFunction(
            (select) => (select as HTMLSelectElement).options.length > 2,
            await output(page).elementHandle(),
          );
        } else if (place !== "idle") {
          await untilMixer(
            page,
            ({ player: { state } }) => state.status === "ready" && state.analysis,
          );
        }
        await note(page);
        // MIDI is open once the first of its messages is heard.
        while (
          place === "song" &&
          (await page.evaluate(() => (globalThis as unknown as Noted).asked.length)) === 0
        )
          await move(page, "bypass");
        for (const [name, ways] of Object.entries(WAYS) as [Name, Ways | string][]) {
          if (typeof ways === "string" || (ways.on ?? "song") !== place) continue;
          for (const by of ["key", "mouse", "touch", "midi"] as const) {
            const way = ways[by];
            if (typeof way === "object") continue;
            await t.test(`${name} by ${by}`, async () => {
              await page.evaluate(
                (when) => (globalThis as unknown as Noted).change(when),
                ways.when && String(ways.when),
              );
              if (by === "key")
                await page
                  .locator("stem-mixer")
                  .evaluate((mixer) =>
                    mixer.shadowRoot!.querySelector<HTMLElement>(".play")?.focus(),
                  );
              const seen = await (typeof way === "string" ? move(page, way) : way(page));
              if (seen !== true) await untilAsked(page, name);
            });
          }
        }
      },
      {
        hasTouch: true,
        permissions: ["midi", "microphone"],
        viewport: { width: 1000, height: 900 },
      },
    ));
}
