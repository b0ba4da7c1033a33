// Six stems live: what a model makes is what the separator has, through both kinds of rings. The built
// library in a real Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHarness, type Harness } from "./harness.ts";
import type * as Live from "./live-page.ts";

const SIX = ["vocals", "drums", "bass", "guitar", "piano", "other"];
const SHARES = [0.3, 0.25, 0.2, 0.12, 0.08, 0.05];
const RATE = 44100;

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

for (const transport of ["shared", "ports"] as const) {
  test(`six stems, ${transport}: each its share of the input, the mix by its gains`, async () => {
    const { names, stems, output, dry } = await harness.page(transport, (page) =>
      page.evaluate(
        async ({ transport, shares, rate }) => {
          const live = (await import("/live.js" as string)) as typeof Live;
          const input = live.bandLimited(2, rate);
          const options = {
            model: "/models/six.json",
            transport,
            latencyMode: "balanced",
          } as const;
          let names: string[][] = [];
          const rendering = await live.renderOffline(
            input,
            rate,
            options,
            512,
            (separator, frame) => {
              if (frame > 512) return;
              names = [separator.stems, separator.gains].map((nodes) => Object.keys(nodes));
              separator.gains.vocals.value = separator.gains.drums.value = 0;
              separator.gains.piano.value = 2;
            },
          );
          const { latency } = rendering;
          // From where the gains hold.
          let largest = 0;
          rendering.output.forEach((plane, c) => {
            for (let n = 1024; n < plane.length; n++) {
              const expected = (0.2 + 0.12 + 2 * 0.08 + 0.05) * (input[c][n - latency] ?? 0);
              largest = Math.max(largest, Math.abs(plane[n] - expected));
            }
          });
          return {
            names,
            stems: rendering.stems.map(
              (stem, s) => live.difference(live.scaled(input, shares[s]), stem, latency).largest,
            ),
            output: largest,
            dry: rendering.stats.dryFrames,
          };
        },
        { transport, shares: SHARES, rate: RATE },
      ),
    );
    assert.deepEqual(names, [SIX, SIX]);
    stems.forEach((difference, s) => assert.ok(difference < 1e-6, `${SIX[s]}: ${difference}`));
    assert.equal(dry, 0);
    assert.ok(output < 1e-6, `output: ${output}`);
  });
}

test("a model for recordings is refused live, by its name and with a cure", () =>
  harness.page("shared", async (page) => {
    const error = await page.evaluate(async () => {
      const live = (await import("/live.js" as string)) as typeof Live;
      const options = { model: "/models/six-segment.json" };
      const context = new OfflineAudioContext(2, 128, 44100);
      return live.library.createStemSeparator(context, options).then(
        () => undefined,
        ({ code, message }: { code: string; message: string }) => ({ code, message }),
      );
    });
    assert.equal(error?.code, "manifest");
    assert.match(error.message, /"six-segment" is of the kind "segment".*such as "live"/);
  }));
