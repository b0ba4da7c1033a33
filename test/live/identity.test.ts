// With an identity model the stems add up to the input, delayed by exactly `latency`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type * as Live from "./live-page.ts";
import { startHarness, type Harness } from "./harness.ts";

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

for (const latencyMode of ["monitor", "balanced", "safe"] as const) {
  for (const sampleRate of latencyMode === "monitor"
    ? [8000, 44100, 48000, 192_000]
    : [latencyMode === "safe" ? 44100 : 48000]) {
    const seconds = sampleRate === 44100 || sampleRate === 48000 ? 3 : 1;
    test(`${latencyMode} at ${sampleRate} Hz`, async () => {
      const { sum, output, latency, stats } = await harness.page("shared", (page) =>
        page.evaluate(
          async ({ latencyMode, sampleRate, seconds }) => {
            const live = (await import("/live.js" as string)) as typeof Live;
            const input = live.bandLimited(seconds, sampleRate);
            const model = "/models/identity.json";
            const rendering = await live.renderOffline(
              input,
              sampleRate,
              { model, latencyMode },
              128,
            );
            const { latency, stems, output, stats } = rendering;
            return {
              sum: live.difference(input, live.sumOf(stems), latency),
              output: live.difference(input, output, latency),
              latency,
              stats,
            };
          },
          { latencyMode, sampleRate, seconds },
        ),
      );
      // Every sample came from the stems, none from the dry signal.
      assert.equal(stats.dryFrames, 0);
      assert.equal(stats.reusedMasks, 0);
      assert.equal(stats.lateHops, 0);
      assert.ok(stats.hops > 80 * seconds);
      if (sampleRate === 44100) {
        assert.ok(sum.largest <= 1e-6, `stems: ${sum.largest}`);
        assert.ok(output.largest <= 1e-6, `output: ${output.largest}`);
      }
      assert.ok(sum.ratio >= 90, `stems: ${sum.ratio} dB`);
      assert.ok(output.ratio >= 90, `output: ${output.ratio} dB`);
      if (latencyMode === "monitor") assert.ok(latency / sampleRate <= 0.06, `${latency} frames`);
    });
  }
}

test("offline over ports, however late these reach the audio thread", async () => {
  const { sum, dryFrames } = await harness.page("ports", (page) =>
    page.evaluate(async () => {
      const live = (await import("/live.js" as string)) as typeof Live;
      const { postMessage } = MessagePort.prototype;
      MessagePort.prototype.postMessage = function (this: MessagePort, ...message: unknown[]) {
        const { type } = (message[0] ?? {}) as { type?: string };
        if (type !== "start") return Reflect.apply(postMessage, this, message);
        setTimeout(() => Reflect.apply(postMessage, this, message), 200);
      } as typeof postMessage;
      const input = live.bandLimited(0.5, 44100);
      const model = "/models/identity.json";
      const { latency, stems, stats } = await live.renderOffline(input, 44100, { model }, 512);
      return {
        sum: live.difference(input, live.sumOf(stems), latency),
        dryFrames: stats.dryFrames,
      };
    }),
  );
  assert.equal(dryFrames, 0);
  assert.ok(sum.largest <= 1e-6, `stems: ${sum.largest}`);
});
