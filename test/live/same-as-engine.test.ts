// What is heard live is what the engine computes offline from the same samples, hop by hop or many
// hops a run, through shared memory and through message ports.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { startHarness, type Harness } from "./harness.ts";
import type * as Library from "../../src/index.ts";
import type * as Live from "./live-page.ts";

const SAMPLE_RATE = 44100;
const SONG = "dist/demo/song/song.mp3";
/** The models that ship for live separation: without look-ahead, and with. */
const TRAINED = ["live", "karaoke"] as const;

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

interface Case {
  model: string;
  song?: string;
}

async function compare(transport: "shared" | "ports", options: Case): Promise<void> {
  const { largest, loudest, differ, stats } = await harness.page(transport, (page) =>
    page.evaluate(
      async ({ model, song, transport, sampleRate }) => {
        const live = (await import("/live.js" as string)) as typeof Live;
        const input = song
          ? await live.song(song, 10, sampleRate)
          : live.bandLimited(4, sampleRate);
        const latencyMode = model.endsWith("karaoke.json") ? "safe" : "balanced";
        const separator = { model, transport, latencyMode } as const;
        const rendering = await live.renderOffline(input, sampleRate, separator, 512);
        const engine = await live.separateWithEngine(model, input, 64);
        const { latency, stems, stats } = rendering;
        const differences = stems.map((stem, s) =>
          live.difference(engine.stems[s], stem, latency - engine.delay),
        );
        return {
          largest: Math.max(...differences.map(({ largest }) => largest)),
          loudest: Math.min(...stems.map((stem) => live.peak(stem[0]))),
          differ: live.difference(stems[0], stems[1], 0).largest,
          stats,
        };
      },
      { ...options, transport, sampleRate: SAMPLE_RATE },
    ),
  );
  assert.ok(largest <= 1e-5, `largest difference ${largest}`);
  assert.equal(stats.dryFrames, 0);
  assert.equal(stats.reusedMasks, 0);
  assert.equal(stats.discontinuities, 0);
  assert.ok(loudest > 1e-3 && differ > 1e-3, "the stems must hold sound, and not all the same");
}

for (const transport of ["shared", "ports"] as const) {
  test(`a recurrent model, ${transport}`, () =>
    compare(transport, { model: "/models/recurrent.json" }));

  for (const name of TRAINED) {
    const missing = [`dist/models/${name}.json`, SONG].filter((file) => !existsSync(file));
    test(
      `the model ${name} on music, ${transport}`,
      { skip: missing.length > 0 && `${missing.join(" and ")} not there` },
      () =>
        compare(transport, {
          model: `/dist/models/${name}.json`,
          song: "/dist/demo/song/song.mp3",
        }),
    );
  }
}

test("models that ship are loaded by their names; safe has the same latency with both", async () => {
  const models = await harness.page("shared", (page) =>
    page.evaluate(async () => {
      const library = (await import("/dist/index.js" as string)) as typeof Library;
      const made: { name: string; lookahead: number; latency: number }[] = [];
      for (const model of [undefined, "live", "karaoke"]) {
        const context = new OfflineAudioContext(2, 44100, 44100);
        const options = { latencyMode: "safe", ...(model && { model }) } as const;
        const separator = await library.createStemSeparator(context, options);
        const { name, lookahead } = separator.manifest;
        made.push({ name, lookahead, latency: Math.round(1000 * separator.latency) });
        await separator.dispose();
      }
      return made;
    }),
  );
  assert.deepEqual(models, [
    { name: "live", lookahead: 0, latency: 232 },
    { name: "live", lookahead: 0, latency: 232 },
    { name: "karaoke", lookahead: 6, latency: 232 },
  ]);
});
