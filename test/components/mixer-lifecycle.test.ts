// <stem-mixer> in other people's pages: it comes late, moves, leaves and comes back, is played before it is
// ready, and its page and its context act by themselves. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type * as PlayerFace from "../../src/player/index.ts";
import { whileImproving } from "./meanwhile.ts";
import {
  isHeard,
  MODEL,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;
const AUDIO = `<audio id="song" src="/audio/long.wav" controls loop></audio>`;
const FOR = `${AUDIO}<div id="place"><stem-mixer for="song" ${MODEL}></stem-mixer></div>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** Waits until the page's element has gone on by half a second. */
const goesOn = (page: Page) =>
  page.evaluate(async () => {
    const audio = document.querySelector("audio")!;
    const from = audio.currentTime;
    while (audio.currentTime < from + 0.5) await new Promise(requestAnimationFrame);
  });

test("for=…: the element plays on when the mixer leaves, and is separated again when it is back", () =>
  harness.show(FOR, async (page) => {
    await playMixer(page);
    await isHeard(page);
    const mixer = await page.evaluateHandle(() => document.querySelector("stem-mixer")!);
    await mixer.evaluate((mixer) => mixer.remove());
    await mixer.evaluate(async (mixer) => {
      while (mixer.state !== "waiting") await new Promise(requestAnimationFrame);
    });
    await goesOn(page);
    await page.evaluate(() => document.querySelector("audio")!.pause());
    await page.evaluate(() => document.querySelector("audio")!.play());
    await goesOn(page);
    await mixer.evaluate((mixer) => document.querySelector("#place")!.append(mixer));
    await withMixer(page, (mixer) => mixer.play());
    await isHeard(page);
    await goesOn(page);
    assert.equal(await withMixer(page, (mixer) => mixer.failure?.message), undefined);
  }));

test("for=…: another mixer for the same element is heard as the first was", () =>
  harness.show(FOR, async (page) => {
    await playMixer(page);
    await page.evaluate(() => {
      const place = document.querySelector("#place")!;
      place.innerHTML = place.innerHTML.slice();
    });
    await untilMixer(page, (mixer) => mixer.state === "waiting");
    await withMixer(page, (mixer) => mixer.play());
    await isHeard(page);
    await goesOn(page);
  }));

test("for=…: another latency mode, backend, model, better model or base URL while it plays stops nothing", () =>
  harness.show(FOR, async (page) => {
    await playMixer(page);
    for (const [name, value] of [
      ["latencyMode", "safe"],
      ["backend", "wasm"],
      ["model", "/models/bands.json"],
      ["studioModel", "/models/identity.json"],
      ["baseUrl", "/dist/?other"],
    ]) {
      const before = await withMixer(page, (mixer) => mixer.position);
      await withMixer(
        page,
        (mixer, [name, value]) => void Object.assign(mixer, { [name]: value }),
        [name, value],
      );
      await untilMixer(page, (mixer, before) => mixer.position > before + 0.7, before);
      await isHeard(page);
      const after = await withMixer(page, (mixer) => [
        mixer.state,
        mixer.paused,
        mixer.failure?.message,
      ]);
      assert.deepEqual(after, ["ready", false, undefined], name);
    }
  }));

test("moving the mixer to another place does not stop its song", () =>
  harness.show(`${TONE}<div id="place"></div>`, async (page) => {
    await playMixer(page);
    const before = await withMixer(page, (mixer) => {
      document.querySelector("#place")!.append(mixer);
      return mixer.position;
    });
    await untilMixer(page, (mixer, before) => mixer.position > before + 1, before);
    assert.equal(await withMixer(page, (mixer) => mixer.state), "ready");
  }));

test("for=…: a mixer that leaves while it loads takes its element into no closed context", () =>
  harness.open(FOR, async (page) => {
    await page.evaluate(() => {
      const { fetch } = globalThis;
      const asked = new Promise<void>((resolve) => {
        globalThis.fetch = async (input, init) => {
          if (init?.method !== "HEAD") return fetch(input, init);
          globalThis.fetch = fetch;
          resolve();
          await new Promise<void>((give) => Object.assign(globalThis, { give }));
          return fetch(input, init);
        };
      });
      Object.assign(globalThis, { asked });
      void document.querySelector("stem-mixer")!.play();
    });
    await page.evaluate("asked");
    const mixer = await page.evaluateHandle(() => document.querySelector("stem-mixer")!);
    await mixer.evaluate(async (mixer) => {
      mixer.remove();
      while (mixer.player.state.nodes || mixer.state !== "waiting")
        await new Promise(requestAnimationFrame);
      (globalThis as unknown as { give(): void }).give();
      for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame);
      // What is out of the page plays nothing, and says nothing.
      await mixer.togglePlay();
      await mixer.play();
    });
    assert.deepEqual(await mixer.evaluate(({ state, failure }) => [state, failure?.message]), [
      "waiting",
      undefined,
    ]);
    await mixer.evaluate((mixer) => document.querySelector("#place")!.append(mixer));
    await withMixer(page, (mixer) => mixer.play());
    await isHeard(page);
    await goesOn(page);
  }));

type Mixer = HTMLElementTagNameMap["stem-mixer"];

// Five more are in mixer-life.soak.ts.
test("while its better stems are computed a mixer may be removed, told otherwise or given another song: no error", () =>
  whileImproving(harness, ["removed", "given another studio model", "given another song"]));

test("for=… an element that comes late, or in the place of another, is played at the next play", () =>
  harness.show(
    `<div id="place"></div><stem-mixer for="song" ${MODEL}></stem-mixer>`,
    async (page) => {
      await withMixer(page, (mixer) => mixer.play());
      assert.equal(await withMixer(page, (mixer) => mixer.state), "error");
      for (let i = 0; i < 2; i++) {
        await page.evaluate(
          (audio) => void (document.querySelector("#place")!.innerHTML = audio),
          AUDIO,
        );
        await withMixer(page, (mixer) => mixer.play());
        assert.equal(await page.evaluate(() => document.querySelector("audio")!.paused), false);
        await goesOn(page);
      }
    },
  ));

test("for=…: the rate and pitch that the page has set stay, and a rate of 0 is no error", () =>
  harness.show(FOR, async (page, problems) => {
    await page.evaluate(() =>
      Object.assign(document.querySelector("audio")!, { playbackRate: 1.5, preservesPitch: false }),
    );
    await playMixer(page);
    const rate = () =>
      page.evaluate(() => {
        const { playbackRate, preservesPitch } = document.querySelector("audio")!;
        return [playbackRate, preservesPitch];
      });
    assert.deepEqual(await rate(), [1.5, false]);
    assert.equal(await withMixer(page, (mixer) => mixer.tempo), 1.5);
    await page.evaluate(() => void (document.querySelector("audio")!.playbackRate = 0));
    await untilMixer(page, (mixer) => mixer.tempo === 0);
    await withMixer(page, (mixer) => mixer.updateComplete);
    assert.deepEqual(problems, []);
    await withMixer(page, (mixer) => void (mixer.tempo = 0.8));
    assert.deepEqual(await rate(), [0.8, true]);
  }));

test("for=…: an address that leads to another origin is refused in words, and still plays by itself", () =>
  harness.open(
    `<audio id="song" controls></audio><stem-mixer for="song" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      // The element follows the redirect; what asks for it as of the same origin is refused.
      await page.evaluate((other) => {
        const { fetch } = globalThis;
        globalThis.fetch = (input, init) =>
          init?.method !== "HEAD"
            ? fetch(input, init)
            : init.mode === "same-origin"
              ? Promise.reject(new TypeError("redirected"))
              : fetch(`${other}/audio/tone.wav`, init);
        document.querySelector("audio")!.src = "/audio/tone.wav";
      }, harness.plain.url);
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByRole("alert").getByText("may not be read").waitFor();
      await page.evaluate(() => document.querySelector("audio")!.play());
      await goesOn(page);
      problems.length = 0;
    },
    { isolated: false },
  ));

