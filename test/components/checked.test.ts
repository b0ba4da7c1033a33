// Wrong attribute values, in a real Chromium: they are as if they were not there, and the console says once what
// is allowed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import {
  MODEL,
  playMixer,
  startMixerHarness,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** Warnings of the page from now on. */
function warningsOf(page: Page): string[] {
  const warnings: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text());
  });
  return warnings;
}

const WRONG = {
  layout: ["x", "auto"],
  theme: ["pink", ""],
  picture: ["scope", "off"],
  shortcuts: ["all", "focus"],
  preload: ["metadata", "none"],
  source: ["mic", ""],
  "lip-sync": ["yes", "picture"],
  "feedback-guard": ["maybe", "on"],
  "latency-mode": ["fast", "balanced"],
  quality: ["best", "auto"],
  backend: ["gpu", "auto"],
  key: ["C", "0"],
  tempo: ["2", "1.5"],
} as const;

test("wrong values of the mixer's attributes: one warning each, and the default is used", () =>
  harness.open("", async (page) => {
    const warnings = warningsOf(page);
    const used = await page.evaluate(async (wrong) => {
      const mixers = [1, 2].map(() => {
        const mixer = document.createElement("stem-mixer");
        for (const [name, [value]] of Object.entries(wrong)) mixer.setAttribute(name, value);
        document.body.append(mixer);
        return mixer;
      });
      const { elementProperties } = customElements.get("stem-mixer") as unknown as {
        elementProperties: Map<string, { attribute?: string | boolean }>;
      };
      await Promise.all(mixers.map((mixer) => mixer.updateComplete));
      return Object.keys(wrong).map((name) => {
        const [property] = [...elementProperties].find(
          ([, { attribute }]) => attribute === name,
        ) ?? [name];
        return [name, String(mixers[1][property as "src"])];
      });
    }, WRONG);
    assert.deepEqual(
      Object.fromEntries(used),
      Object.fromEntries(Object.entries(WRONG).map(([name, [, usual]]) => [name, usual])),
    );
    for (const [name, [value]] of Object.entries(WRONG)) {
      const said = warnings.filter((text) => text.includes(`<stem-mixer ${name}="`));
      assert.equal(said.length, 1, `${name}: ${said.join()}`);
      // A number is said as it was read.
      assert.ok(name === "key" || said[0].includes(`"${value}"`), said[0]);
      assert.match(said[0], new RegExp(`${name} is (one of \\w|a number from -?[\\d.]+ to )`));
    }
    assert.equal(warnings.length, Object.keys(WRONG).length);
  }));

const SCRIPTS = ["karaoke", "pictures"]
  .map((name) => `<script type="module" src="/dist/${name}.js"></script>`)
  .join("");
const ELEMENTS = `<stem-mixer ${MODEL} preset="karaokee"></stem-mixer>
  <stem-mixer ${MODEL} preset="noDrums" layout="compact" theme="dark" key="-2" quality="live"></stem-mixer>
  <stem-strip layout="wide" gain="loud"></stem-strip><gain-knob shape="square"></gain-knob>
  <stem-timeline layout="rows"></stem-timeline><spectrum-view mode="bars"></spectrum-view>
  <stem-lyrics theme="red"></stem-lyrics><stem-singer theme="red"></stem-singer>
  <stem-pitch theme="red"></stem-pitch>`;

test("wrong values of the other elements, of presets and of properties are said, right ones are not", () =>
  harness.open(SCRIPTS, async (page) => {
    for (const name of ["stem-pitch", "stem-timeline", "spectrum-view"]) {
      await page.waitForFunction((name) => customElements.get(name), name);
    }
    const heard = warningsOf(page);
    await page.evaluate((elements) => (document.body.innerHTML = elements), ELEMENTS);
    const kept = await withMixer(page, async (mixer) => {
      mixer.latencyMode = "lowest" as "safe";
      mixer.layout = undefined as unknown as "auto";
      await mixer.updateComplete;
      return [mixer.latencyMode, mixer.layout];
    });
    assert.deepEqual(kept, ["balanced", "auto"]);
    const warnings = heard.map((text) => /<[^>]*>/.exec(text)?.[0]);
    assert.deepEqual(warnings.sort(), [
      `<gain-knob shape="square">`,
      `<spectrum-view mode="bars">`,
      `<stem-lyrics theme="red">`,
      `<stem-mixer latency-mode="lowest">`,
      `<stem-mixer preset="karaokee">`,
      `<stem-pitch theme="red">`,
      `<stem-singer theme="red">`,
      `<stem-strip gain="NaN">`,
      `<stem-strip layout="wide">`,
      `<stem-timeline layout="rows">`,
    ]);
  }));

test("a stem that a song has not is said once, and changes nothing", () =>
  harness.open(
    `<stem-mixer src="/audio/tone.wav" ${MODEL}>
       <div slot="tools"><gain-knob stem="voice" label="Voice"></gain-knob></div></stem-mixer>`,
    async (page) => {
      const heard = warningsOf(page);
      await playMixer(page);
      const mix = await withMixer(page, (mixer) => {
        mixer.setSoloed("guitar", true);
        mixer.setGain("guitar", -6);
        mixer.setMuted("guitar", true);
        return Object.keys(mixer.mix);
      });
      assert.deepEqual(mix, ["vocals", "drums", "bass", "other"]);
      const warnings = heard.filter((text) => /stem/.test(text));
      assert.equal(warnings.length, 2, warnings.join("\n"));
      assert.ok(warnings.some((text) => text.includes(`<gain-knob stem="voice">`)));
      assert.ok(warnings.some((text) => text.includes("no stem “guitar”; there is vocals, drums")));
    },
  ));
