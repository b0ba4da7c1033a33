// The public face in a browser: gains, taps, bypass, inputs of any kind, standardized contexts,
// errors, aborting. Rendered offline where a running context is not the point.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { checkLeaps, expected, startHarness, type Harness } from "./harness.ts";
import { workersEnded } from "../support/chromium.ts";
import type * as Live from "./live-page.ts";
import type * as Realtime from "./realtime-page.ts";

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

test("the output is the sum of the stems times their gains; bypass is the delayed input", async () => {
  const result = await harness.page("shared", (page) =>
    page.evaluate(async () => {
      const live = (await import("/live.js" as string)) as typeof Live;
      return live.gainsAndBypass();
    }),
  );
  assert.equal(result.stats.dryFrames, 0);
  assert.ok(result.withGains <= 1e-6, `gains: ${result.withGains}`);
  assert.ok(result.stemsDiffer > 0.01, "stems must differ for gains to matter");
  assert.ok(result.bypassed <= 1e-6, `bypass: ${result.bypassed}`);
  assert.ok(result.between <= 1e-6, `between the two, beyond either: ${result.between}`);
  assert.ok(result.fadeStep <= 0.012, `switched at once: ${result.fadeStep}`);
  assert.ok(result.restored <= 1e-6, `after bypass: ${result.restored}`);
});

test("a mono source is heard on both channels, and none at all is silence", async () => {
  const { left, right, silence } = await harness.page("shared", (page) =>
    page.evaluate(async () => {
      const live = (await import("/live.js" as string)) as typeof Live;
      const options = { model: "/models/identity.json", latencyMode: "monitor" } as const;
      const signal = live.bandLimited(0.5, 44100);
      const mono = await live.renderOffline([signal[0]], 44100, options, 512);
      const none = await live.renderOffline([], 44100, options, 512);
      const { output, latency } = mono;
      return {
        left: live.difference([signal[0]], [output[0]], latency).largest,
        right: live.difference([signal[0]], [output[1]], latency).largest,
        silence: live.peak(none.output[0]),
      };
    }),
  );
  assert.ok(left <= 1e-6 && right <= 1e-6, `${left}, ${right}`);
  assert.equal(silence, 0);
});

test("what is not a number is silence: no node after it ever hears of it", async () => {
  for (const sampleRate of [44100, 48000]) {
    const { faultySamples, faults, output, sum } = await harness.page("shared", (page) =>
      page.evaluate(async (sampleRate) => {
        const live = (await import("/live.js" as string)) as typeof Live;
        const clean = live.bandLimited(0.5, sampleRate);
        const spoilt = clean.map((channel) => channel.slice());
        const faults = [NaN, Infinity, -Infinity, 3e38, -1e5];
        faults.forEach((fault, i) => {
          spoilt[i % 2][6000 + 777 * i] = fault;
          clean[i % 2][6000 + 777 * i] = 0;
        });
        const options = { model: "/models/bands.json", latencyMode: "monitor" } as const;
        const { output, stems, latency, stats } = await live.renderOffline(
          spoilt,
          sampleRate,
          options,
          512,
          (separator) => (separator.bypass = sampleRate === 48000),
        );
        return {
          faultySamples: stats.faultySamples,
          faults: faults.length,
          output: live.difference(clean, output, latency),
          sum: live.difference(clean, live.sumOf(stems), latency),
        };
      }, sampleRate),
    );
    assert.equal(faultySamples, faults);
    // A lone zero between other samples is more than two resamplers let through.
    assert.ok(sum.largest <= (sampleRate === 44100 ? 1e-6 : 0.2), `sum of stems: ${sum.largest}`);
    assert.ok(output.largest <= 1e-6, `output: ${output.largest}`);
  }
});

for (const transport of ["shared", "ports"] as const) {
  test(`in a context of standardized-audio-context, ${transport}`, async () => {
    const result = await harness.page(
      transport,
      (page) =>
        page.evaluate(async () => {
          const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
          const model = "/models/bands.json";
          const recording = await realtime.record(
            (context) => realtime.bufferSource(context, realtime.tones()),
            { model, latencyMode: "safe" },
            2,
            (separator) => realtime.separated(separator, 100),
            await realtime.standardizedKit(),
          );
          return {
            ...realtime.fromDelayedInput(recording),
            unlike: await realtime.framesUnlikeEngine(recording, model),
            stats: recording.stats,
          };
        }),
      "/standardized",
    );
    assert.ok(result.output <= 1e-6 && result.sum <= 1e-6, `${result.output}, ${result.sum}`);
    assert.ok(result.unlike <= result.stats.dryFrames, `${result.unlike} unlike the engine`);
  });
}

