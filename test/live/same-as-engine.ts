// What the comparison of a live separator with the engine and its soak share. Runs in Node.
import assert from "node:assert/strict";
import type { Harness } from "./harness.ts";
import type * as Live from "./live-page.ts";

const SAMPLE_RATE = 44100;
const SECONDS = 2;
const SONG = "/dist/demo/song/song.mp3";

export interface Case {
  readonly model: string;
  readonly song?: string;
}

/** A model that ships for live separation, on music. */
export const trained = (name: "live" | "karaoke"): Case => ({
  model: `/dist/models/${name}.json`,
  song: SONG,
});

/** Fails unless what is heard through the transport is what the engine gives. */
export async function compare(
  harness: Harness,
  transport: "shared" | "ports",
  options: Case,
): Promise<void> {
  const { largest, loudest, differ, stats } = await harness.page(transport, (page) =>
    page.evaluate(
      async ({ model, song, transport, sampleRate, seconds }) => {
        const live = (await import("/live.js" as string)) as typeof Live;
        const input = song
          ? await live.song(song, seconds, sampleRate)
          : live.bandLimited(seconds, sampleRate);
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
      { ...options, transport, sampleRate: SAMPLE_RATE, seconds: SECONDS },
    ),
  );
  assert.ok(largest <= 1e-5, `largest difference ${largest}`);
  assert.equal(stats.dryFrames, 0);
  assert.equal(stats.reusedMasks, 0);
  assert.equal(stats.discontinuities, 0);
  assert.ok(loudest > 1e-3 && differ > 1e-3, "the stems must hold sound, and not all the same");
}