test("pause, seek and loop while a song loads count when it is there", () =>
  harness.show(TONE, async (page) => {
    let give: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      void page.route("**/tone.wav", async (route) => {
        resolve();
        await new Promise<void>((give_) => (give = give_));
        await route.continue();
      });
    });
    const shown = await withMixer(page, async (mixer) => {
      mixer.loop = { a: 2, b: 3 };
      mixer.seek(5);
      void mixer.play();
      await mixer.updateComplete;
      return [mixer.paused, mixer.position];
    });
    assert.deepEqual(shown, [false, 5]);
    await asked;
    await withMixer(page, (mixer) => {
      mixer.seek(7);
      mixer.pause();
    });
    give();
    await untilMixer(page, (mixer) => mixer.state === "ready");
    const there = await withMixer(page, (mixer) => [mixer.paused, mixer.position, mixer.loop.b]);
    assert.deepEqual(there, [true, 7, 3]);
  }));

test("a context that is suspended from outside is told, and one press goes on", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.player.state.nodes!.context.suspend());
    await page.getByRole("alert").getByText("The browser has paused the sound").waitFor();
    const before = await withMixer(page, (mixer) => mixer.position);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await untilMixer(page, (mixer, before) => mixer.position > before + 0.2, before);
    await page.getByRole("alert").waitFor({ state: "detached" });
  }));

