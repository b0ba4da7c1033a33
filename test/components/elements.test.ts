// The small elements in a real Chromium: gain-knob, stem-strip, level-meter, spectrum-view.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type * as Elements from "./elements.page.ts";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, visitorOf, type Visitor } from "../support/chromium.ts";
import { startServer, type Server } from "../support/server.ts";
import {
  auditPage,
  compareScreenshot,
  elementPage,
  FONT_MOUNT,
  newContext,
  withContext,
} from "./pages.ts";

const KNOB = `<gain-knob stem="vocals" label="Vocals"></gain-knob>`;
const STRIPS = `<div style="display:grid;grid-template-columns:repeat(4,12em);gap:12px">
  <stem-strip stem="vocals" gain="-6"></stem-strip>
  <stem-strip stem="drums" muted silent></stem-strip>
  <stem-strip stem="bass" gain="3.5" soloed></stem-strip>
  <stem-strip stem="other" gain="-60"></stem-strip></div>`;
const ROWS = `<div style="display:grid;gap:8px">
  <stem-strip layout="row" stem="vocals" gain="-6"></stem-strip>
  <stem-strip layout="row" stem="drums" gain="-12.5" muted silent></stem-strip>
  <stem-strip layout="row" stem="bass"></stem-strip>
  <stem-strip layout="row" stem="other" soloed></stem-strip></div>`;
const PICTURES = `<spectrum-view></spectrum-view><level-meter label="Vocals" stem="vocals"></level-meter>`;

let browser: Browser;
let server: Server;
let visitor: Visitor;
before(async () => {
  browser = await launchChromium();
  server = await startServer({
    mounts: FONT_MOUNT,
    isolated: true,
    pages: {
      "/elements.js": await bundleScript("test/components/elements.page.ts"),
      "/knob": elementPage(KNOB),
      "/knob-de": elementPage(KNOB, undefined, "de"),
      "/knob-nl": elementPage(KNOB, undefined, "nl"),
      "/strips": elementPage(STRIPS),
      "/rows": elementPage(ROWS),
      "/pictures": elementPage(PICTURES),
      "/scroll": elementPage(
        `<div style="height:500px"></div>${KNOB}<div style="height:3000px"></div>`,
      ),
    },
  });
  visitor = visitorOf(() => newContext(browser), server.url);
});
after(async () => {
  await visitor.close();
  await server.close();
  await browser.close();
});

const slider = (page: Page) => page.getByRole("slider", { name: "Vocals" });
const spoken = (page: Page) => slider(page).getAttribute("aria-valuetext");

/** Opens a page with one knob, records its requests in `page.evaluate("requests")`. */
const withKnob = (body: (page: Page) => Promise<void>, options?: BrowserContextOptions) => {
  const url = `${server.url}/knob`;
  const recorded = async (page: Page) => {
    await slider(page).waitFor();
    await page.evaluate(() => {
      const requests: unknown[] = [];
      Object.assign(globalThis, { requests });
      document.addEventListener("stem-gain-request", (event) =>
        requests.push((event as CustomEvent).detail),
      );
    });
    await body(page);
  };
  return options ? withContext(browser, options, url, recorded) : visitor.visit(url, recorded);
};

test("a knob speaks its name and value", () =>
  withKnob(async (page) => {
    assert.equal(await spoken(page), "0.0 decibels");
    await page.evaluate(() => (document.querySelector("gain-knob")!.value = -6));
    await page.waitForFunction(() => document.querySelector("gain-knob")!.value === -6);
    // The name as Chromium computes it; its protocol leaves aria-valuetext out.
    const cdp = await page.context().newCDPSession(page);
    const { nodes } = await cdp.send("Accessibility.getFullAXTree");
    const name = nodes.find(({ role }) => role?.value === "slider")?.name?.value as string;
    assert.equal(`${name}, ${await spoken(page)}`, "Vocals, −6.0 decibels");
    await page.evaluate(() => (document.querySelector("gain-knob")!.value = -99));
    await page.waitForFunction(() => document.querySelector("gain-knob")!.value === -60);
    assert.equal(await spoken(page), "silent");
  }));

test("a knob speaks the page's language", () =>
  visitor.visit(`${server.url}/knob-de`, async (page) => {
    await page.locator('[aria-valuetext="0,0 Dezibel"]').waitFor();
  }));

test("a knob on a page in a language without words here speaks English, figures included", () =>
  visitor.visit(`${server.url}/knob-nl`, async (page) => {
    await page.locator('[aria-valuetext="0.0 decibels"]').waitFor();
  }));

