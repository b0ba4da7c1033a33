// Loop, time, ballistics, tuning, shortcuts, MIDI map, pictures and texts: components/core. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HOLD_TIME,
  METER_FLOOR,
  MeterBallistics,
  meterPosition,
  PEAK_FALL,
} from "../../components/core/ballistics.ts";
import { cycleLoop, isLooping, NO_LOOP, setLoopPoint } from "../../src/player/loop.ts";
import {
  forgetMidi,
  learnMidi,
  midiControlOf,
  parseMidiMap,
  type MidiMap,
} from "../../components/core/midi-map.ts";
import { outline } from "../../src/player/outline.ts";
import { songOf } from "../../src/player/song.ts";
import {
  drawSpectrumColumns,
  parseRgb,
  heightOf,
  rowEdges,
  rowLevel,
  stackHeights,
} from "../../components/core/picture.ts";
import { belongsToTarget, SHORTCUTS } from "../../components/core/shortcuts.ts";
import { errorText } from "../../components/core/error-text.ts";
import { defineTexts, fill, hasTexts, loadTexts, textsFor } from "../../components/core/texts.ts";
import { english as first } from "../../components/core/texts-en.ts";
import { karaokeEnglish } from "../../components/core/texts-en-karaoke.ts";
import { moreEnglish } from "../../components/core/texts-en-more.ts";
import { formatBytes, formatTime, speakTime } from "../../components/core/time.ts";
import { DannaError } from "../../src/errors.ts";
import { clampKey, clampTempo, formatKey, formatTempo } from "../../src/player/key-tempo-range.ts";

test("a loop: set A, set B, clear; points on the wrong side start it anew", () => {
  let loop = cycleLoop(NO_LOOP, 10, 100);
  assert.deepEqual(loop, { a: 10 });
  assert.ok(!isLooping(loop));
  loop = cycleLoop(loop, 20, 100);
  assert.deepEqual(loop, { a: 10, b: 20 });
  assert.ok(isLooping(loop));
  assert.deepEqual(cycleLoop(loop, 15, 100), {});
  assert.deepEqual(setLoopPoint({ a: 10 }, "b", 5, 100), { b: 5 });
  assert.deepEqual(setLoopPoint({ a: 10 }, "b", 10.1, 100), { b: 10.1 });
  assert.deepEqual(setLoopPoint({ a: 10, b: 20 }, "a", 30, 100), { a: 30 });
  assert.deepEqual(setLoopPoint({}, "b", 500, 100), { b: 100 });
});

test("times are read and spoken", () => {
  assert.equal(formatTime(65.9), "1:05");
  assert.equal(formatTime(3725), "1:02:05");
  assert.equal(formatTime(NaN), "–:––");
  // 80 s at another rate, and as a media element gives it.
  for (const seconds of [80, 79.9999, 79.991]) assert.equal(formatTime(seconds), "1:20");
  assert.equal(formatTime(79.98), "1:19");
  assert.equal(speakTime(79.9999), "1 minute 20 seconds");
  assert.equal(speakTime(65), "1 minute 5 seconds");
  assert.equal(speakTime(0), "0 seconds");
  assert.equal(speakTime(3600, "de"), "1 Stunde");
  assert.equal(formatBytes(4_930_000), "4.9 MB");
  assert.equal(formatBytes(12), "12 byte");
});

test("a meter jumps up, holds, then falls 20 dB in 1.7 s; RMS takes its time", () => {
  const meter = new MeterBallistics();
  assert.ok(meter.resting);
  meter.update(1, Math.SQRT1_2, 0.01);
  assert.equal(meter.peak, 0);
  assert.equal(meter.hold, 0);
  assert.ok(meter.rms < -10 && meter.rms > METER_FLOOR);
  meter.update(0, 0, 0.5);
  assert.ok(Math.abs(meter.peak + 0.5 * PEAK_FALL) < 1e-9);
  assert.equal(meter.hold, 0);
  meter.update(0, 0, HOLD_TIME);
  assert.ok(meter.hold < 0);
  for (let i = 0; i < 100; i++) meter.update(0.5, 0.5, 0.05);
  assert.ok(Math.abs(meter.rms - 20 * Math.log10(0.5)) < 0.01);
  for (let i = 0; i < 200; i++) meter.update(0, 0, 0.1);
  assert.ok(meter.resting);
  assert.equal(meterPosition(0), 1);
  assert.equal(meterPosition(METER_FLOOR / 2), 0.5);
  assert.equal(meterPosition(-Infinity), 0);
  assert.equal(meterPosition(3), 1);
});