test("a context that the system has interrupted, as a phone call does, is told, and one press goes on", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => {
      const { context } = mixer.player.state.nodes!;
      const tell = () => context.dispatchEvent(new Event("statechange"));
      // Chromium on a desk knows no calls.
      Object.defineProperty(context, "state", { value: "interrupted", configurable: true });
      context.resume = () => {
        delete (context as { state?: unknown }).state;
        tell();
        return Promise.resolve();
      };
      tell();
    });
    const alert = page.getByRole("alert").getByText("The browser has paused the sound");
    await alert.waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await alert.waitFor({ state: "detached" });
    assert.equal(await withMixer(page, (mixer) => mixer.paused), false);
  }));

test("a host's context that is closed is an error with a way on", () =>
  harness.show(TONE, async (page) => {
    await withMixer(page, (mixer) => void (mixer.context = new AudioContext()));
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.context!.close());
    await page.getByRole("alert").getByText("The AudioContext was closed").waitFor();
    await withMixer(page, (mixer) => void (mixer.context = new AudioContext()));
    await page.getByRole("button", { name: "Try again" }).click();
    await untilMixer(page, (mixer) => mixer.position > 0.1);
  }));

test("play tries again after a song could not be had, and its pictures are there", () =>
  harness.show(
    TONE.replace("<stem-mixer", '<stem-mixer picture="spectrogram"'),
    async (page, problems) => {
      let left = 2;
      await page.route("**/tone.wav", (route) =>
        left-- > 0 ? route.fulfill({ status: 404 }) : route.fallback(),
      );
      // By the host, and by the button.
      await withMixer(page, (mixer) => mixer.play());
      await page.getByRole("alert").getByText("the server says 404").waitFor();
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByRole("alert").getByText("the server says 404").waitFor();
      await withMixer(page, (mixer) => mixer.play());
      await isHeard(page);
      const isDrawn = () =>
        untilMixer(page, (mixer) => {
          const drawings = ["stem-timeline", "spectrum-view"].flatMap((name) => [
            ...mixer.renderRoot.querySelector(name)!.shadowRoot!.querySelectorAll("canvas"),
          ]);
          const hasColour = (canvas: HTMLCanvasElement) => {
            const { width, height } = canvas;
            if (width === 0 || height === 0) return false;
            const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
            return data.some((value, i) => i % 4 < 3 && value !== data[i % 4] && data[i | 3] > 0);
          };
          return drawings.length === 5 && drawings.every(hasColour);
        });
      await isDrawn();
      problems.length = 0;
    },
  ));

