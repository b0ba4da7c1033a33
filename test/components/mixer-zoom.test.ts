// Zooming the lanes: wheel, two fingers, keys and buttons; the ruler, the loop and the playhead go with it. Real Chromium,
// identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import {
  MODEL,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const WIDE = { viewport: { width: 1280, height: 720 } };
const mixer = (song = "song.wav") =>
  `<stem-mixer src="/audio/${song}" preload="auto" ${MODEL}></stem-mixer>`;

const untilDrawn = (page: Page) =>
  untilMixer(
    page,
    (mixer) =>
      mixer.state === "ready" &&
      mixer.renderRoot.querySelector("stem-timeline")?.shadowRoot?.querySelector(".zoom"),
  );

/** What is shown, in seconds, and the ruler's marks. */
const shown = (page: Page) =>
  withMixer(page, async (mixer) => {
    const timeline = mixer.renderRoot.querySelector("stem-timeline")!;
    await timeline.updateComplete;
    const { view, renderRoot } = timeline;
    const marks = [...renderRoot.querySelectorAll(".mark")].map((mark) => mark.textContent.trim());
    return { start: view.start, span: view.span, marks };
  });

const box = async (page: Page) => (await page.locator("stem-mixer stem-timeline").boundingBox())!;

test("zoom: Ctrl and wheel zoom around the pointer, Shift and wheel move, a wheel alone scrolls the page", () =>
  harness.show(mixer(), async (page) => {
    await untilDrawn(page);
    const { x, y, width } = await box(page);
    await page.mouse.move(x + width / 2, y + 60);
    await page.mouse.wheel(0, -240);
    assert.equal((await shown(page)).span, 20);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -240);
    await page.keyboard.up("Control");
    const zoomed = await shown(page);
    assert.ok(Math.abs(zoomed.span - 10) < 0.01 && Math.abs(zoomed.start - 5) < 0.05);
    assert.deepEqual(zoomed.marks, [
      "0:05",
      "0:06",
      "0:07",
      "0:08",
      "0:09",
      "0:10",
      "0:11",
      "0:12",
      "0:13",
      "0:14",
    ]);
    await page.keyboard.down("Shift");
    await page.mouse.wheel(0, width / 4);
    await page.keyboard.up("Shift");
    const moved = await shown(page);
    assert.equal(moved.span, zoomed.span);
    assert.ok(moved.start > zoomed.start + 1, `${moved.start}`);
    // A click seeks to where it is seen.
    await page.mouse.click(x + width / 4, y + 60);
    const position = await withMixer(page, (mixer) => mixer.position);
    assert.ok(Math.abs(position - (moved.start + moved.span / 4)) < 0.1, `${position}`);
  }));

test("zoom: keys and buttons, which say what is shown", () =>
  harness.show(mixer(), async (page) => {
    await untilDrawn(page);
    const zoomOut = page.getByRole("button", { name: "Zoom out" });
    const zoomIn = page.getByRole("button", { name: "Zoom in" });
    assert.equal(await zoomOut.isDisabled(), true);
    await zoomIn.focus();
    await page.keyboard.press("Enter");
    assert.equal((await shown(page)).span, 10);
    await page.getByText("Shown from 0:00 to 0:10").waitFor({ state: "attached" });
    await page.keyboard.press("z");
    assert.equal((await shown(page)).span, 5);
    await zoomIn.click();
    assert.equal((await shown(page)).span, 4, "no closer");
    assert.equal(await zoomIn.isDisabled(), true);
    await page.locator("stem-mixer .play").focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+Z");
    assert.equal((await shown(page)).span, 20);
    await page.getByText("The whole song is shown").waitFor({ state: "attached" });
    const boxes = await page
      .locator("stem-mixer stem-timeline .zoom button")
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON() as DOMRect));
    assert.ok(boxes.every(({ width, height }) => width >= 24 && height >= 24));
  }));