test("arrow keys step 1 dB, with Shift 0.1, Page keys 6; Home, End and Delete go to the ends and back", () =>
  withKnob(async (page) => {
    await slider(page).focus();
    const steps: [string, string][] = [
      ["ArrowUp", "+1.0 decibels"],
      ["ArrowRight", "+2.0 decibels"],
      ["Shift+ArrowDown", "+1.9 decibels"],
      ["ArrowLeft", "+0.9 decibels"],
      ["PageDown", "−5.1 decibels"],
      ["PageUp", "+0.9 decibels"],
      ["End", "+12.0 decibels"],
      ["ArrowUp", "+12.0 decibels"],
      ["Home", "silent"],
      ["Delete", "0.0 decibels"],
    ];
    for (const [key, expected] of steps) {
      await page.keyboard.press(key);
      assert.equal(await spoken(page), expected, key);
    }
    const requests = await page.evaluate("requests");
    assert.equal((requests as unknown[]).length, steps.length - 1, "no request without a change");
    assert.deepEqual((requests as unknown[])[0], { stem: "vocals", gain: 1 });
  }));

test("a number typed at the knob is taken with Enter and dropped with Escape", () =>
  withKnob(async (page) => {
    await slider(page).focus();
    await page.keyboard.type("-12.5");
    await page.keyboard.press("Enter");
    assert.equal(await spoken(page), "−12.5 decibels");
    assert.ok(await slider(page).evaluate((dial) => dial.matches(":focus")), "focus is back");
    await page.keyboard.type("3");
    await page.keyboard.press("Escape");
    assert.equal(await spoken(page), "−12.5 decibels");
    await page.keyboard.press("Enter");
    await page.keyboard.type("nonsense");
    await page.keyboard.press("Enter");
    assert.equal(await spoken(page), "−12.5 decibels");
  }));

/** Drags the knob down by a tenth of its travel; where its middle is. */
async function dragDown(page: Page): Promise<[x: number, y: number]> {
  const box = (await slider(page).boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y + 22, { steps: 4 });
  await page.mouse.up();
  return [x, y];
}

test("mouse: drag, fine drag with Shift, click to type, double-click to reset", () =>
  withKnob(async (page) => {
    const [x, y] = await dragDown(page);
    assert.equal(await spoken(page), "−4.8 decibels", "a tenth of the travel");
    await page.keyboard.down("Shift");
    await page.mouse.down();
    await page.mouse.move(x, y - 22 + 22, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    assert.equal(await spoken(page), "−4.3 decibels", "a hundredth of the travel");
    await page.mouse.dblclick(x, y);
    assert.equal(await spoken(page), "0.0 decibels");
    await page.mouse.click(x, y);
    await page.keyboard.type("-3");
    await page.keyboard.press("Enter");
    assert.equal(await spoken(page), "−3.0 decibels");
  }));

test("wheel: turns the knob under a pointer that came to it, and scrolls the page otherwise", () =>
  visitor.visit(`${server.url}/scroll`, async (page) => {
    const box = (await slider(page).boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.move(box.x + 40, box.y + 40);
    await page.mouse.wheel(0, -100);
    await page.waitForFunction(() => document.querySelector("gain-knob")!.value === 1);
    await page.keyboard.down("Shift");
    await page.mouse.wheel(0, 100);
    await page.keyboard.up("Shift");
    await page.waitForFunction(() => document.querySelector("gain-knob")!.value === 0.9);
    assert.equal(await page.evaluate(() => scrollY), 0);
    // Now the page scrolls under a resting pointer: the knob passes below it and does not turn.
    await page.mouse.move(box.x + 40, box.y - 200);
    for (let i = 0; i < 10; i++) await page.mouse.wheel(0, 50);
    await page.waitForFunction(() => scrollY >= 450);
    assert.equal(await page.evaluate(() => document.querySelector("gain-knob")!.value), 0.9);
  }));

/** A finger on the page, which moves in steps of 4 px. */
async function finger(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  let at = { x: 0, y: 0 };
  const send = (type: "touchStart" | "touchMove" | "touchEnd") =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [at] });
  return {
    async down(x: number, y: number) {
      at = { x, y };
      await send("touchStart");
    },
    async move(dx: number, dy: number) {
      const steps = Math.max(Math.abs(dx), Math.abs(dy)) / 4;
      for (let i = 0; i < steps; i++) {
        at = { x: at.x + dx / steps, y: at.y + dy / steps };
        await send("touchMove");
      }
    },
    up: () => send("touchEnd"),
  };
}