test("what is set before the element is defined counts, and what is set after it, too", () =>
  harness.open(`<div id="place"></div>`, async (page) => {
    const kept = await page.evaluate(async () => {
      const { StemMixer } = (await import("/dist/stem-mixer.js" as string)) as {
        StemMixer: CustomElementConstructor;
      };
      const mixer = document.createElement("late-mixer") as HTMLElementTagNameMap["stem-mixer"];
      const early = { master: -60, bypass: true, loop: { a: 1, b: 2 }, keyShift: 2, tempo: 0.8 };
      Object.assign(mixer, early, { songTitle: "Mine", src: "/audio/tone.wav" });
      document.querySelector("#place")!.append(mixer);
      customElements.define("late-mixer", class extends StemMixer {});
      mixer.seek(5);
      await mixer.updateComplete;
      const { master, bypass, key, tempo } = mixer.player.state;
      const before = [master, bypass, key, tempo, mixer.songTitle, mixer.loop.b, mixer.position];
      mixer.master = -6;
      mixer.bypass = false;
      return [before, mixer.player.state.master, mixer.player.state.bypass];
    });
    assert.deepEqual(kept, [[-60, true, 2, 0.8, "Mine", 2, 5], -6, false]);
  }));

/** Of every public property of <stem-mixer>: what is set before the element is defined, and after that. */
const SET: Readonly<Record<string, readonly [early: unknown, later: unknown]>> = {
  src: ["/audio/tone.wav", "/audio/short.wav"],
  for: ["song", ""],
  source: ["tab", ""],
  preload: ["auto", "none"],
  feedbackGuard: ["off", "on"],
  model: ["/models/identity.json", "/models/bands.json"],
  baseUrl: ["/dist/", "/dist/?other"],
  latencyMode: ["safe", "monitor"],
  backend: ["wasm", "auto"],
  quality: ["live", "auto"],
  studioModel: ["/models/bands.json", ""],
  together: [true, false],
  songTitle: ["Mine", "Yours"],
  preset: ["karaoke", "original"],
  picture: ["spectrogram", "off"],
  layout: ["compact", "full"],
  theme: ["dark", "light"],
  shortcuts: ["page", "off"],
  songLink: [true, false],
  lipSync: ["off", "picture"],
  master: [-60, -6],
  bypass: [true, false],
  loop: [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ],
  keyShift: [2, -2],
  tempo: [0.8, 1.2],
};
const OBJECTS = ["context", "destination", "player"];

test("every property that is set before the element is defined counts, and can be set afterwards", () =>
  harness.open("", async (page) => {
    const { known, values } = await page.evaluate(async (set) => {
      const { StemMixer } = (await import("/dist/stem-mixer.js" as string)) as {
        StemMixer: CustomElementConstructor & {
          elementProperties: Map<string, { state?: boolean }>;
        };
      };
      const known = [...StemMixer.elementProperties].flatMap(([name, { state }]) =>
        state ? [] : [name],
      );
      const values = [];
      for (const [name, [early, later]] of Object.entries(set)) {
        const tag = `early-${name.toLowerCase()}`;
        const element = document.createElement(tag) as HTMLElement & Record<string, unknown>;
        element[name] = early;
        document.querySelector("main")!.append(element);
        customElements.define(tag, class extends StemMixer {});
        await element.updateComplete;
        const before = element[name];
        element[name] = later;
        values.push([name, before, element[name], Object.hasOwn(element, name)]);
      }
      return { known, values };
    }, SET);
    assert.deepEqual(known.sort(), [...Object.keys(SET), ...OBJECTS].sort());
    const expected = Object.entries(SET).map(([name, [early, later]]) => [
      name,
      early,
      later,
      false,
    ]);
    assert.deepEqual(values, expected);
  }));

const OTHERS =
  "stem-strip gain-knob level-meter spectrum-view stem-timeline stem-lyrics stem-singer stem-pitch";

