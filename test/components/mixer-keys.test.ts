// Keys, focus and pointers on <stem-mixer>, and what its lanes draw. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { untilSettled } from "../support/chromium.ts";
import {
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const SONG = `<stem-mixer src="/audio/song.wav" preload="auto" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const isReady = (page: Page) => untilMixer(page, (mixer) => mixer.state === "ready");

/** Name of what has the focus, looking into shadow trees. */
const focused = (page: Page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent?.trim() ?? "";
  });

test("Space plays and pauses, whatever button of the mixer was pressed last", () =>
  harness.show(SONG, async (page) => {
    await isReady(page);
    const names = ["Karaoke", "Mute Drums", "Key up a semitone", "Compare", "Faster", "Solo Bass"];
    for (const name of names) {
      await page.getByRole("button", { name }).click();
      const kept = () => withMixer(page, (mixer) => [mixer.mix, mixer.keyShift]);
      const [before, paused] = [await kept(), await withMixer(page, (mixer) => mixer.paused)];
      await page.keyboard.press("Space");
      await untilMixer(page, (mixer, paused) => mixer.paused !== paused, paused);
      assert.deepEqual(await kept(), before, name);
    }
    await page.getByRole("button", { name: "Mute Bass" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await withMixer(page, (mixer) => mixer.mix.bass.muted), true, "Enter presses");
  }));

test("Escape closes the open panel, and focus goes back to what opened it", () =>
  harness.show(SONG, async (page) => {
    await isReady(page);
    await openTool(page, "MIDI");
    assert.match(await focused(page), /MIDI/, "focus is in the panel");
    await page.keyboard.press("Escape");
    await page.getByRole("region").waitFor({ state: "detached" });
    assert.equal(await focused(page), "More");
    await page.getByRole("button", { name: "What to export" }).click();
    await page.getByRole("button", { name: "Close panel" }).click();
    await page.getByRole("region").waitFor({ state: "detached" });
    assert.equal(await focused(page), "What to export");
    await page.keyboard.press("Escape");
    assert.equal(await withMixer(page, (mixer) => mixer.state), "ready");
  }));

test("focus goes on from the drop zone to Play, and back when the song is closed", () =>
  harness.show(
    `<stem-mixer ${MODEL}><button slot="ways">Demo</button></stem-mixer>`,
    async (page) => {
      await page.evaluate(() => {
        const button = document.querySelector("button")!;
        button.onclick = () => void document.querySelector("stem-mixer")!.load("/audio/song.wav");
      });
      await page.getByRole("button", { name: "Demo" }).click();
      await isReady(page);
      assert.equal(await focused(page), "Pause");
      await page.getByRole("button", { name: "Close" }).click();
      await page.getByText("Drop a song here").waitFor();
      assert.equal(
        await withMixer(page, (mixer) => mixer.shadowRoot!.activeElement?.localName),
        "input",
      );
    },
  ));

/** Whether something in the mixer has the focus, so that its keys work. */
const hasFocus = (page: Page) =>
  withMixer(page, (mixer) => {
    const { activeElement } = mixer.shadowRoot!;
    return activeElement !== null && !activeElement.matches(":disabled");
  });

test("focus stays in the mixer when the button that was pressed goes, or is of no use any more", () =>
  harness.open(SONG, async (page) => {
    await isReady(page);
    const pressed = async (name: string) => {
      await page.getByRole("button", { name, exact: true }).press("Enter");
      await withMixer(page, (mixer) => mixer.updateComplete);
    };
    // The export never comes to its end.
    await page.route("**/split-worker.js", () => undefined);
    await pressed("What to export");
    await page.getByRole("radio", { name: "Stems (ZIP)" }).check();
    for (const name of ["Start the export", "Cancel"]) {
      await pressed(name);
      assert.equal(await hasFocus(page), true, name);
    }
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), "What to export");
    for (let i = 0; i < 6; i++) await pressed("Key up a semitone");
    assert.equal(await hasFocus(page), true, "the highest key");
    for (let i = 0; i < 10; i++) await pressed("Slower");
    assert.equal(await hasFocus(page), true, "the slowest tempo");
    await withMixer(page, (mixer) => {
      mixer.setGain("bass", 3);
      mixer.savePreset("Loud bass");
      mixer.fail(new Error("Something to be read"));
    });
    await pressed("Got it");
    assert.equal(await hasFocus(page), true, "a notice");
    await page.getByRole("button", { name: "My mixes" }).press("Enter");
    await pressed("Delete “Loud bass”");
    assert.equal(await hasFocus(page), true, "a mix of one's own");
    await page.keyboard.press("Escape");
    await withMixer(page, (mixer) => mixer.player.state.nodes!.context.suspend());
    await pressed("Play");
    await untilMixer(page, (mixer) => !mixer.paused);
    await withMixer(page, (mixer) => mixer.player.state.nodes!.context.suspend());
    await pressed("Go on");
    await page.getByRole("alert").waitFor({ state: "detached" });
    assert.equal(await hasFocus(page), true, "a context that slept");
    const before = await withMixer(page, (mixer) => mixer.paused);
    await page.keyboard.press("Space");
    await untilMixer(page, (mixer, before) => mixer.paused !== before, before);
  }));

test("what has the focus in a slot keeps it, whatever the mixer renders", () =>
  harness.show(
    `<stem-mixer src="/audio/song.wav" preload="auto" ${MODEL}>
       <button slot="tools">The page's own</button></stem-mixer>`,
    async (page) => {
      await isReady(page);
      const own = page.getByRole("button", { name: "The page's own" });
      await own.focus();
      await withMixer(page, async (mixer) => {
        mixer.fail(new Error("Something to be read"));
        await mixer.updateComplete;
        await mixer.player.dispatch({ do: "dismiss" });
        await mixer.updateComplete;
      });
      assert.ok(await own.evaluate((button) => button === document.activeElement));
    },
  ));

