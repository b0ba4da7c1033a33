// Which stretch of a song a timeline shows, and what is drawn of it at which level: components/core/timeline-view.ts,
// components/core/lanes.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LanePyramid, mixturePyramid, rulerMarks } from "../../components/core/lanes.ts";
import { TimelineView } from "../../components/core/timeline-view.ts";

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, not ${expected}`);

const shown = (seconds: number) => {
  const view = new TimelineView();
  view.reset(seconds);
  return view;
};

test("view: a zoom keeps what is under the pointer where it is", () => {
  const view = shown(200);
  assert.equal(view.isWhole, true);
  const before = view.percent(150);
  assert.equal(view.zoomBy(4, 150), true);
  near(view.span, 50);
  near(view.percent(150), before);
  near(view.timeAt(view.percent(150) / 100), 150);
});

test("view: it stays within the song, shows four seconds at the least, and the whole at the most", () => {
  const view = shown(200);
  view.zoomBy(1000, 0);
  assert.deepEqual([view.start, view.span, view.isClosest], [0, 4, true]);
  assert.equal(view.moveBy(-10), false);
  view.moveBy(1000);
  assert.deepEqual([view.start, view.end], [196, 200]);
  view.zoomBy(0.001, 200);
  assert.deepEqual([view.start, view.span, view.isWhole], [0, 200, true]);
  assert.equal(view.zoomBy(0.5, 100), false);
  const short = shown(2);
  assert.equal(short.isClosest, true);
  assert.equal(short.zoomBy(2, 1), false);
});

test("view: it goes on with the playhead, to where that is near the beginning", () => {
  const view = shown(200);
  view.zoomBy(10, 0);
  assert.equal(view.follow(19.9), false);
  assert.equal(view.follow(20.1), true);
  assert.ok(view.shows(20.1) && view.percent(20.1) < 10);
  assert.equal(view.follow(5), true, "and back");
  view.follow(199.9);
  near(view.end, 200);
});

test("view: without a song nothing is a number that is none", () => {
  const view = shown(0);
  assert.equal(view.percent(3), 0);
  assert.equal(view.timeAt(0.5), 0);
  assert.equal(view.zoomBy(2, 0), false);
});

test("pyramid: what is known of a fine column is known of those that it is in, as their RMS", () => {
  const pyramid = new LanePyramid(2, 4, 2);
  assert.deepEqual(
    pyramid.levels.map(({ columns }) => columns),
    [4, 8, 16],
  );
  pyramid.set(4, [0.3, 0]);
  const amplitude = (level: number, column: number) =>
    pyramid.levels[level].amplitude(0, column, column + 1);
  near(amplitude(2, 4), 0.3);
  near(amplitude(1, 2), 0.3);
  near(amplitude(0, 1), 0.3);
  pyramid.set(5, [0.4, 0]);
  near(amplitude(1, 2), Math.hypot(0.3, 0.4) / Math.SQRT2);
  assert.deepEqual(
    [0, 1, 2, 3].map((c) => pyramid.levels[0].isKnown(c)),
    [...[false, true, false, false]],
  );
  pyramid.clear();
  assert.equal(pyramid.levels[0].knows(0, 4), false);
});

test("pyramid: the coarsest level that has a column for each bar is drawn", () => {
  const pyramid = new LanePyramid(1, 600, 5);
  assert.equal(pyramid.levelFor(433, 1), 0);
  assert.equal(pyramid.levelFor(433, 1 / 2), 1);
  assert.equal(pyramid.levelFor(433, 1 / 16), 4);
  assert.equal(pyramid.levelFor(433, 1 / 10_000), 5);
});

test("pyramid: the mixture's fine columns make its coarse ones; before they are there it looks as the outline", () => {
  const outline = Float32Array.of(1, 0.5);
  const coarse = mixturePyramid(outline, undefined, 2);
  assert.deepEqual([...coarse[2]!], [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]);
  const detail = Float32Array.of(1, 1, 1, 1, 0.7, 0.1, 0, 0);
  const fine = mixturePyramid(outline, detail, 2);
  assert.equal(fine[0], outline);
  assert.equal(fine[2], detail);
  near(fine[1]![2], 0.5);
  assert.deepEqual(mixturePyramid(null, detail, 1), [null, null]);
});

test("ruler: marks of a part are round times within it", () => {
  assert.deepEqual(rulerMarks(20, 10, 61), [62, 64, 66, 68, 70, 72, 74, 76, 78, 80]);
  assert.deepEqual(rulerMarks(4, 10, 0), [0, 1, 2, 3]);
});