test("zoom: two fingers pinch and move, and draw no loop; one still draws one", () =>
  harness.open(
    mixer(),
    async (page) => {
      await untilDrawn(page);
      const { x, y, width, height } = await box(page);
      const session = await page.context().newCDPSession(page);
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...at: readonly number[]) =>
        session.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: at.map((x, id) => ({ x, y: y + height / 2, id })),
        });
      const at = (share: number) => x + share * width;
      await touch("touchStart", at(0.4), at(0.6));
      for (let i = 1; i <= 4; i++) await touch("touchMove", at(0.4 - 0.05 * i), at(0.6 + 0.05 * i));
      await touch("touchEnd");
      const zoomed = await shown(page);
      assert.ok(Math.abs(zoomed.span - 20 / 3) < 0.5, `${zoomed.span}`);
      assert.ok(Math.abs(zoomed.start + zoomed.span / 2 - 10) < 0.3, `${zoomed.start}`);
      assert.equal(await withMixer(page, ({ loop }) => loop.a ?? loop.b), undefined);
      await touch("touchStart", at(0.25));
      for (let i = 1; i <= 4; i++) await touch("touchMove", at(0.25 + 0.125 * i));
      await touch("touchEnd");
      const loop = await withMixer(page, (mixer) => mixer.loop);
      // Each end may have gone to the nearest beat.
      const is = (end: number, share: number) =>
        assert.ok(Math.abs(end - zoomed.start - share * zoomed.span) < 0.3, JSON.stringify(loop));
      is(loop.a!, 0.25);
      is(loop.b!, 0.75);
    },
    { ...WIDE, hasTouch: true },
  ));

test("zoom: the picture goes on with the playhead, but not from where the user has moved it to", () =>
  harness.show(mixer(), async (page) => {
    await untilDrawn(page);
    await playMixer(page);
    for (let i = 0; i < 3; i++) await page.keyboard.press("z");
    const isSeen = () =>
      withMixer(page, (mixer) => {
        const { view } = mixer.renderRoot.querySelector("stem-timeline")!;
        return view.shows(mixer.position);
      });
    assert.equal(await isSeen(), true);
    await withMixer(page, (mixer) => mixer.seek(12));
    await untilMixer(page, (mixer) => {
      const { view } = mixer.renderRoot.querySelector("stem-timeline")!;
      return mixer.position >= 12 && view.shows(mixer.position);
    });
    await untilMixer(page, (mixer) => {
      const timeline = mixer.renderRoot.querySelector("stem-timeline")!;
      const line = timeline.renderRoot.querySelector(".playhead")!.getBoundingClientRect();
      const { left, width } = timeline.getBoundingClientRect();
      const wanted = timeline.view.percent(mixer.position) / 100;
      return Math.abs((line.left - left) / width - wanted) < 0.05;
    });
    const { x, y, width } = await box(page);
    await page.mouse.move(x + width / 2, y + 60);
    await page.keyboard.down("Shift");
    await page.mouse.wheel(0, -4 * width);
    await page.keyboard.up("Shift");
    assert.equal((await shown(page)).start, 0);
    const from = await withMixer(page, (mixer) => mixer.position);
    await untilMixer(page, (mixer, from) => mixer.position > from! + 0.3, from);
    assert.equal((await shown(page)).start, 0);
    await withMixer(page, (mixer) => mixer.seek(1));
    await untilMixer(page, (mixer) => mixer.position < 4);
    assert.equal(await isSeen(), true);
  }));

test("zoom: a part is drawn in its own detail, and only as many bars as there is room for", () =>
  harness.show(mixer("beats.wav"), async (page) => {
    await untilDrawn(page);
    const bars = () =>
      withMixer(page, async (mixer) => {
        const timeline = mixer.renderRoot.querySelector("stem-timeline")!;
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const [canvas] = timeline.renderRoot.querySelectorAll("canvas");
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
        return Array.from({ length: width }, (_, x) => {
          let tall = 0;
          for (let y = 0; y < height; y++) if (data[4 * (y * width + x) + 3] > 60) tall++;
          return tall / height;
        });
      });
    await withMixer(page, (mixer) => mixer.load("/audio/long.wav"));
    await untilMixer(page, (mixer) => mixer.duration > 100 && mixer.player.state.source?.detail);
    const { width } = await box(page);
    await page.locator("stem-mixer .play").focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("z");
    assert.equal((await shown(page)).span, 4);
    // A tone that does not change is as tall everywhere.
    const tall = (await bars()).filter((share) => share > 0.5);
    assert.ok(tall.length > width / 2, `${tall.length} of ${width}`);
  }));

test("zoom: another song is shown whole, a compact mixer has no buttons", () =>
  harness.show(mixer(), async (page) => {
    await untilDrawn(page);
    await page.locator("stem-mixer .play").focus();
    await page.keyboard.press("z");
    assert.equal((await shown(page)).span, 10);
    await withMixer(page, (mixer) => mixer.load("/audio/tone.wav"));
    await untilMixer(page, (mixer) => mixer.state === "ready");
    await withMixer(page, (mixer) => mixer.load("/audio/beats.wav"));
    await untilMixer(page, (mixer) => mixer.duration === 4);
    assert.equal((await shown(page)).span, 4);
    await withMixer(page, (mixer) => void (mixer.layout = "compact"));
    await page.locator("stem-mixer .zoom").waitFor({ state: "detached" });
  }));
