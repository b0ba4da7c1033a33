// A mix as a file: the sum of the gained stems, a stretch of it, and what is too loud. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeMix, type MixFileOptions } from "../../src/output/index.ts";
import { noise } from "../support/signals.ts";
import { readWav } from "../support/wav.ts";

const RATE = 44_100;
const LENGTH = 9000;
const voice = noise(LENGTH, 1);
const drums = noise(LENGTH, 2);

/** The two stems in chunks of uneven lengths. */
async function* chunks(level: number) {
  for (let start = 0, size = 1000; start < LENGTH; start += size, size += 700) {
    const cut = (plane: Float32Array) => plane.slice(start, start + size).map((x) => x * level);
    const both = (plane: Float32Array) => [cut(plane), cut(plane).map((x) => -x)] as const;
    yield await Promise.resolve({
      start,
      sampleRate: RATE,
      stems: { vocals: both(voice), drums: both(drums) },
    });
  }
}

async function written(level: number, options: Partial<MixFileOptions>) {
  const gains = { vocals: 0.5, drums: 0.25 };
  const file = await writeMix(chunks(level), { name: "A/B", sampleRate: RATE, gains, ...options });
  return { name: file.name, ...readWav(new Uint8Array(await file.arrayBuffer())) };
}

const sumAt = (n: number, level: number) => level * (0.5 * voice[n] + 0.25 * drums[n]);

test("write mix: the file is the sum of the gained stems, named after song and mix", async () => {
  const { name, left } = await written(1, { format: "wav32f", label: "karaoke" });
  assert.equal(name, "A_B_karaoke.wav");
  assert.equal(left.length, LENGTH);
  for (let n = 0; n < LENGTH; n++) {
    assert.ok(Math.abs(left[n] - sumAt(n, 1)) < 1e-6, `left, sample ${n}`);
  }
});

test("write mix: a range begins and ends to the sample, also across chunks", async () => {
  for (const range of [
    [0, 10],
    [999, 1001],
    [2700, 8999],
  ] as const) {
    const { left } = await written(1, { format: "wav32f", range });
    assert.equal(left.length, range[1] - range[0]);
    assert.ok(left.every((x, n) => Math.abs(x - sumAt(range[0] + n, 1)) < 1e-6));
  }
});

test("write mix: what is over full scale is limited, and kept as it is in floating point", async () => {
  const loud = await written(4, { format: "wav24" });
  const most = Math.max(...loud.left.map(Math.abs));
  assert.ok(most <= 1 && most > 0.97, `${most}`);
  const clipped = loud.left.filter((x) => Math.abs(x) > 0.9999).length;
  const over = Array.from({ length: LENGTH }, (_, n) => Math.abs(sumAt(n, 4)) > 1).filter(Boolean);
  assert.ok(clipped < over.length / 4, `${clipped} of ${over.length} at full scale`);
  const kept = await written(4, { format: "wav32f" });
  assert.ok(kept.left.every((x, n) => Math.abs(x - sumAt(n, 4)) < 1e-5));
});

test("write mix: an effect has the mix, and its length counts", async () => {
  const { left } = await written(1, {
    format: "wav32f",
    effect: async function* (blocks) {
      for await (const block of blocks)
        yield block.map((plane) => plane.filter((_, n) => n % 2 === 0));
    },
  });
  assert.equal(left[0], Math.fround(sumAt(0, 1)));
  assert.ok(left.length < LENGTH * 0.6);
});
