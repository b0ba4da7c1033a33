// A running AudioContext. The machine may be slow, so nothing here asks for speed: every sample must
// be accounted for, from the stems or dry, at its own time.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fakeMicrophone } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { noise } from "../support/signals.ts";
import { busyProcess } from "./busy.ts";
import { checkLeaps, startHarness, type Harness } from "./harness.ts";
import type * as Realtime from "./realtime-page.ts";

let harness: Harness;
let folder: string;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "danna-sep-"));
  const wav = path.join(folder, "microphone.wav");
  const samples = noise(2 * 3 * 44100).map((x) => x / 3);
  const args = ["-v", "error", "-f", "f32le", "-ar", "44100", "-ac", "2", "-i", "-", wav];
  const { status } = spawnSync(findFfmpeg(), args, { input: new Uint8Array(samples.buffer) });
  assert.equal(status, 0);
  harness = await startHarness(fakeMicrophone(wav));
});
after(async () => {
  await harness.close();
  rmSync(folder, { recursive: true });
});

for (const transport of ["shared", "ports"] as const) {
  for (const latencyMode of ["monitor", "safe"] as const) {
    test(`microphone to output takes the stated latency to the sample: ${latencyMode}, ${transport}`, async () => {
      const result = await harness.page(transport, (page) =>
        page.evaluate(
          async (options) => {
            const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
            const model = "/models/identity.json";
            const recording = await realtime.record(realtime.microphone, { model, ...options }, 2);
            const { latency, received } = recording;
            return {
              latency,
              measured: realtime.measuredDelay(recording, latency),
              loudest: received[0].reduce((most, x) => Math.max(most, Math.abs(x)), 0),
              ...realtime.fromDelayedInput(recording),
            };
          },
          { latencyMode, transport },
        ),
      );
      assert.ok(result.loudest > 0.2, "the microphone must be heard");
      assert.equal(result.measured, result.latency);
      assert.ok(result.output <= 1e-6, `output: ${result.output}`);
    });
  }
}

for (const transport of ["shared", "ports"] as const) {
  test(`busy machine, blocked page, frozen inference: no dropout, no jump, no click, ${transport}`, async (t) => {
    const busy = busyProcess();
    try {
      const result = await harness.page(transport, async (page) => {
        const freeze = async () => {
          // Blocks the inference worker itself, as a long garbage collection would.
          const worker = page.workers().find((worker) => worker.url().endsWith("worker.js"));
          await worker?.evaluate(() => {
            for (const end = Date.now() + 1000; Date.now() < end;);
          });
        };
        await page.exposeFunction("freeze", freeze);
        return page.evaluate(async (transport) => {
          const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
          const model = "/models/bands.json";
          const unblock = realtime.blockPage();
          const recording = await realtime.record(
            (context) => realtime.bufferSource(context, realtime.tones()),
            { model, transport, latencyMode: "safe" },
            "during",
            async (separator) => {
              await realtime.played(separator, 2);
              // A busy machine may be dry before, and at any time: what the freeze adds counts.
              const before = separator.stats.dryFrames;
              await (globalThis as unknown as { freeze: () => Promise<void> }).freeze();
              while (separator.stats.dryFrames <= before + 0.3 * 44100) {
                await new Promise((resolve) => separator.on("stats", resolve));
              }
              await realtime.playedFromStems(separator, 1);
            },
          );
          unblock();
          const { latency, received, stems, output, events, stats, leaps } = recording;
          const first = received[0].findIndex((x) => x !== 0);
          return {
            ...realtime.fromDelayedInput(recording),
            unlike: await realtime.framesUnlikeEngine(recording, model),
            frames: received[0].length,
            inputStep: realtime.largestStep(received[0], first),
            stemSteps: stems.map((stem) => realtime.largestStep(stem[0], first + latency)),
            outputStep: realtime.largestStep(output[0], first + latency),
            types: events.map(({ type }) => type),
            stats,
            leaps,
          };
        }, transport);
      });
      const { stats, types } = result;
      t.diagnostic(JSON.stringify(stats));
      // No dropout and no jump in time: every frame is the input, `latency` frames ago.
      assert.ok(result.output <= 1e-6, `output: ${result.output}`);
      assert.ok(result.sum <= 1e-6, `sum of stems: ${result.sum}`);
      checkLeaps(result);
      // Frames that are not the engine's are the ones counted as dry, and the freeze made some.
      // A machine so busy that the worker began anew has hops that begin elsewhere.
      const wholeRun = stats.restarts === 0 && stats.overruns === 0;
      assert.ok(
        result.unlike <= stats.dryFrames || !wholeRun,
        `${result.unlike} unlike, ${stats.dryFrames} dry`,
      );
      assert.ok(result.unlike > 0.3 * 44100);
      assert.ok(stats.dryFrames > 0.3 * 44100 && stats.underruns >= (0.3 * 44100) / 512);
      assert.ok(types.includes("dry") && types.includes("recovered"));
      // A worker that began anew has left the hops out that would have been late.
      const late = stats.reusedMasks > 0 && stats.lateHops > 0 && types.includes("late");
      assert.ok(late || !wholeRun);
      assert.ok(!types.includes("error"));
      // No click: a fade of 5 ms cannot step further than the signals and their difference do.
      const bound = 2 * result.inputStep + 1 / (0.005 * 44100);
      for (const step of [...result.stemSteps, result.outputStep]) {
        assert.ok(step <= bound, `step ${step}, bound ${bound}`);
      }
    } finally {
      busy.stop();
    }
  });
}