test("touch: a knob turns sideways, up and down after a hold, and a double tap resets it", () =>
  withKnob(
    async (page) => {
      const box = (await slider(page).boundingBox())!;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const touch = await finger(page);
      await touch.down(x, y);
      await touch.move(-44, 0);
      await touch.up();
      assert.equal(await spoken(page), "−9.6 decibels", "a fifth of the travel");
      await touch.down(x, y);
      await page.waitForSelector("gain-knob[data-held]");
      await touch.move(0, -44);
      await touch.up();
      assert.equal(await spoken(page), "0.0 decibels", "back by a fifth");
      assert.equal(await page.locator("gain-knob[data-held]").count(), 0);
      await page.evaluate(() => (document.querySelector("gain-knob")!.value = -6));
      await page.touchscreen.tap(x, y);
      await page.touchscreen.tap(x, y);
      await page.waitForFunction(() => document.querySelector("gain-knob")!.value === 0);
    },
    { hasTouch: true },
  ));

test("touch: a vertical swipe that begins on a knob scrolls the page and turns nothing", () =>
  withContext(browser, { hasTouch: true, isMobile: true }, `${server.url}/scroll`, async (page) => {
    await page.evaluate(() => scrollTo(0, 300));
    const box = (await slider(page).boundingBox())!;
    const touch = await finger(page);
    await touch.down(box.x + box.width / 2, box.y + box.height / 2);
    await touch.move(8, -120);
    await touch.move(60, 0);
    await touch.up();
    await page.waitForFunction(() => scrollY > 350);
    assert.equal(await spoken(page), "0.0 decibels");
  }));

test("a digit after a drag is not for the knob, and one at a focused knob is", () =>
  withKnob(async (page) => {
    await dragDown(page);
    const editing = () => page.locator("gain-knob input:visible").count();
    await page.keyboard.press("2");
    assert.equal(await editing(), 0);
    await slider(page).blur();
    await slider(page).focus();
    await page.keyboard.press("2");
    assert.equal(await editing(), 1);
  }));

test("a prevented request leaves the knob where it is; a disabled one cannot be moved", () =>
  withKnob(async (page) => {
    await page.evaluate(() =>
      addEventListener("stem-gain-request", (event) => event.preventDefault(), { once: true }),
    );
    await slider(page).focus();
    await page.keyboard.press("ArrowUp");
    assert.equal(await spoken(page), "0.0 decibels");
    await page.keyboard.press("ArrowUp");
    assert.equal(await spoken(page), "+1.0 decibels");
    await page.evaluate(() => (document.querySelector("gain-knob")!.disabled = true));
    await page.waitForSelector("gain-knob [aria-disabled=true]");
    assert.equal(await slider(page).getAttribute("tabindex"), null);
    await slider(page).dispatchEvent("keydown", { key: "ArrowUp" });
    assert.equal(await spoken(page), "+1.0 decibels");
  }));

test("a strip used alone keeps its own state and tells of every change", () =>
  visitor.visit(`${server.url}/strips`, async (page) => {
    const strip = page.locator("stem-strip[stem=vocals]");
    await page.evaluate(() => {
      const requests: unknown[] = [];
      Object.assign(globalThis, { requests });
      for (const type of ["stem-gain-request", "stem-mute-request", "stem-solo-request"]) {
        document.addEventListener(type, (event) => requests.push((event as CustomEvent).detail));
      }
    });
    const mute = strip.getByRole("button", { name: "Mute Vocals" });
    await mute.click();
    assert.equal(await mute.getAttribute("aria-pressed"), "true");
    await strip.getByRole("button", { name: "Solo Vocals" }).click();
    await strip.getByRole("slider").focus();
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(() => document.querySelector("stem-strip")!.gain === -5);
    assert.deepEqual(await page.evaluate("requests"), [
      { stem: "vocals", muted: true },
      { stem: "vocals", soloed: true },
      { stem: "vocals", gain: -5 },
    ]);
  }));

