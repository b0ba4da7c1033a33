// How loud a song and its stems are in the finest columns. Pure; runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL, cellsOf, columnLevels } from "../../src/dsp/cells.ts";
import { StemDetail } from "../../src/player/ahead/stem-detail.ts";
import { detailDepth, outline, outlineDetail, OUTLINE_COLUMNS } from "../../src/player/outline.ts";
import { REGION } from "../../src/player/protocol.ts";
import { songOf } from "../../src/player/song.ts";

const RATE = 44_100;
/** Half a minute, in regions of which the last is shorter. */
const LENGTH = 30 * RATE;

/** Louder with every second; its sign says nothing. */
const planeOf = (gain: number) =>
  Float32Array.from(
    { length: LENGTH },
    (_, n) => gain * Math.floor(1 + n / RATE) * (n % 2 ? -1 : 1),
  );

const parts = (planes: readonly Float32Array[]) =>
  Array.from({ length: Math.ceil(LENGTH / REGION) }, (_, region) =>
    planes.map((plane) => plane.slice(region * REGION, (region + 1) * REGION)),
  );
const songFrom = (plane: Float32Array) =>
  songOf(
    parts([plane, plane]).map(([left, right]) => [left, right] as const),
    RATE,
  );

test("detail: columns of at most 12 ms, twice as many each time", () => {
  assert.equal(detailDepth(0), 0);
  assert.equal(detailDepth(7), 0);
  for (const seconds of [8, 30, 195, 3600]) {
    const column = seconds / (OUTLINE_COLUMNS * 2 ** detailDepth(seconds));
    assert.ok(column <= 0.012 && column > 0.006, `${seconds}: ${column}`);
  }
});

test("detail: a song's fine columns agree with its outline, and come in turns", async () => {
  const song = songFrom(planeOf(0.01));
  const coarse = outline(song, OUTLINE_COLUMNS);
  const detail = await outlineDetail(song, new AbortController().signal);
  const each = detail.length / OUTLINE_COLUMNS;
  assert.equal(each, 2 ** detailDepth(30));
  coarse.forEach((value, c) => {
    const fine = detail.subarray(c * each, (c + 1) * each);
    const rms = Math.hypot(...fine) / Math.sqrt(each);
    assert.ok(Math.abs(rms - value) < 1e-3, `${c}: ${rms}, not ${value}`);
  });
  const closed = new AbortController();
  const giving = outlineDetail(song, closed.signal);
  closed.abort(new Error("closed"));
  await assert.rejects(giving, /closed/);
});

test("detail: stems region by region, in any order, once; what is kept comes back", () => {
  const stems = [0.02, 0.01];
  const mixture = parts([planeOf(0.03), planeOf(0.03)]);
  const kept = parts([planeOf(0.02), planeOf(0.02)]);
  const make = () => new StemDetail({ length: LENGTH, sampleRate: RATE, stems: 2 });
  const detail = make();
  const again = make();
  const order = kept.map((_, region) => region).reverse();
  for (const region of [...order, 0]) {
    const [left, right] = mixture[region];
    const samples = left.length;
    const energies = detail.add(region * REGION, kept[region], [left, right], samples);
    assert.equal(again.restore(region * REGION, samples, energies), true);
  }
  assert.deepEqual(again.values, detail.values);
  assert.equal(make().restore(0, REGION, new Float32Array(3)), false);
  assert.equal(make().restore(0, LENGTH, new Float32Array(detail.values.length).fill(NaN)), false);
  for (const second of [2, 11, 29]) {
    const column = Math.floor(((second + 0.5) * detail.columns) / 30);
    stems.forEach((gain, s) => {
      const value = detail.values[2 * column + s];
      assert.ok(Math.abs(value - gain * (second + 1)) < 1e-5, `${second}: ${value}`);
    });
  }
});

test("detail: a column is unknown until it is known whole", () => {
  const detail = new StemDetail({ length: LENGTH, sampleRate: RATE, stems: 2 });
  const [left, right] = parts([planeOf(0.03), planeOf(0.03)])[1];
  detail.add(REGION, parts([planeOf(0.02), planeOf(0.02)])[1], [left, right], REGION);
  const known = [...detail.values].flatMap((value, i) => (value >= 0 && i % 2 === 0 ? i / 2 : []));
  const start = (column: number) => Math.floor((column * LENGTH) / detail.columns);
  assert.ok(start(known[0]) >= REGION && start(known[0] - 1) < REGION);
  assert.ok(start(known.at(-1)! + 1) <= 2 * REGION && start(known.at(-1)! + 2) > 2 * REGION);
});

test("cells: levels of columns of any width", () => {
  const planes = [planeOf(0.02), planeOf(0.02), planeOf(0.01), planeOf(0)];
  const cells = cellsOf(planes);
  assert.equal(cells.length, 2 * Math.ceil(LENGTH / CELL));
  const columns = 30;
  const levels = columnLevels(cells, { length: LENGTH, stems: 2, columns });
  for (let c = 0; c < columns; c++) {
    assert.ok(Math.abs(levels[2 * c] - 0.02 * (c + 1)) < 2e-3, `${c}: ${levels[2 * c]}`);
    const half = (0.01 * (c + 1)) / Math.SQRT2;
    assert.ok(Math.abs(levels[2 * c + 1] - half) < 2e-3, `${c}: ${levels[2 * c + 1]}`);
  }
});
