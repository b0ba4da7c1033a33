// Keys, focus and pointers on <stem-mixer>, and what its lanes draw. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
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
    for (const name of ["Karaoke", "Mute Drums", "Key up a semitone"]) {
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
  harness.open(SONG, async (page) => {
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
    // A finger that scrolls the page over the lanes neither seeks nor loops.
    await page.mouse.move(0, 0);
  }));

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
    await page.waitForFunction(async () => {
      const { drawn } = globalThis as unknown as { drawn(): number };
      const before = drawn();
      for (let i = 0; i < 30; i++) await new Promise(requestAnimationFrame);
      return drawn() === before;
    });
  }));