test("no property of the other elements hides what it is set by, where it comes before its element", () =>
  harness.open(
    ["karaoke", "pictures"]
      .map((name) => `<script type="module" src="/dist/${name}.js"></script>`)
      .join(""),
    async (page) => {
      const hidden = await page.evaluate(async (names) => {
        const hidden: string[] = [];
        let count = 0;
        for (const name of names) {
          const Element = await customElements.whenDefined(name);
          const settable = new Set<string>();
          for (
            let proto = Element.prototype as object;
            proto !== HTMLElement.prototype;
            proto = Object.getPrototypeOf(proto) as object
          ) {
            for (const [key, { set }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
              if (set && !key.startsWith("_")) settable.add(key);
            }
          }
          const usual = document.createElement(name) as HTMLElement & Record<string, unknown>;
          const tag = `late-${name}`;
          const element = document.createElement(tag) as typeof usual;
          for (const key of settable) element[key] = usual[key];
          customElements.define(tag, class extends Element {});
          customElements.upgrade(element);
          count += settable.size;
          for (const key of settable)
            if (Object.hasOwn(element, key)) hidden.push(`${name}.${key}`);
        }
        return { hidden, isMany: count > 40 };
      }, OTHERS.split(" "));
      assert.deepEqual(hidden, { hidden: [], isMany: true });
    },
  ));

test("a change of width raises no error of the ResizeObserver's", () =>
  harness.open(`<div id="place" style="display:none">${TONE}</div>`, async (page, problems) => {
    await page.evaluate(() => {
      const errors: string[] = [];
      Object.assign(globalThis, { errors });
      addEventListener("error", ({ message }) => errors.push(message));
    });
    for (const style of ["display:block", "width:500px", "width:1000px", "width:700px"]) {
      await page.evaluate((style) => {
        document.querySelector<HTMLElement>("#place")!.style.cssText = style;
      }, style);
      await page.evaluate(async () => {
        for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
      });
    }
    // Larger letters, a low slot and back, another place, a panel, a picture.
    const changes: ((mixer: HTMLElementTagNameMap["stem-mixer"]) => void)[] = [
      () => void (document.documentElement.style.fontSize = "28px"),
      () => void (document.documentElement.style.fontSize = ""),
      () => void (document.querySelector<HTMLElement>("#place")!.style.height = "200px"),
      (mixer) => void (mixer.style.height = "100%"),
      (mixer) => void (mixer.style.height = ""),
      (mixer) => document.querySelector("main")!.append(mixer),
      (mixer) => mixer.act({ do: "help" }),
      (mixer) => void (mixer.picture = "spectrogram"),
      (mixer) => void (mixer.layout = "compact"),
      (mixer) => void (mixer.hidden = true),
      (mixer) => void (mixer.hidden = false),
    ];
    for (const change of changes) {
      await withMixer(page, change);
      await page.evaluate(async () => {
        for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
      });
    }
    const errors = await page.evaluate(() => (globalThis as unknown as { errors: [] }).errors);
    assert.deepEqual([errors, problems], [[], []]);
  }));

test("a host's player is shown, and outlives the mixer", () =>
  harness.open(`<stem-mixer></stem-mixer>`, async (page) => {
    await page.evaluate(async () => {
      const { createPlayer } = (await import("/dist/player.js" as string)) as {
        createPlayer: typeof PlayerFace.createPlayer;
      };
      const player = createPlayer({ model: "/models/identity.json" });
      Object.assign(globalThis, { player });
      document.querySelector("stem-mixer")!.player = player;
      await player.dispatch({ do: "open", source: { kind: "url", url: "/audio/tone.wav" } });
    });
    await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.position > 0.1);
    await page.getByRole("button", { name: "Mute Vocals" }).click();
    const player = await page.evaluateHandle(
      () =>
        (globalThis as unknown as { player: HTMLElementTagNameMap["stem-mixer"]["player"] }).player,
    );
    assert.equal(await player.evaluate(({ state }) => state.mix.vocals.muted), true);
    await withMixer(page, (mixer) => mixer.remove());
    await player.evaluate(async (player) => {
      const from = player.position;
      while (player.position < from + 0.5) await new Promise(requestAnimationFrame);
      await player.dispose();
    });
  }));

