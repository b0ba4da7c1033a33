// A song longer than two hours, most of which lies in a file: its better stems are computed to its end, and mix and stems
// are saved to the sample. At 8 kHz, which every part takes as any other rate; real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  MODEL,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";

const RATE = 8000;
/** Ends in the middle of a region. */
const LENGTH = 2.1 * 3600 * RATE + 1234;
/** Samples after which the sound comes again: prime, so that no two regions are alike. */
const PERIOD = 65_521;
/** Largest difference in 16 bits: the model's rate is another one. */
const CLOSE = 40;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

test("a song of more than two hours: better stems to its end, its mix and its stems saved", (t) =>
  harness.open(
    `<stem-mixer ${MODEL} quality="live" studio-model="/models/identity.json"></stem-mixer>`,
    async (page) => {
      await withMixer(
        page,
        async (mixer, [rate, length, period]) => {
          const header = new DataView(new ArrayBuffer(44));
          const text = (at: number, word: string) =>
            [...word].forEach((letter, i) => header.setUint8(at + i, letter.charCodeAt(0)));
          text(0, "RIFF");
          header.setUint32(4, 36 + 2 * length, true);
          text(8, "WAVEfmt ");
          header.setUint32(16, 16, true);
          header.setUint16(20, 1, true);
          header.setUint16(22, 1, true);
          header.setUint32(24, rate, true);
          header.setUint32(28, 2 * rate, true);
          header.setUint16(32, 2, true);
          header.setUint16(34, 16, true);
          text(36, "data");
          header.setUint32(40, 2 * length, true);
          const sound = (n: number) => 12_000 * Math.sin(n / 9 + (n / 3000) ** 2 / 60);
          const piece = new Blob([Int16Array.from({ length: period }, (_, n) => sound(n))]);
          const whole = Array<Blob>(Math.floor(length / period)).fill(piece);
          const file = new File(
            [header, ...whole, piece.slice(0, 2 * (length % period))],
            "long.wav",
          );
          Object.assign(globalThis, { sound });
          mixer.context = new AudioContext({ sampleRate: rate });
          await mixer.load(file);
          mixer.pause();
        },
        [RATE, LENGTH, PERIOD] as const,
      );
      await untilMixer(page, (mixer) => mixer.state === "ready");
      assert.equal(await withMixer(page, (mixer) => Math.round(mixer.duration)), 7560);
      const began = performance.now();
      await withMixer(page, (mixer) => void (mixer.quality = "studio"));
      for (let ready = 0; ready < 1;) {
        await page.waitForFunction(
          (ready) => {
            const { better, error } = document.querySelector("stem-mixer")!.player.state;
            if (error) throw error;
            return better && better.ready > Math.min(0.999, ready + 0.1);
          },
          ready,
          { timeout: 600_000 },
        );
        ready = await withMixer(page, (mixer) => mixer.player.state.better!.ready);
        const seconds = Math.round((performance.now() - began) / 1000);
        t.diagnostic(`${Math.round(100 * ready)} % of better stems after ${seconds} s`);
      }
      const save = (options: { what: "mix" | "stems" }) =>
        withMixer(
          page,
          async (mixer, [options, length, period, close]) => {
            const file = await mixer.player.dispatch({ do: "save", format: "wav16", ...options });
            if (!file) throw new Error("There is no file.");
            const { sound } = globalThis as unknown as { sound(n: number): number };
            const wrong: string[] = [];
            // Before the samples of a mix there are its title's bytes, too.
            const header = file.size - 4 * length;
            // The stems of a ZIP lie behind their names, one after the other.
            const samples = options.what === "mix" ? [0.001, 0.3, 0.77, 0.9999] : [];
            for (const share of samples) {
              const from = Math.floor(share * length);
              const bytes = await file
                .slice(header + 4 * from, header + 4 * (from + 700))
                .arrayBuffer();
              new Int16Array(bytes).forEach((value, i) => {
                const due = sound((from + (i >> 1)) % period);
                if (Math.abs(value - due) > close)
                  wrong.push(`${from + (i >> 1)}: ${value}, ${due}`);
              });
            }
            return { name: file.name, size: file.size, header, wrong: wrong.slice(0, 4) };
          },
          [options, LENGTH, PERIOD, CLOSE] as const,
        );
      const mix = await save({ what: "mix" });
      assert.deepEqual([mix.name, mix.wrong], ["long_mix.wav", []]);
      assert.ok(mix.header >= 44 && mix.header < 200, `${mix.header} bytes before the samples`);
      const stems = await save({ what: "stems" });
      assert.equal(stems.name, "long_stems.zip");
      const sound = 4 * (44 + 4 * LENGTH);
      assert.ok(stems.size > sound && stems.size < sound + 2000, String(stems.size));
      t.diagnostic(`saved after ${Math.round((performance.now() - began) / 1000)} s`);
    },
  ));