test("key and tempo stay in their ranges and read well", () => {
  assert.deepEqual([-9, -2.4, 0, 7, NaN].map(clampKey), [-6, -2, 0, 6, 0]);
  assert.deepEqual([0.1, 0.854, 1, 3, NaN].map(clampTempo), [0.5, 0.85, 1, 1.5, 1]);
  assert.deepEqual([-3, 0, 2].map(formatKey), ["−3", "0", "+2"]);
  assert.equal(formatTempo(0.85), "85%");
  assert.equal(formatTempo(0.85, "de"), "85 %".replace(" ", "\u00a0"));
});

test("shortcuts are unique, and keys that belong to a control stay with it", () => {
  const keys = SHORTCUTS.map((shortcut) => shortcut.keys);
  assert.equal(new Set(keys).size, keys.length);
  const target = (localName: string, role: string | null = null, type: string | null = null) => ({
    localName,
    getAttribute: (name: string) => (name === "role" ? role : type),
  });
  assert.ok(belongsToTarget("b", target("input")));
  assert.ok(belongsToTarget("b", { localName: "div", isContentEditable: true }));
  assert.ok(belongsToTarget("ArrowLeft", target("div", "slider")));
  assert.ok(!belongsToTarget("3", target("div", "slider")), "a knob that takes it says so itself");
  assert.ok(!belongsToTarget("b", target("div", "slider")));
  assert.ok(belongsToTarget(" ", target("button")));
  assert.ok(!belongsToTarget("ArrowLeft", target("button")));
  assert.ok(!belongsToTarget(" ", undefined));
});

test("a MIDI control moves one target, a target has one control", () => {
  let map: MidiMap = learnMidi({}, "cc:1:7", "gain:vocals");
  map = learnMidi(map, "cc:1:8", "gain:vocals");
  assert.deepEqual(map, { "cc:1:8": "gain:vocals" });
  map = learnMidi(map, "cc:1:8", "master");
  assert.deepEqual(map, { "cc:1:8": "master" });
  assert.equal(midiControlOf(map, "master"), "cc:1:8");
  assert.deepEqual(forgetMidi(map, "master"), {});
});

test("a kept MIDI map is read back; anything else in it is left out", () => {
  const map: MidiMap = { "cc:16:127": "play-pause", "note:1:60": "mute:drums" };
  assert.deepEqual(parseMidiMap(JSON.stringify(map)), map);
  const bad = '{"cc:17:1":"master","cc:1:128":"master","x":"master","cc:1:1":"nuke"}';
  assert.deepEqual(parseMidiMap(bad), {});
  assert.deepEqual(parseMidiMap("{"), {});
  assert.deepEqual(parseMidiMap("null"), {});
  assert.deepEqual(parseMidiMap(null), {});
});

test("rows of a spectrogram rise in frequency and reach the top", () => {
  const edges = rowEdges(96, 2048, 44100);
  for (let i = 1; i < edges.length; i++) assert.ok(edges[i] >= edges[i - 1]);
  assert.ok(Math.abs(edges[0] - (40 / 22050) * 2048) < 1e-3);
  assert.ok(Math.abs(edges[96] - (16000 / 22050) * 2048) < 1e-3);
  for (const hertz of [100, 1000, 10000]) {
    const row = Math.round(heightOf(hertz, 44100) * 96);
    assert.ok(
      Math.abs(Math.log((edges[row] / 2048) * 22050) - Math.log(hertz)) < 0.04,
      `${hertz} Hz`,
    );
  }
});

test("rows within a bin go from its level to the next one's; wider ones have their loudest bin's", () => {
  const bins = Uint8Array.of(0, 100, 200, 50, 0);
  assert.equal(rowLevel(bins, 1, 1.5), 125);
  assert.equal(rowLevel(bins, 1.5, 2), 175);
  assert.equal(rowLevel(bins, 0, 4), 200);
  assert.equal(rowLevel(bins, 3.9, 4.1), 0);
});

test("columns of one stem have its colour, and silence the background's", () => {
  const pixels = new Uint8ClampedArray(2 * 2 * 4);
  const edges = Float32Array.of(0, 1, 2);
  const loud = Uint8Array.of(0, 255);
  const silent = new Uint8Array(2);
  drawSpectrumColumns(
    pixels,
    2,
    edges,
    [loud, silent],
    [0, 0],
    [
      [250, 10, 20],
      [0, 0, 255],
    ],
    [1, 2, 3],
  );
  const [above, below] = [
    [250, 10, 20, 255],
    [1, 2, 3, 255],
  ];
  assert.deepEqual([...pixels], [...above, ...above, ...below, ...below]);
});