test("everything that can be touched is at least 44 px wide and high", async () => {
  for (const [url, width] of [
    ["/strips", 900],
    ["/rows", 280],
  ] as const) {
    const options = { viewport: { width, height: 800 } };
    const look = async (page: Page) => {
      await page.getByRole("slider").first().waitFor();
      for (const target of [
        ...(await page.getByRole("button").all()),
        ...(await page.getByRole("slider").all()),
      ]) {
        const box = (await target.boundingBox())!;
        const name = await target.getAttribute("aria-label");
        assert.ok(box.width >= 44 && box.height >= 44, `${url} ${name}: ${JSON.stringify(box)}`);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${url} overflows by ${overflow} px`);
    };
    await visitor.visit(`${server.url}${url}`, look, options);
  }
});

for (const [name, width] of [
  ["strips", 900],
  ["rows", 280],
  ["pictures", 600],
  ["knob", 300],
] as const) {
  test(`${name}, light and dark: axe-core finds nothing, and they look as they should`, () =>
    visitor.visit(
      `${server.url}/${name}`,
      async (page) => {
        await page.waitForFunction(() => document.fonts.check("16px Inter"));
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await auditPage(page, `${name}, ${colorScheme}`, { coloursOnly: colorScheme === "dark" });
          await compareScreenshot(page, `elements-${name}-${colorScheme}`);
        }
      },
      { viewport: { width, height: 600 } },
    ));
}

test("a spectrogram has three frequencies at its edge, the higher the further up", () =>
  visitor.visit(`${server.url}/pictures`, async (page) => {
    const labels = page.locator("spectrum-view span");
    assert.deepEqual(await labels.allTextContents(), ["100 Hz", "1 kHz", "10 kHz"]);
    const [low, middle, high] = await labels.evaluateAll((spans) =>
      spans.map((span) => span.getBoundingClientRect().top),
    );
    assert.ok(low > middle && middle > high && high > 0, `${low}, ${middle}, ${high}`);
  }));

test("forced colours keep every control visible", () =>
  withContext(
    browser,
    { forcedColors: "active", viewport: { width: 900, height: 600 } },
    `${server.url}/strips`,
    async (page) => {
      await page.waitForFunction(() => document.fonts.check("16px Inter"));
      await compareScreenshot(page, "elements-strips-forced");
    },
  ));

test("a meter shows what is heard: node level times gain, in its own value too", () =>
  visitor.visit(`${server.url}/pictures`, async (page) => {
    await page.evaluate(() => {
      const { stemNodes } = globalThis as unknown as typeof Elements;
      const meter = document.querySelector("level-meter")!;
      meter.gain = 0.5;
      meter.node = stemNodes({ vocals: 0.5 }).vocals;
    });
    await page.waitForFunction(() => document.querySelector("level-meter")!.peak > -13);
    const peak = await page.evaluate(() => document.querySelector("level-meter")!.peak);
    assert.ok(Math.abs(peak - 20 * Math.log10(0.25)) < 0.01, `${peak} dBFS`);
    const meter = page.getByRole("meter", { name: "Vocals level" });
    await page.waitForFunction(
      () =>
        document
          .querySelector("level-meter")!
          .shadowRoot!.querySelector("[role=meter]")!
          .getAttribute("aria-valuenow") === "-12",
    );
    assert.match((await meter.getAttribute("aria-valuetext")) ?? "", /^peak −12\.0 decibels/);
  }));

test("elements that leave the page take their taps off and stop drawing", () =>
  visitor.visit(`${server.url}/pictures`, async (page) => {
    const counts = await page.evaluate(() => {
      const { stemNodes } = globalThis as unknown as typeof Elements;
      const nodes = stemNodes({ vocals: 1, drums: 1, bass: 1, other: 1 });
      let connections = 0;
      let frames = 0;
      const { connect, disconnect } = AudioNode.prototype;
      for (const node of Object.values(nodes)) {
        node.connect = function (this: AudioNode, ...args: unknown[]) {
          connections++;
          return connect.apply(this, args as never);
        } as never;
        node.disconnect = function (this: AudioNode, ...args: unknown[]) {
          connections--;
          disconnect.apply(this, args as never);
        } as never;
      }
      const request = globalThis.requestAnimationFrame;
      globalThis.requestAnimationFrame = (callback) => (frames++, request(callback));
      const meter = document.querySelector("level-meter")!;
      const view = document.querySelector("spectrum-view")!;
      const main = meter.parentElement!;
      meter.node = nodes.vocals;
      view.nodes = nodes as never;
      return (async () => {
        await Promise.all([meter.updateComplete, view.updateComplete]);
        const attached = connections;
        for (let i = 0; i < 50; i++) {
          meter.remove();
          view.remove();
          main.append(meter, view);
        }
        const again = connections;
        meter.remove();
        view.remove();
        const before = frames;
        // Longer than the drawing loop's pause.
        for (let i = 0; i < 12; i++) await new Promise(request);
        return { attached, again, left: connections, framesAfter: frames - before };
      })();
    });
    assert.deepEqual(counts, { attached: 5, again: 5, left: 0, framesAfter: 0 });
  }));
