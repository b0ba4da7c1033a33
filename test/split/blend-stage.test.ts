// A blend of models of which one gives its stems long after the other: the sum to the sample, while the one that is
// quick is not let far ahead. Pure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANNELS, joined, PlanarQueue, type Planar } from "../../src/dsp/planar-queue.ts";
import { BlendStage } from "../../src/split/stages/blend-stage.ts";
import type { ModelStage } from "../../src/split/stages/stage.ts";

const PLANES = 4;
const TOTAL = 2_000_000;
/** As many as a studio model's segment gives at once. */
const STRIDE = 264_192;
const FAR = 2 ** 18 + 2 ** 15;

/** Gives `gain` times the mixture, once `late` samples more are known, in pieces of `piece`. */
class Scaled implements ModelStage {
  taken = 0;
  readonly #gain: number;
  readonly #late: number;
  readonly #piece: number;
  readonly #waiting = new PlanarQueue(CHANNELS);

  constructor(gain: number, late: number, piece: number) {
    [this.#gain, this.#late, this.#piece] = [gain, late, piece];
  }

  async push(block: Planar): Promise<Planar> {
    this.taken += block[0].length;
    this.#waiting.push(block);
    return this.#give(this.#waiting.length >= this.#late + this.#piece ? this.#piece : 0);
  }

  async finish(): Promise<Planar> {
    return this.#give(Math.min(this.#piece, this.#waiting.length));
  }

  #give(samples: number): Planar {
    const mixture = this.#waiting.take(samples);
    return Array.from({ length: PLANES }, (_, c) =>
      mixture[c % CHANNELS].map((sample) => this.#gain * (c + 1) * sample),
    );
  }

  startFor(position: number): number {
    return Math.max(0, position - this.#late);
  }

  reset(): void {
    this.taken = 0;
    this.#waiting.clear();
  }
}

test("what a model that is behind gives is blended with what the others kept, and they wait", async () => {
  const quick = new Scaled(1, 0, 16_384);
  const slow = new Scaled(2, 3 * STRIDE, STRIDE);
  const stage = new BlendStage([
    { stage: slow, weights: [0.75, 0.5], order: [0, 1] },
    { stage: quick, weights: [0.25, 0.5], order: [1, 0] },
  ]);
  assert.equal(stage.startFor(4 * STRIDE), STRIDE);
  const song = Float32Array.from({ length: TOTAL }, (_, n) => ((n * 7919) % 1000) / 1000);
  for (const round of ["first", "after a reset"]) {
    stage.reset();
    const pieces: Planar[] = [];
    let blended = 0;
    const take = (piece: Planar) => {
      pieces.push(piece);
      blended += piece[0].length;
      assert.ok(quick.taken - blended <= FAR, `${quick.taken - blended} ahead`);
      return piece[0].length;
    };
    for (let at = 0; at < TOTAL; at += 16_384) {
      const block = song.subarray(at, at + 16_384);
      take(await stage.push([block, block]));
    }
    while (take(await stage.finish()) > 0);
    const planes = joined(pieces, PLANES);
    assert.equal(planes[0].length, TOTAL, round);
    // By the first plane of a stem: 0.75 · 2 · 1 + 0.25 · 3, and 0.5 · 2 · 3 + 0.5 · 1.
    for (const [c, gain] of [2.25, 4, 3.5, 5].entries()) {
      const wrong = planes[c].findIndex((sample, n) => Math.abs(sample - gain * song[n]) > 1e-5);
      assert.equal(wrong, -1, `plane ${c}`);
    }
  }
});
