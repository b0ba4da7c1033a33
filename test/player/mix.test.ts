// Mute, solo and presets: src/player/mix.ts and presets.ts. Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changeChannel,
  createMix,
  effectiveGain,
  isAudible,
  parseMix,
  sameMix,
} from "../../src/player/mix.ts";
import {
  matchingPreset,
  practice,
  practisedStem,
  PRESET_IDS,
  PRESETS,
} from "../../src/player/mix-presets.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";

test("mute and solo are right in all 256 combinations", () => {
  for (let bits = 0; bits < 256; bits++) {
    const muted = (i: number) => ((bits >> i) & 1) === 1;
    const soloed = (i: number) => ((bits >> (4 + i)) & 1) === 1;
    const mix = createMix(
      Object.fromEntries(DEFAULT_STEMS.map((s, i) => [s, { muted: muted(i), soloed: soloed(i) }])),
    );
    const heard = DEFAULT_STEMS.filter((stem) => isAudible(mix, stem));
    // Said the other way round: of the stems in question (the soloed ones, or all), those not muted.
    const candidates = bits >> 4 === 0 ? [0, 1, 2, 3] : [0, 1, 2, 3].filter(soloed);
    assert.deepEqual(
      heard,
      candidates.filter((i) => !muted(i)).map((i) => DEFAULT_STEMS[i]),
      `bits ${bits.toString(2)}`,
    );
    for (const stem of DEFAULT_STEMS) {
      assert.equal(effectiveGain(mix, stem), heard.includes(stem) ? 1 : 0);
    }
  }
});

test("a gain counts only where the stem is audible", () => {
  const mix = createMix({ vocals: { gain: -20 }, bass: { gain: 12, muted: true } });
  assert.ok(Math.abs(effectiveGain(mix, "vocals") - 0.1) < 1e-12);
  assert.equal(effectiveGain(mix, "bass"), 0);
});

test("a change makes a new mix and leaves the old one; no change gives the same object", () => {
  const before = createMix();
  const after = changeChannel(before, "drums", { gain: -6.04 });
  assert.equal(after.drums.gain, -6);
  assert.equal(before.drums.gain, 0);
  assert.equal(after.bass, before.bass);
  assert.equal(changeChannel(before, "drums", { muted: false }), before);
});

test("presets are what their names say", () => {
  const heard = (id: keyof typeof PRESETS) =>
    DEFAULT_STEMS.filter((s) => isAudible(PRESETS[id], s));
  assert.deepEqual(heard("original"), [...DEFAULT_STEMS]);
  assert.deepEqual(heard("karaoke"), ["drums", "bass", "other"]);
  assert.deepEqual(heard("acappella"), ["vocals"]);
  assert.deepEqual(heard("instrumentalDrums"), ["drums", "other"]);
  assert.deepEqual(heard("noDrums"), ["vocals", "bass", "other"]);
  assert.deepEqual(heard("noBass"), ["vocals", "drums", "other"]);
  assert.ok(Math.abs(effectiveGain(PRESETS.guide, "vocals") - 10 ** (-12 / 20)) < 1e-12);
  for (const id of PRESET_IDS) assert.equal(matchingPreset(PRESETS[id]), id);
});

test("a practice mix is recognised, a changed preset is no longer that preset", () => {
  for (const stem of DEFAULT_STEMS) assert.equal(practisedStem(practice(stem)), stem);
  assert.equal(practisedStem(createMix()), undefined);
  const changed = changeChannel(PRESETS.karaoke, "drums", { gain: -3 });
  assert.equal(matchingPreset(changed), undefined);
  assert.ok(!sameMix(changed, PRESETS.karaoke));
});

test("a mix survives JSON; anything else is refused", () => {
  const mix = createMix({ vocals: { gain: -3.5, soloed: true } });
  const copy = parseMix(JSON.parse(JSON.stringify(mix)));
  assert.ok(copy && sameMix(copy, mix));
  for (const bad of [null, 3, {}, { ...mix, bass: { gain: "0", muted: false, soloed: false } }]) {
    assert.equal(parseMix(bad), undefined);
  }
});
