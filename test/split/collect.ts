// Runs a split over a mixture in memory and joins its chunks.
import assert from "node:assert/strict";
import { joined, type Planar } from "../../src/dsp/planar-queue.ts";
import type { StagedModel } from "../../src/split/split-model.ts";
import { splitStream, type SplitStreamOptions } from "../../src/split/split-stream.ts";
import { STEMS } from "../../src/stems.ts";

export async function* inBlocks(mixture: Planar, size: number): AsyncGenerator<Planar> {
  for (let at = 0; at < mixture[0].length; at += size) {
    yield mixture.map((plane) => plane.subarray(at, at + size));
  }
}

/** The stems' 8 planes. */
export async function split(
  model: StagedModel,
  mixture: Planar,
  options: Partial<SplitStreamOptions> & { block?: number } = {},
): Promise<Planar> {
  const blocks: Planar[] = [];
  const settings = { model, sampleRate: 44100, addUp: true, ...options };
  let at = 0;
  for await (const chunk of splitStream(inBlocks(mixture, options.block ?? 5000), settings)) {
    assert.equal(chunk.start, at);
    at += chunk.stems.vocals[0].length;
    blocks.push(STEMS.flatMap((stem) => chunk.stems[stem]));
  }
  return joined(blocks, 8);
}

/** Left and right of all stems together. */
export const sums = (stems: Planar): Float32Array[] =>
  [0, 1].map((c) => stems[c].map((_, n) => STEMS.reduce((s, _, i) => s + stems[2 * i + c][n], 0)));
