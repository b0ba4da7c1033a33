// Loudness along the lanes, marks of the ruler, and the mixer's status: components/core/lanes.ts,
// components/mixer/status.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LaneLevels, rulerMarks } from "../../components/core/lanes.ts";
import { german } from "../../components/core/texts-de.ts";
import { english } from "../../components/core/texts-en.ts";
import "../../components/core/texts-more.ts";
import { textsFor } from "../../components/core/texts.ts";
import { compactStatus, mixerStatus } from "../../components/mixer/status.ts";
import { DEFAULT_SETTINGS, initialState, type PlayerState } from "../../src/player/state.ts";

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, not ${expected}`);

test("lane: the mixture's height until a stem is known, then the stem's share of it", () => {
  const outline = Float32Array.of(1, 0.5, 0.25, 1);
  const levels = new LaneLevels(2, 4);
  near(levels.height(0, 1, 2, outline), 0.5 ** 0.75);
  assert.equal(levels.knows(0, 4), false);
  levels.set(1, [0.3, 0.4]);
  assert.equal(levels.knows(0, 4), true);
  near(levels.height(0, 1, 2, outline), (0.5 * 0.6) ** 0.75);
  near(levels.height(1, 1, 2, outline), (0.5 * 0.8) ** 0.75);
  near(levels.height(0, 0, 4, outline), (0.5 * 0.6) ** 0.75);
  assert.equal(levels.height(0, 2, 3, outline), 0.25 ** 0.75, "its neighbour stays unknown");
  levels.clear();
  assert.equal(levels.knows(0, 4), false);
});

test("lane: silence that is known has no height, and a sound without an outline its own level", () => {
  const levels = new LaneLevels(2, 2);
  levels.set(0, [0, 0]);
  assert.equal(levels.height(0, 0, 1, Float32Array.of(0.5, 0.5)), 0);
  levels.set(1, [0.1, 0]);
  assert.ok(levels.height(0, 1, 2, null) > 0.3);
  assert.equal(levels.height(1, 1, 2, null), 0);
  assert.equal(levels.mixture(0, 1, null), 0);
  near(levels.mixture(1, 2, null), levels.height(0, 1, 2, null));
});

test("ruler: marks are round times, no more than there is room for, and none past the end", () => {
  assert.deepEqual(rulerMarks(28, 14), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26]);
  assert.deepEqual(rulerMarks(195, 7), [0, 30, 60, 90, 120, 150, 180]);
  assert.deepEqual(rulerMarks(0, 7), []);
  assert.deepEqual(rulerMarks(Infinity, 7), []);
  for (const duration of [1, 59, 60, 600, 3599, 7200, 100_000]) {
    for (const most of [1, 3, 8, 40]) {
      const marks = rulerMarks(duration, most);
      assert.ok(marks.length >= 1 && marks.length <= most, `${duration}, ${most}`);
      assert.ok(marks.at(-1)! < duration);
    }
  }
});

test("status: one phrase, and the sound that is late counts only while it is heard", () => {
  const ready: PlayerState = { ...initialState(DEFAULT_SETTINGS), status: "ready", latency: 0.232 };
  const none = new Float32Array(0);
  const better = { heard: false, ready: 0.344, spans: [], kept: true, levels: none, detail: none };
  const say = (changes: Partial<PlayerState>, lang = "en") =>
    mixerStatus({ ...ready, ...changes }, textsFor(lang), lang, 10_000)?.text;
  assert.equal(say({ status: "idle" }), undefined);
  assert.equal(say({ status: "loading" }), "Loading");
  assert.equal(say({}), "Live");
  assert.equal(say({ better }), "Improving 34%");
  assert.equal(say({ better: { ...better, ready: 0 } }), "Live");
  assert.equal(say({ better: { ...better, ready: 1 } }), "Best quality");
  assert.equal(say({ lateAt: 9000 }), "Busy: sound is 0.2 s late");
  assert.equal(say({ lateAt: 9000, latency: 0.0349 }), "Busy: sound is 0.03 s late");
  const source = { kind: "file" } as PlayerState["source"];
  assert.equal(say({ lateAt: 9000, source }), "Live", "a song keeps its words in time");
  assert.equal(say({ lateAt: 9000, better: { ...better, heard: true } }), "Improving 34%");
  assert.equal(say({ lateAt: 4000 }), "Live");
  assert.equal(say({ adapted: true, latency: 0.352 }), "Busy: sound is 0.4 s late");
  assert.equal(say({ adapted: true, source }), "Live");
  const own = { ownStems: true } as PlayerState["source"];
  assert.equal(say({ source: own, better: { ...better, ready: 1 }, lateAt: 9000 }), "Own stems");
  const texts = Object.keys(german).filter((key) => key.startsWith("status"));
  assert.equal(texts.length, 6);
  assert.deepEqual(
    texts.filter((key) => !(key in english)),
    [],
    "they are there before any part that is loaded later",
  );
});

test("status of a compact mixer: a running export and late sound, which nothing else in it shows", () => {
  const ready: PlayerState = { ...initialState(DEFAULT_SETTINGS), status: "ready", latency: 0.232 };
  const say = (changes: Partial<PlayerState>, lang = "en") =>
    compactStatus({ ...ready, ...changes }, textsFor(lang), lang, 10_000)?.text;
  assert.equal(say({}), undefined);
  assert.equal(say({ status: "loading" }), undefined, "it says so over its waveform");
  assert.equal(say({ lateAt: 9000 }), "Busy: sound is 0.2 s late");
  assert.equal(say({ saving: { done: 0.344, remaining: 12 } }), "Export 34%");
});
