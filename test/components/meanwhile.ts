// What may happen to a mixer while it computes its better stems. What mixer-lifecycle.test.ts and mixer-life.soak.ts share.
// Runs in Node.
import assert from "node:assert/strict";
import { MODEL, untilMixer, type MixerHarness } from "./mixer-harness.ts";

type Mixer = HTMLElementTagNameMap["stem-mixer"];
const MEANWHILE = {
  removed: (mixer: Mixer) => mixer.remove(),
  moved: (mixer: Mixer) => document.querySelector("#elsewhere")!.append(mixer),
  "given another studio model": (mixer: Mixer) =>
    void (mixer.studioModel = "/models/identity.json"),
  "given another model": (mixer: Mixer) => void (mixer.model = "/models/bands.json"),
  "given another base URL": (mixer: Mixer) => void (mixer.baseUrl = "/dist/?other"),
  "told to leave them": (mixer: Mixer) => void (mixer.quality = "live"),
  "told to close": (mixer: Mixer) => void (mixer.src = ""),
  "given another song": (mixer: Mixer) => void mixer.load("/audio/tone.wav"),
};

export type Meanwhile = keyof typeof MEANWHILE;
export const MEANWHILES = Object.keys(MEANWHILE) as Meanwhile[];

/** No error comes of these while a mixer computes its better stems. */
export const whileImproving = (harness: MixerHarness, all: readonly Meanwhile[]): Promise<void> =>
  harness.open(`<div id="place"></div><div id="elsewhere"></div>`, async (page, problems) => {
    for (const what of all) {
      await page.evaluate((mixer) => {
        document.querySelector("#place")!.innerHTML = mixer;
        const errors: string[] = [];
        Object.assign(globalThis, { errors });
        document.addEventListener("stem-error", (event) =>
          errors.push((event as CustomEvent<{ error: Error }>).detail.error.message),
        );
        void document.querySelector("stem-mixer")!.play();
      }, `<stem-mixer src="/audio/song.wav" quality="studio" studio-model="/models/bands.json" ${MODEL}></stem-mixer>`);
      await untilMixer(page, (mixer) => mixer.player.state.better);
      const mixer = await page.evaluateHandle(() => document.querySelector("stem-mixer")!);
      await mixer.evaluate(MEANWHILE[what]);
      // Long enough for what was asked of a worker to be answered.
      await mixer.evaluate(async (mixer) => {
        for (let i = 0; i < 30; i++) await new Promise(requestAnimationFrame);
        mixer.remove();
        while (mixer.player.state.nodes) await new Promise(requestAnimationFrame);
      });
      assert.deepEqual([problems, await page.evaluate("errors")], [[], []], what);
    }
  });