for (const together of [false, true]) {
  test(`a mixer's song ${together ? "plays beside" : "pauses"} another's${together ? " that is told to" : ""}`, () =>
    harness.show(
      `${TONE}<stem-mixer id="other" src="/audio/band.wav" ${together ? "together" : ""} ${MODEL}></stem-mixer>`,
      async (page) => {
        await withMixer(page, (mixer) => mixer.play());
        await untilMixer(page, (mixer) => mixer.player.state.running);
        const other = page.locator("#other");
        await other.evaluate((mixer: HTMLElementTagNameMap["stem-mixer"]) => mixer.play());
        await untilMixer(page, (mixer, together) => mixer.paused !== together, together);
        const paused = other.evaluate((mixer: HTMLElementTagNameMap["stem-mixer"]) => mixer.paused);
        assert.equal(await paused, false);
      },
    ));
}

test("for=…: a mixer that lets go of an element leaves it to another, and to the page", () =>
  harness.show(`${FOR}<stem-mixer id="other" for="song" ${MODEL}></stem-mixer>`, async (page) => {
    await withMixer(page, (mixer) => mixer.play());
    const other = page.locator("#other");
    await other.evaluate((mixer: HTMLElementTagNameMap["stem-mixer"]) => mixer.play());
    await goesOn(page);
    for (const selector of ["#place stem-mixer", "#other"]) {
      await page.evaluate((selector) => {
        document.querySelector("audio")!.pause();
        document.querySelector(selector)!.removeAttribute("for");
      }, selector);
      await page.waitForFunction(
        (selector) =>
          document.querySelector<HTMLElementTagNameMap["stem-mixer"]>(selector)!.state === "idle",
        selector,
      );
      await page.evaluate(() => document.querySelector("audio")!.play());
      await goesOn(page);
    }
  }));

test("a recording ends with its song, and asks before the page is left until then", () =>
  harness.show(`<stem-mixer src="/audio/short.wav" ${MODEL}></stem-mixer>`, async (page) => {
    const asks = () =>
      page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
    await playMixer(page);
    const files = await withMixer(page, async (mixer) => {
      mixer.pause();
      mixer.seek(0);
      await mixer.player.dispatch({ do: "record", on: true });
      return mixer.player.state.recorded;
    });
    assert.deepEqual(files, []);
    assert.equal(await asks(), true);
    await withMixer(page, (mixer) => mixer.play());
    await untilMixer(page, (mixer) => mixer.player.state.recorded.length === 1);
    const ended = await withMixer(page, (mixer) => [
      mixer.player.state.recording,
      mixer.player.recordedSeconds,
      mixer.player.state.recorded[0].size,
    ]);
    // The song's second and what came before it, at four bytes a frame.
    assert.deepEqual(ended.slice(0, 2), [undefined, undefined]);
    assert.ok((ended[2] as number) > 44 + 4 * 44_100, String(ended[2]));
    assert.equal(await asks(), false);
  }));

const NEXT: Readonly<Record<string, (mixer: Mixer) => unknown>> = {
  "is closed": (mixer) => mixer.close(),
  "gives way to another file": async (mixer) =>
    mixer.load(new File([await (await fetch("/audio/band.wav")).blob()], "Second.wav")),
  "gives way to an address": (mixer) => void (mixer.src = "/audio/band.wav"),
  "leaves with its mixer": (mixer) => mixer.remove(),
};
for (const [what, next] of Object.entries(NEXT)) {
  test(`a recording ends under its song's name when that ${what}`, () =>
    harness.show(`<stem-mixer ${MODEL}></stem-mixer>`, async (page) => {
      const mixer = await page.evaluateHandle(() => document.querySelector("stem-mixer")!);
      await mixer.evaluate(async (mixer) => {
        await mixer.load(new File([await (await fetch("/audio/tone.wav")).blob()], "First.wav"));
        await mixer.play();
        mixer.startRecording();
        while (!(mixer.player.recordedSeconds! > 0.3)) await new Promise(requestAnimationFrame);
      });
      await mixer.evaluate(next);
      const ended = await mixer.evaluate(async ({ player }) => {
        while (player.state.recorded.length === 0) await new Promise(requestAnimationFrame);
        // The next song is not recorded.
        for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);
        const { recorded, recording } = player.state;
        return [recorded.map(({ name }) => name), recording];
      });
      assert.deepEqual(ended, [["First.wav"], undefined]);
    }));
}