test("a digit after a knob was dragged mutes its stem", () =>
  harness.show(SONG, async (page) => {
    await isReady(page);
    const box = (await page.getByRole("slider", { name: "Vocals" }).boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.press("2");
    const mix = await withMixer(page, (mixer) => mixer.mix);
    assert.ok(mix.vocals.gain < 0);
    assert.equal(mix.drums.muted, true);
  }));

test("lanes: a click seeks, a drag makes a loop, its edges move it, the pointer tells the time", () =>
  harness.show(SONG, async (page) => {
    await isReady(page);
    const slider = page.getByRole("slider", { name: "Position" });
    await slider.waitFor();
    const box = (await slider.boundingBox())!;
    const at = (share: number): [number, number] => [
      box.x + share * box.width,
      box.y + box.height / 2,
    ];
    await page.mouse.click(...at(0.5));
    await untilMixer(page, (mixer) => Math.abs(mixer.position - 10) < 0.1);
    await page.mouse.move(...at(0.25));
    await page.getByText("0:05", { exact: true }).last().waitFor();
    await page.mouse.down();
    await page.mouse.move(...at(0.75), { steps: 5 });
    await page.mouse.up();
    const loop = () => withMixer(page, (mixer) => ({ ...mixer.loop }) as { a: number; b: number });
    const made = await loop();
    assert.ok(Math.abs(made.a - 5) < 0.1 && Math.abs(made.b - 15) < 0.1, JSON.stringify(made));
    const edge = (await page.getByRole("slider", { name: "Loop end" }).boundingBox())!;
    const [x, y] = [edge.x + 8, edge.y + edge.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - box.width / 10, y, { steps: 5 });
    await page.mouse.up();
    const moved = await loop();
    assert.ok(Math.abs(moved.a - 5) < 0.1 && Math.abs(moved.b - 13) < 0.1, JSON.stringify(moved));
    await page.mouse.move(0, 0);
  }));

for (const layout of ["full", "compact"]) {
  test(`touch, ${layout}: a swipe up that begins anywhere on the mixer scrolls the page and changes nothing`, () =>
    harness.open(
      `<div style="height:300px"></div>${SONG.replace("<stem-mixer", `<stem-mixer layout="${layout}"`)}
       <div style="height:3000px"></div>`,
      async (page) => {
        await isReady(page);
        const cdp = await page.context().newCDPSession(page);
        const send = (type: "touchStart" | "touchMove" | "touchEnd", x = 0, y = 0) =>
          cdp.send("Input.dispatchTouchEvent", {
            type,
            touchPoints: type === "touchEnd" ? [] : [{ x, y }],
          });
        const knobs = layout === "full" ? ["Vocals", "Bass", "Master"] : ["Vocals", "Other"];
        for (const name of [...knobs, "Position"]) {
          await page.evaluate(() => scrollTo(0, 200));
          const slider = page.getByRole("slider", { name, exact: true });
          const { x, y, width, height } = (await slider.boundingBox())!;
          const at = [x + width / 2, y + height / 2] as const;
          await send("touchStart", ...at);
          for (let moved = 4; moved <= 120; moved += 4) {
            await send("touchMove", at[0] + moved / 20, at[1] - moved);
          }
          await send("touchEnd");
          await page.waitForFunction(() => scrollY > 250, undefined, { timeout: 5000 });
          const kept = await withMixer(page, ({ mix, master, position, loop }) => [
            Object.values(mix).map(({ gain }) => gain),
            ...[master, position, loop.a],
          ]);
          assert.deepEqual(kept, [[0, 0, 0, 0], 0, 0, undefined], name);
        }
      },
      { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    ));
}

test("lanes: what was heard has its stem's colour, the rest is grey; while paused nothing is drawn", () =>
  harness.open(SONG, async (page) => {
    await page.evaluate(() => {
      let drawn = 0;
      for (const name of ["fillRect", "drawImage", "putImageData"] as const) {
        const draw = CanvasRenderingContext2D.prototype[name] as (...all: unknown[]) => void;
        CanvasRenderingContext2D.prototype[name] = function (
          this: CanvasRenderingContext2D,
          ...all: unknown[]
        ) {
          drawn++;
          draw.apply(this, all);
        };
      }
      Object.assign(globalThis, { drawn: () => drawn });
    });
    await playMixer(page);
    await untilMixer(page, (mixer) => mixer.position > 2);
    await withMixer(page, (mixer) => mixer.pause());
    await untilMixer(page, (mixer) => !mixer.player.state.running);
    const colours = await withMixer(page, (mixer) => {
      const timeline = mixer.renderRoot.querySelector("stem-timeline")!;
      return [...timeline.renderRoot.querySelectorAll("canvas")].map((canvas) => {
        const { width, height } = canvas;
        const pen = canvas.getContext("2d")!;
        const colourfulness = (from: number, to: number) => {
          const { data } = pen.getImageData(from * width, height / 2, (to - from) * width, 1);
          let most = 0;
          for (let i = 0; i < data.length; i += 4) {
            const rgb = data.slice(i, i + 3);
            most = Math.max(most, Math.max(...rgb) - Math.min(...rgb));
          }
          return most;
        };
        return { heard: colourfulness(0.04, 0.08), rest: colourfulness(0.5, 0.9) };
      });
    });
    assert.equal(colours.length, 4);
    for (const { heard, rest } of colours) {
      assert.ok(heard > 80 && rest < 30, JSON.stringify(colours));
    }
    // Meters fall for a moment; then thirty frames pass without a single mark.
    const isStill = async () => {
      const { drawn } = globalThis as unknown as { drawn(): number };
      const before = drawn();
      for (let i = 0; i < 30; i++) await new Promise(requestAnimationFrame);
      return drawn() === before;
    };
    await untilSettled(page, isStill, undefined);
  }));
