// Songs that bring their own stems: a Stem file, and files of one stem each. Nothing is separated, and no model is
// loaded. Real Chromium, tones without loss.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import type { SaveOptions } from "../../src/player/index.ts";
import { toneAt, writeStem, writeStemFile, type ToneStem } from "../support/stem-files.ts";
import { readWav } from "../support/wav.ts";
import {
  isHeard,
  MODEL,
  playMixer,
  renderMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";

const RATE = 44_100;
const NAMES = ["vocals", "drums", "bass", "melody"] as const;
/** Steps of 16 bits with a scale for every thousand samples, and the sum of four. */
const TOLERANCE = 1e-4;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  const { folder } = harness;
  writeStemFile(path.join(folder, "song.stem.mp4"), 8);
  writeStemFile(path.join(folder, "unnamed.stem.mp4"), 1, null);
  writeFileSync(path.join(folder, "one.stem.mp4"), readFileSync(path.join(folder, "tone.wav")));
  mkdirSync(path.join(folder, "My Song"));
  writeStem(path.join(folder, "My Song/vocals.wav"), "vocals", 2);
  writeStem(path.join(folder, "My Song/bass.flac"), "bass", 1);
  writeStem(path.join(folder, "My Song/02 drums.wav"), "drums", 1.5, 48_000);
  writeFileSync(path.join(folder, "My Song/cover.txt"), "no sound");
});
after(() => harness.close());

const mixer = (song: string, attributes = "") =>
  `<stem-mixer ${song && `src="/audio/${song}"`} ${MODEL} ${attributes}></stem-mixer>`;
/** Only after a gesture may a page sound. */
const gesture = (page: Page) => page.mouse.click(2, 2);
const sumAt = (n: number) => NAMES.reduce((sum, stem) => sum + toneAt(stem, n), 0);

function assertIs(
  left: ArrayLike<number>,
  wanted: (n: number) => number,
  from = 0,
  to = left.length,
) {
  let largest = 0;
  for (let n = from; n < to; n++) largest = Math.max(largest, Math.abs(left[n] - wanted(n)));
  assert.ok(largest < TOLERANCE, `off by ${largest}`);
}

/** What of the addresses that a page asks for is a model, or runs one. */
const asked = (page: Page) => {
  const found: string[] = [];
  page.on("request", (request) => {
    if (/\.onnx|\/worker\.js|identity\.json/.test(request.url())) found.push(request.url());
  });
  return found;
};

for (const isolated of [true, false]) {
  test(`a Stem file plays its stems from the first sample on, and loads no model${isolated ? "" : ", without shared memory"}`, () =>
    harness.open(
      mixer("song.stem.mp4"),
      async (page) => {
        const requests = asked(page);
        const stateNow = () =>
          withMixer(page, ({ player: { state } }) => ({
            stems: state.stems,
            better: state.better && { ...state.better, levels: [], detail: [] },
            title: state.source!.title,
            own: state.source!.ownStems,
            separates: state.nodes!.separator !== undefined,
          }));
        let state = undefined as Awaited<ReturnType<typeof stateNow>> | undefined;
        const { left, latency } = await renderMixer(page, 300 * 512, {
          [100 * 512]: async () => {
            state = await stateNow();
          },
        });
        assert.equal(latency, 0);
        assertIs(left, sumAt);
        assert.ok(state);
        assert.deepEqual(state.stems, NAMES);
        assert.deepEqual(state.better, {
          ...{
            heard: true,
            ready: 1,
            spans: [[0, 1]],
            kept: true,
            levels: [],
            detail: [],
          },
        });
        assert.equal(state.title, "song");
        assert.equal(state.own, true);
        assert.equal(state.separates, false);
        assert.deepEqual(requests, []);
      },
      { isolated },
    ));
}

test("own stems: a knob acts on its stem alone, and Compare gives their sum", () =>
  harness.show(mixer("song.stem.mp4"), async (page) => {
    await withMixer(page, (mixer) => mixer.setSoloed("bass", true));
    const at = 100 * 512;
    const { left } = await renderMixer(page, 200 * 512, {
      [at]: () => withMixer(page, (mixer) => void (mixer.bypass = true)),
    });
    // Knobs glide to where they are while the song is loaded, for which nothing waits offline.
    assertIs(left, (n) => toneAt("bass", n), 0.05 * RATE, at);
    assertIs(left, sumAt, at + 0.1 * RATE);
  }));

