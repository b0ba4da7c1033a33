// <stem-mixer> in other people's pages: it comes late, moves, leaves and comes back, is played before it is
// ready, and its page and its context act by themselves. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type * as PlayerFace from "../../src/player/index.ts";
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
  harness.open(FOR, async (page) => {
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
  harness.open(FOR, async (page) => {
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
  harness.open(FOR, async (page) => {
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

test("for=… an element that comes late, or in the place of another, is played at the next play", () =>
  harness.open(
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
  harness.open(FOR, async (page, problems) => {
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
  harness.open(`${FOR}<stem-mixer id="other" for="song" ${MODEL}></stem-mixer>`, async (page) => {
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
