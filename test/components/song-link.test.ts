// Links that bring song, mix, key, tempo and loop: written and read, refused where they are none, opened by mixers
// that allow them. Pure parts in Node; real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { formatLink, parseLink } from "../../components/core/song-link.ts";
import { createMix, NO_LOOP } from "../../src/player/index.ts";
import {
  MODEL,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const SONG = "https://example.org/a song & more.mp3?take=2#chorus";

test("links: what is written is read again", () => {
  const link = {
    song: new URL(SONG).href,
    mix: createMix({
      vocals: { gain: -60 },
      drums: { gain: 3.5, muted: true, soloed: true },
      bass: { soloed: true },
    }),
    key: -2,
    tempo: 0.85,
    loop: { a: 10.25, b: 20.125 },
  };
  const text = formatLink(link);
  const { mix, ...rest } = parseLink(`#${text}`)!;
  const { mix: expected, ...others } = link;
  assert.deepEqual(rest, others);
  assert.deepEqual(createMix(mix), expected);
});

test("links: a song as it was recorded is its address alone", () => {
  const song = "https://example.org/a.mp3";
  const text = formatLink({ song, mix: createMix(), key: 0, tempo: 1, loop: { a: 3 } });
  assert.equal(text, "song=https%3A%2F%2Fexample.org%2Fa.mp3");
  assert.deepEqual(parseLink(text), { song, mix: {}, key: 0, tempo: 1, loop: NO_LOOP });
});

test("links: values out of range are the nearest that can be had", () => {
  const read = parseLink(
    "song=http://a.example/x&stem=vocals:-900&stem=drums:99&key=40&tempo=0.001",
  )!;
  assert.deepEqual([read.mix.vocals.gain, read.mix.drums.gain], [-60, 12]);
  assert.deepEqual([read.key, read.tempo], [6, 0.5]);
});

test("links: fragments of the page's own are left alone", () => {
  for (const fragment of ["", "#", "#chapter-2", "#key=3", "#/route?x=1"]) {
    assert.equal(parseLink(fragment), undefined);
  }
});

test("links: what cannot be used is refused in one sentence", () => {
  const good = "song=https://a.example/x.mp3";
  for (const fragment of [
    "song=",
    "song=song.mp3",
    "song=javascript:alert(1)",
    "song=data:audio/wav,x",
    "song=blob:https://a.example/1",
    "song=file:///etc/passwd",
    "song=https://user:secret@a.example/x.mp3",
    `${good}&stem=vocals`,
    `${good}&stem=__proto__:-3`,
    `${good}&stem=vocals:1e9`,
    `${good}&key=up`,
    `${good}&tempo=NaN`,
    `${good}&loop=5`,
    `${good}&loop=9,3`,
    `${good}&loop=1,2,3`,
    good + Array.from({ length: 40 }, (_, i) => `&stem=s${i}:1`).join(""),
  ]) {
    assert.throws(
      () => parseLink(fragment),
      { name: "DannaError", code: "input", message: /^This link cannot be opened: .*\.$/ },
      fragment,
    );
  }
});

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const mixer = (attributes: string) => `<stem-mixer ${MODEL} ${attributes}></stem-mixer>`;
const STATE = "stem=vocals:-6:m&key=2&tempo=0.9&loop=2,5";

test("mixer: a link is opened, kept up to date, copied, and comes back with the page", () =>
  harness.open(
    mixer("song-link"),
    async (page) => {
      const song = `${harness.server.url}/audio/song.wav`;
      const go = (fragment: string) => page.evaluate((to) => void (location.hash = to), fragment);
      const shown = () =>
        withMixer(page, ({ player: { state } }) => ({
          status: state.status,
          address: state.source?.address,
          vocals: state.mix.vocals,
          tuning: [state.key, state.tempo],
          loop: state.loop,
        }));
      const expected = {
        status: "waiting",
        address: song,
        vocals: { gain: -6, muted: true, soloed: false },
        tuning: [2, 0.9],
        loop: { a: 2, b: 5 },
      };
      await go(`song=${song}&${STATE}`);
      await page.reload();
      await untilMixer(page, (mixer) => mixer.state === "waiting");
      await untilMixer(page, (mixer) => mixer.loop.b === 5);
      assert.deepEqual(await shown(), expected);
      // Nothing is loaded before somebody presses play.
      assert.equal(await withMixer(page, (mixer) => mixer.separator), undefined);
      await page.getByLabel("Key up a semitone").click();
      await page.waitForFunction(() => location.hash.includes("key=3"));
      await page.getByRole("button", { name: "My mixes" }).click();
      await page.getByRole("button", { name: "Copy link" }).click();
      await page.getByText("Copied", { exact: true }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, page.url());
      await page.reload();
      await untilMixer(page, (mixer) => mixer.keyShift === 3 && mixer.loop.b === 5);
      assert.deepEqual(await shown(), { ...expected, tuning: [3, 0.9] });
      // Another link in the same page is taken, too.
      await go(`song=${harness.server.url}/audio/tone.wav`);
      await untilMixer(page, ({ player: { state } }) => state.source?.title === "tone");
      assert.deepEqual((await shown()).tuning, [0, 1]);
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  ));

test("mixer: a bad link is told and leaves what there is; without song-link none is read", () =>
  harness.open(mixer('src="/audio/song.wav" song-link'), async (page) => {
    await untilMixer(page, (mixer) => mixer.state === "waiting");
    await page.waitForFunction(() => location.hash.startsWith("#song="));
    await page.evaluate(() => void (location.hash = "song=javascript:alert(1)"));
    await page.getByRole("alert").getByText("This link cannot be opened").waitFor();
    const [title, state] = await withMixer(page, (mixer) => [
      mixer.player.state.source!.title,
      mixer.state,
    ]);
    assert.deepEqual([title, state], ["song", "waiting"]);
    await withMixer(page, (mixer) => {
      mixer.outerHTML = mixer.outerHTML.replace("song-link", "");
    });
    await page.evaluate(() => void (location.hash = "song=https://a.example/x.mp3"));
    await untilMixer(page, (mixer) => mixer.state === "waiting" && mixer.player.state.source);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.source!.title), "song");
  }));
