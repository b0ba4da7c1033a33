// The click is on the beats of what is heard, at every tempo, around a loop, and before the song begins. Real
// Chromium, rendered offline, with all stems muted: only clicks sound.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { PlayerAction } from "../../src/player/index.ts";
import { wavOf } from "../decode/files.ts";
import { mixtureOf, RATE, record } from "../support/band.ts";
import { SONGS } from "../analysis/songs.ts";
import {
  MODEL,
  renderMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";

/** Seconds by which a click may be off the beat, and frames that are rendered. */
const [HEARD, FRAMES] = [0.03, 3.2 * RATE];
const SONG = record({ ...SONGS[0], seconds: 12 });

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  const sound = mixtureOf(SONG).map((sample) => sample / 2);
  writeFileSync(path.join(harness.folder, "rock.wav"), wavOf({ rate: RATE, planes: [sound] }));
});
after(() => harness.close());

const mixer = `<stem-mixer src="/audio/rock.wav" ${MODEL}></stem-mixer>`;
const loaded = mixer.replace("src", 'preload="auto" src');
const STEMS = ["vocals", "drums", "bass", "other"];
const MUTED = STEMS.map((stem): PlayerAction => ({ do: "mute", stem, on: true }));

const act = (page: Page, actions: readonly PlayerAction[]) =>
  withMixer(
    page,
    async (mixer, actions) => {
      for (const action of actions) await mixer.player.dispatch(action);
    },
    actions,
  );

/** Seconds at which clicks begin: sound after silence. */
function clicksIn(left: readonly number[]): number[] {
  const clicks: number[] = [];
  let last = -RATE;
  left.forEach((sample, n) => {
    if (Math.abs(sample) < 0.01) return;
    if (n - last > 0.1 * RATE) clicks.push(n / RATE);
    last = n;
  });
  return clicks;
}

/** Renders after `actions`; the times of clicks, and by how much what is heard is late. */
async function rendered(page: Page, actions: readonly PlayerAction[]) {
  await act(page, [...MUTED, ...actions]);
  const { left, latency } = await renderMixer(page, FRAMES, {}, { analysed: true });
  return { clicks: clicksIn(left), latency: latency / RATE };
}

/** Fails unless clicks lie on the expected times, all of them. */
function assertNear(clicks: readonly number[], expected: readonly number[]): void {
  const shown = `${clicks.join(" ")} for ${expected.join(" ")}`;
  assert.equal(clicks.length, expected.length, shown);
  for (const [i, click] of clicks.entries()) {
    assert.ok(Math.abs(click - expected[i]) <= HEARD, shown);
  }
}

/** When the song's first stroke, on its first beat, is heard at a tempo. */
const firstStroke = (tempo: number): Promise<number> =>
  harness.open(mixer, async (page) => {
    await act(page, [{ do: "tempo", factor: tempo }]);
    const { left } = await renderMixer(page, RATE);
    return left.findIndex((sample) => Math.abs(sample) > 0.1) / RATE;
  });

// At its own tempo the song's click is the loop's, below.
for (const tempo of [0.85, 1.25]) {
  test(`click: on the beats that are heard at ${100 * tempo} % of the tempo, within 30 ms`, async () => {
    const first = await firstStroke(tempo);
    await harness.open(mixer, async (page) => {
      const { clicks } = await rendered(page, [
        { do: "click", on: true },
        { do: "tempo", factor: tempo },
      ]);
      const expected = SONG.beats
        .map((beat) => first + (beat - SONG.beats[0]) / tempo)
        .filter((time) => time < 2.3);
      assert.ok(expected.length >= 3);
      assertNear(clicks.slice(0, expected.length), expected);
    });
  });
}

test("click: goes round with a loop", () =>
  harness.open(mixer, async (page) => {
    const loop = { a: SONG.beats[1] - 0.1, b: SONG.beats[3] - 0.1 };
    const { clicks, latency } = await rendered(page, [
      { do: "click", on: true },
      { do: "loop", loop },
      { do: "seek", position: loop.a },
    ]);
    const expected = [0.1, 0.6, 1.1, 1.6].map((time) => time + latency);
    assertNear(clicks.slice(0, 4), expected);
  }));

test("count-in: four clicks, then the song begins on its beat, and no click more", () =>
  harness.open(mixer, async (page) => {
    await act(page, [{ do: "count-in", on: true }]);
    const { left, latency } = await renderMixer(page, FRAMES, {}, { analysed: true });
    const clicks = clicksIn(left);
    // The song is heard from its first beat on, to the sample: the identity model gives it back.
    const sound = mixtureOf(SONG);
    const loudest = (from: number, samples: ArrayLike<number>) => {
      let most = 0;
      for (let n = from; n < from + 0.2 * RATE; n++) most = Math.max(most, Math.abs(samples[n]));
      return most;
    };
    const first = clicks[0];
    assertNear(
      clicks.slice(0, 5),
      [0, 0.5, 1, 1.5, 2].map((time) => first + time),
    );
    const begins = Math.round((first + 2) * RATE);
    assert.ok(Math.abs(loudest(begins, left) - loudest(0.3 * RATE, sound) / 2) < 0.05);
    assert.ok(first > latency / RATE);
  }));

test("count-in: pausing ends it, seeking begins at once", () =>
  harness.show(loaded, async (page) => {
    await act(page, [{ do: "count-in", on: true }]);
    await untilMixer(page, (mixer) => mixer.player.state.analysis);
    const state = () =>
      withMixer(page, ({ player: { state, position } }) => ({
        paused: state.paused,
        running: state.running,
        position,
      }));
    await withMixer(page, (mixer) => void mixer.play());
    await untilMixer(page, (mixer) => !mixer.paused);
    assert.deepEqual(await state(), { paused: false, running: false, position: 0 });
    await act(page, [{ do: "pause" }]);
    assert.equal((await state()).paused, true);
    await withMixer(page, (mixer) => void mixer.play());
    await act(page, [{ do: "seek", position: 3 }]);
    await untilMixer(page, (mixer) => mixer.player.state.running && mixer.position > 3);
    assert.ok((await state()).position < 6, "nothing was counted");
  }));

test("loop points are set on beats, and exactly where that is asked for", () =>
  harness.show(loaded, async (page) => {
    await untilMixer(page, (mixer) => mixer.player.state.analysis);
    const loop = () => withMixer(page, (mixer) => mixer.loop);
    await act(page, [
      { do: "seek", position: SONG.beats[2] + 0.2 },
      { do: "loop-point", point: "a" },
      { do: "seek", position: SONG.beats[6] - 0.1 },
      { do: "loop-cycle" },
    ]);
    const { a, b } = await loop();
    assert.ok(Math.abs(a! - SONG.beats[2]) < HEARD && Math.abs(b! - SONG.beats[6]) < HEARD);
    await act(page, [
      { do: "seek", position: 5.05 },
      { do: "loop-point", point: "b", exact: true },
    ]);
    assert.equal((await loop()).b, 5.05);
  }));
