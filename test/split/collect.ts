// Runs a split over a mixture in memory and joins its chunks.
import assert from "node:assert/strict";
import { CHANNELS, joined, type Planar } from "../../src/dsp/planar-queue.ts";
import type { StagedModel } from "../../src/split/split-model.ts";
import { samplesOf, splitStream, type SplitStreamOptions } from "../../src/split/split-stream.ts";

export async function* inBlocks(mixture: Planar, size: number): AsyncGenerator<Planar> {
  for (let at = 0; at < mixture[0].length; at += size) {
    yield mixture.map((plane) => plane.subarray(at, at + size));
  }
}

/** The stems' planes, in the model's order. */
export async function split(
  model: StagedModel,
  mixture: Planar,
  options: Partial<SplitStreamOptions> & { block?: number } = {},
): Promise<Planar> {
  const { stems } = model.manifest;
  const blocks: Planar[] = [];
  const settings = { model, sampleRate: 44100, addUp: true, ...options };
  let at = 0;
  for await (const chunk of splitStream(inBlocks(mixture, options.block ?? 5000), settings)) {
    assert.equal(chunk.start, at);
    at += samplesOf(chunk);
    blocks.push(stems.flatMap((stem) => chunk.stems[stem]));
  }
  return joined(blocks, stems.length * CHANNELS);
}

/** Left and right of all stems together. */
export const sums = (stems: Planar): Float32Array[] =>
  Array.from({ length: CHANNELS }, (_, c) => {
    const planes = stems.filter((_, i) => i % CHANNELS === c);
    return planes[0].map((_, n) => planes.reduce((sum, plane) => sum + plane[n], 0));
  });