test("cut off from the output for a while: silent, and as if nothing had been afterwards", async () => {
  const result = await harness.page("shared", (page) =>
    page.evaluate(async () => {
      const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
      return realtime.cutOff();
    }),
  );
  assert.ok(result.silent > 4410, "it must be cut off");
  assert.equal(result.others, 0);
  checkLeaps(result);
});

for (const transport of ["shared", "ports"] as const) {
  test(`a context suspended and resumed plays on where it was, ${transport}`, async (t) => {
    const result = await harness.page(transport, (page) =>
      page.evaluate(async (transport) => {
        const realtime = (await import("/realtime.js" as string)) as typeof Realtime;
        return realtime.suspensions(transport);
      }, transport),
    );
    const { stats, told } = result;
    t.diagnostic(`the clock ran ahead ${stats.discontinuities} times`);
    assert.ok(result.output <= 1e-6 && result.sum <= 1e-6, `${result.output}, ${result.sum}`);
    assert.ok(result.step <= result.inputStep + 1e-6, `a step of ${result.step}`);
    assert.ok(result.unlike <= stats.dryFrames, `${result.unlike} unlike the engine`);
    checkLeaps(result);
    assert.ok(told <= stats.discontinuities && told >= Math.sign(stats.discontinuities));
  });
}

const MODEL = "/models/identity.json";
const REFUSED = [
  ["a model that is not there", "fetch", { model: "/models/none.json" }, /none\.json.*404/],
  ["a page as a model", "manifest", { model: "/blank" }, /not a model manifest/],
  ["built files that are not there", "fetch", { model: MODEL, baseUrl: "/none/" }, /baseUrl/],
  ["WebGPU without an adapter", "platform", { model: MODEL, backend: "webgpu" }, /"wasm"/],
  [
    "an unknown latency mode",
    "input",
    { model: MODEL, latencyMode: "fast" },
    /monitor, balanced, safe/,
  ],
  ["an unknown backend", "input", { model: MODEL, backend: "cuda" }, /auto, wasm, webgpu/],
  ["an unknown transport", "input", { model: MODEL, transport: "tcp" }, /auto, shared, ports/],
] as const;

for (const [what, code, options, message] of REFUSED) {
  test(`${what} is refused, and nothing stays behind`, async () => {
    await harness.page("shared", async (page, problems) => {
      const error = await page.evaluate(async (options) => {
        const live = (await import("/live.js" as string)) as typeof Live;
        return live.refusal(options as object);
      }, options);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      await workersEnded(page);
      // The browser itself logs that a file is missing.
      expected(problems, /404|none.worker/);
    });
  });
}

test("shared memory is refused on a page that is not isolated", async () => {
  await harness.page("ports", async (page) => {
    const error = await page.evaluate(async (model) => {
      const live = (await import("/live.js" as string)) as typeof Live;
      return live.refusal({ model, transport: "shared" });
    }, MODEL);
    assert.equal(error.code, "platform");
    assert.match(error.message, /COOP and COEP/);
  });
});

test("aborting at any time rejects with the reason and ends the worker", async () => {
  await harness.page("shared", async (page) => {
    for (const moment of ["before", "at once", "while the model loads"] as const) {
      const reason = await page.evaluate(async (moment) => {
        const live = (await import("/live.js" as string)) as typeof Live;
        return live.aborted(moment);
      }, moment);
      assert.equal(reason, "no longer wanted", moment);
    }
    await workersEnded(page);
  });
});

test("after dispose: a second dispose does nothing, the rest says so", async () => {
  const result = await harness.page("shared", (page) =>
    page.evaluate(async (model) => {
      const live = (await import("/live.js" as string)) as typeof Live;
      return live.afterDispose(model);
    }, MODEL),
  );
  assert.deepEqual(result, {
    disposeEvents: 1,
    codes: ["disposed", "disposed", "disposed", "disposed"],
  });
});
