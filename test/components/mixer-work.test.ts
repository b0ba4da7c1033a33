// How much a playing mixer draws: no more for an hour's song than for a minute's, zoomed or not, and nothing while paused. Counts
// work, not time. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { countWork, playRound, pretend, workIn, type Work } from "./long-song.ts";
import {
  MODEL,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

/**
 * Calls on canvases in a frame: five meters of nine, the spectrogram of two, four lanes of some bars, and of all bars when a
 * zoomed picture goes on.
 */
const MOST = 180;
/** Columns that are read in a frame, on average: a zoomed picture goes on now and then. */
const MOST_READ = 200;
const SECONDS = 4;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

test("an hour's song costs a frame no more than a minute's, and a paused one nothing", (t) =>
  harness.open(
    `<stem-mixer src="/audio/song.wav" picture="spectrogram" ${MODEL}></stem-mixer>`,
    async (page) => {
      await playRound(page);
      await countWork(page);
      for (const zoom of [0, 20])
        await t.test(`playing, zoomed ${zoom} times`, async () => {
          const each: Work[] = [];
          for (const seconds of [60, 3600]) {
            await pretend(page, { seconds, running: true, zoom });
            await workIn(page, 0.5);
            each.push(await workIn(page, SECONDS));
          }
          const [minute, hour] = each.map(({ frames, draws }) => draws / frames);
          const said = JSON.stringify(each);
          assert.ok(each[0].draws > 0 && minute < MOST && hour < MOST, said);
          // What a pixel more or less of a second makes.
          assert.ok(hour < 1.2 * minute + 2, said);
          for (const { reads, frames } of each) assert.ok(reads / frames < MOST_READ, said);
        });
      await t.test("paused", async () => {
        await pretend(page, { seconds: 3600, running: false, zoom: 0 });
        await withMixer(page, async () => {
          const { real } = globalThis as unknown as {
            real: { dispatch(a: object): Promise<void> };
          };
          await real.dispatch({ do: "pause" });
        });
        await untilMixer(page, (mixer) => mixer.player.state.nodes!.context.state === "suspended");
        // Meters fall for a moment.
        let work = await workIn(page, 1);
        while (work.draws > 0) work = await workIn(page, 1);
        assert.deepEqual(await workIn(page, SECONDS), { frames: 0, draws: 0, reads: 0 });
      });
    },
    { viewport: { width: 1280, height: 900 } },
  ));