test("own stems: seeks and loops stay on the sample", () =>
  harness.show(mixer("song.stem.mp4"), async (page) => {
    await withMixer(page, async (mixer) => {
      mixer.loop = { a: 4, b: 4.5 };
      mixer.seek(4.25);
    });
    const { left } = await renderMixer(page, 100 * 512);
    const begin = Math.round(4.25 * RATE);
    const fade = Math.ceil(0.008 * RATE) + 1;
    assertIs(left, (n) => sumAt(begin + n), fade, RATE / 4);
    const again = Math.round(4 * RATE);
    assertIs(left, (n) => sumAt(again + n - RATE / 4), RATE / 4, RATE / 2);
  }));

/** Hertz of a tone, by its crossings of zero. */
function pitchOf(samples: readonly number[]): number {
  const crossings = samples.flatMap((x, n) => (n > 0 && samples[n - 1] < 0 && x >= 0 ? n : []));
  return ((crossings.length - 1) * RATE) / (crossings.at(-1)! - crossings[0]);
}

test("own stems: key and tempo shift the stems, not a separation of them", () =>
  harness.show(mixer("song.stem.mp4"), async (page) => {
    const requests = asked(page);
    await withMixer(page, async (mixer) => {
      mixer.setSoloed("vocals", true);
      mixer.keyShift = 5;
      mixer.tempo = 0.8;
      await mixer.updateComplete;
    });
    let heard: boolean | undefined;
    const { left } = await renderMixer(page, 300 * 512, {
      [100 * 512]: async () => {
        heard = await withMixer(page, (mixer) => mixer.player.state.better?.heard);
      },
    });
    const settled = left.slice(RATE, 3 * RATE);
    const pitch = pitchOf(settled);
    assert.ok(Math.abs(pitch / (440 * 2 ** (5 / 12)) - 1) < 0.01, `${pitch} Hz`);
    const loudest = Math.max(...settled.map(Math.abs));
    assert.ok(loudest > 0.17 && loudest < 0.23, `${loudest}: the other stems are silent`);
    assert.equal(heard, true);
    assert.deepEqual(requests, []);
  }));

/** What a mixer saves, by its name and bytes. */
async function savedBy(page: Page, options: SaveOptions) {
  const { name, url } = await withMixer(
    page,
    async (mixer, options) => {
      const file = await mixer.saveStems(options);
      const reader = new FileReader();
      const read = new Promise((resolve) => (reader.onload = resolve));
      reader.readAsDataURL(file!);
      await read;
      return { name: file!.name, url: reader.result as string };
    },
    options,
  );
  return { name, bytes: new Uint8Array(Buffer.from(url.split(",")[1], "base64")) };
}

test("own stems: files of different lengths and rates; the shorter end in silence", () =>
  harness.show(mixer(""), async (page) => {
    await gesture(page);
    await withMixer(page, async (mixer) => {
      mixer.context = new AudioContext({ sampleRate: 44_100 });
      const names = ["vocals.wav", "bass.flac", "02 drums.wav", "cover.txt"];
      const load = async (name: string) => {
        const response = await fetch(`/audio/My Song/${name}`);
        return new File([await response.blob()], name);
      };
      await mixer.load(await Promise.all(names.map(load)));
      if (mixer.failure) throw mixer.failure;
    });
    assert.deepEqual(await withMixer(page, (mixer) => mixer.player.state.stems), [
      ...["vocals", "drums", "bass"],
    ]);
    const files = unzipSync((await savedBy(page, { format: "wav32f" })).bytes);
    for (const [stem, seconds] of Object.entries({ vocals: 2, drums: 1.5, bass: 1 })) {
      const name = Object.keys(files).find((name) => name.includes(stem))!;
      const { left } = readWav(files[name]);
      assert.equal(left.length, 2 * RATE);
      const end = seconds * RATE;
      // A resampler rings where its sound ends.
      const ring = stem === "drums" ? 200 : 0;
      assertIs(left, (n) => toneAt(stem as ToneStem, n), ring, end - ring);
      assertIs(left, () => 0, end + ring);
    }
  }));

test("own stems: an export of the mix is what is heard", () =>
  harness.show(mixer("song.stem.mp4"), async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.setMuted("vocals", true));
    const options = { what: "mix", format: "wav32f", label: "karaoke" } as const;
    const { name, bytes } = await savedBy(page, options);
    assert.equal(name, "song_karaoke.wav");
    const { left } = readWav(bytes);
    assert.equal(left.length, 8 * RATE);
    assertIs(left, (n) => sumAt(n) - toneAt("vocals", n));
  }));