test("a muted stem leaves the picture", () => {
  const pixels = new Uint8ClampedArray(4);
  const levels = [Uint8Array.of(200)];
  drawSpectrumColumns(
    pixels,
    1,
    Float32Array.of(0, 1),
    levels,
    [-Infinity],
    [[255, 255, 255]],
    [7, 7, 7],
  );
  assert.deepEqual([...pixels], [7, 7, 7, 255]);
});

test("stacked bands share the height by amplitude", () => {
  const heights = new Float32Array(4);
  stackHeights([1, 1, 2, 0], 40, heights);
  assert.deepEqual([...heights], [10, 10, 20, 0]);
  stackHeights([0, 0, 0, 0], 40, heights);
  assert.deepEqual([...heights], [0, 0, 0, 0]);
});

test("the outline of a song follows its loudness", () => {
  const samples = Float32Array.from({ length: 4000 }, (_, i) => (i < 2000 ? 0.25 : -0.5));
  const song = (samples: Float32Array) => songOf([[samples, samples]], 44_100);
  assert.deepEqual([...outline(song(samples), 4)], [0.5, 0.5, 1, 1]);
  assert.deepEqual([...outline(song(new Float32Array(10)), 2)], [0, 0]);
  assert.deepEqual([...outline(songOf([], 44_100), 2)], [0, 0]);
});

test("computed colours are read", () => {
  assert.deepEqual(parseRgb("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.deepEqual(parseRgb("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
  assert.deepEqual(parseRgb("color(srgb 1 0.5 0)"), [255, 127.5, 0]);
});

const english = { ...first, ...moreEnglish, ...karaokeEnglish };

test("texts of parts that are loaded later come with these", async () => {
  assert.deepEqual(textsFor("en"), first);
  await import("../../components/core/texts-more.ts");
  await import("../../components/core/texts-karaoke.ts");
  assert.deepEqual(textsFor("en"), english);
});

test("an error is said in the page's language, and its English words are details", () => {
  const error = new DannaError("media", "a.mp3 is empty. Choose another.");
  assert.deepEqual(errorText(textsFor("en"), error), { text: error.message, details: "" });
  const texts = { ...textsFor("en"), errorMedia: "Nichts zu hören.", lyricsUnread: "Kein Text." };
  assert.deepEqual(errorText(texts, error), { text: "Nichts zu hören.", details: error.message });
  assert.equal(errorText(texts, error, { media: "lyricsUnread" }).text, "Kein Text.");
  assert.equal(errorText(texts, error, { input: "lyricsUnread" }).text, "Nichts zu hören.");
  const unforeseen = new TypeError("x is undefined");
  assert.deepEqual(errorText(texts, unforeseen), { text: "x is undefined", details: "" });
});

test("every language has every text with the same gaps; unknown ones fall back", async () => {
  const gaps = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const lang of ["de", "fr", "es"]) {
    assert.deepEqual(textsFor(lang), english, "nothing is loaded unasked");
    await loadTexts(`${lang}-XX`);
    const texts = textsFor(lang);
    assert.notDeepEqual(texts, english);
    for (const key of Object.keys(english) as (keyof typeof english)[]) {
      // Other languages have words of their own for what English leaves to the error.
      const expected = english[key] === "{message}" ? [] : gaps(english[key]);
      assert.deepEqual(gaps(texts[key]), expected, `${lang} ${key}`);
    }
  }
  assert.equal(loadTexts("de"), undefined);
  assert.equal(loadTexts("xx"), undefined);
  assert.deepEqual(textsFor("xx"), english);
  defineTexts("de-AT", { vocals: "Gsang" });
  assert.equal(textsFor("de-AT").vocals, "Gsang");
  assert.equal(textsFor("de-at").drums, textsFor("de").drums);
  assert.equal(textsFor("de").vocals, "Gesang");
  const spoken = ["en", "en-GB", "de", "de-CH", "fr", "xx", "nl-BE"].map(hasTexts);
  assert.deepEqual(spoken, [true, true, true, true, true, false, false]);
  defineTexts("nl", { vocals: "Zang" });
  assert.ok(hasTexts("nl-BE"));
  assert.equal(fill("{a} of {b}, {c}", { a: 1, b: "two" }), "1 of two, {c}");
});