test("own stems: another song after them is separated, and they come back after that", () =>
  harness.show(mixer("song.stem.mp4"), async (page) => {
    const stems = () => withMixer(page, (mixer) => mixer.player.state.stems);
    const separates = () => withMixer(page, (mixer) => mixer.separator !== undefined);
    await playMixer(page);
    assert.deepEqual([await stems(), await separates()], [[...NAMES], false]);
    await withMixer(page, (mixer) => mixer.load("/audio/band.wav"));
    await isHeard(page, 0.01);
    assert.deepEqual(
      [await stems(), await separates()],
      [["vocals", "drums", "bass", "other"], true],
    );
    await withMixer(page, (mixer) => mixer.load("/audio/song.stem.mp4"));
    await isHeard(page, 0.01);
    assert.deepEqual([await stems(), await separates()], [[...NAMES], false]);
    assert.equal(await withMixer(page, (mixer) => mixer.failure), undefined);
  }));

test("own stems: a file that is only called a Stem file is separated as any other", () =>
  harness.show(mixer("one.stem.mp4"), async (page) => {
    await playMixer(page);
    const state = await withMixer(page, ({ player: { state } }) => [
      state.stems.length,
      state.source!.ownStems,
    ]);
    assert.deepEqual(state, [4, false]);
  }));

test("own stems: a Stem file that names none has MUSDB18's four", () =>
  harness.show(mixer("unnamed.stem.mp4"), async (page) => {
    await playMixer(page);
    const stems = await withMixer(page, (mixer) => mixer.player.state.stems);
    assert.deepEqual(stems, ["vocals", "drums", "bass", "other"]);
  }));

test("own stems: files that are none, or two of a kind, are refused in one sentence", () =>
  harness.show(mixer(""), async (page) => {
    const refusal = (names: string[]) =>
      withMixer(
        page,
        async (mixer, names) => {
          await mixer.load(names.map((name) => new File(["x"], name)));
          const { code, message } = mixer.failure as Error & { code?: string };
          return `${code}: ${message}`;
        },
        names,
      ) as Promise<string>;
    assert.match(
      await refusal(["Yesterday.mp3", "Michelle.mp3"]),
      /^input: .* holds no stems\. Name/,
    );
    assert.match(await refusal(["vocals.mp3"]), /^input: .* holds only one stem, vocals\.mp3/);
    assert.match(
      await refusal(["vocals.wav", "Vox.wav"]),
      /^input: "vocals" and "Vox" are both vocals/,
    );
    assert.match(
      await refusal(["vocals.wav", "bass.wav"]),
      /^media: (vocals|bass)\.wav is not audio/,
    );
  }));

test("own stems: a folder that is dropped plays as one song under its name", () =>
  harness.show(mixer("", 'style="display:block;width:900px"'), async (page) => {
    await gesture(page);
    const folder = path.join(harness.folder, "My Song");
    const zone = (await page.locator("stem-mixer").boundingBox())!;
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    const at = { x: zone.x + zone.width / 2, y: zone.y + 60 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await session.send("Input.dispatchDragEvent", { type, ...at, data });
    }
    await untilMixer(page, (mixer) => mixer.failure ?? mixer.state === "ready");
    const state = await withMixer(page, (mixer) => ({
      failure: mixer.failure?.message,
      stems: mixer.player.state.stems,
      title: mixer.player.state.source?.title,
    }));
    assert.deepEqual(state, {
      ...{ failure: undefined, stems: ["vocals", "drums", "bass"], title: "My Song" },
    });
    await page.getByText("My Song", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Own stems" }).click();
    await page.getByText("The song’s own").waitFor();
  }));

test("own stems: several files that are chosen play as one song where they are its stems, else the first", () =>
  harness.show(mixer(""), async (page) => {
    await gesture(page);
    const choose = page.locator("stem-mixer input[type=file]").first();
    const files = (...names: string[]) => names.map((name) => harness.sound(name));
    await choose.setInputFiles(files("My Song/vocals.wav", "My Song/bass.flac"));
    await untilMixer(page, (mixer) => mixer.state === "ready");
    assert.deepEqual(await withMixer(page, (mixer) => mixer.player.state.stems), [
      ...["vocals", "bass"],
    ]);
    await withMixer(page, (mixer) => mixer.close());
    await choose.setInputFiles(files("tone.wav", "band.wav"));
    await untilMixer(page, (mixer) => mixer.state === "ready");
    const title = await withMixer(page, (mixer) => mixer.player.state.source!.title);
    assert.equal(title, "tone");
  }));
