// The better stems of a media element of the page: heard to the sample wherever its sound is its file's, and the live
// ones everywhere else. Real Chromium, in real time.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { locate } from "../../src/dsp/locate.ts";
import { DEFAULT_STEMS } from "../../src/stems.ts";
import {
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "../components/mixer-harness.ts";
import { withListener } from "../support/listener.ts";
import { startServer } from "../support/server.ts";
import { readWav } from "../support/wav.ts";
import { cores, expectedOf, RATE, STUDIO, untilReady } from "./song-stems.ts";

const SONG = "/audio/band.wav";
/** Samples of a recording that are looked for in the song. */
const LOOKED_AT = 8192;
/** Samples in which what sounded before has come through, and faded. */
const FADED = RATE / 2;

let harness: MixerHarness;
let expected: Awaited<ReturnType<typeof expectedOf>>;
before(async () => {
  harness = await startMixerHarness();
  expected = await expectedOf(harness.sound("band.wav"));
});
after(() => harness.close());

const element = (address = SONG, attributes = "") =>
  `${cores(8)}<audio id="song" src="${address}" controls loop ${attributes}></audio>
   <stem-mixer for="song" ${MODEL} ${STUDIO} quality="studio"></stem-mixer>`;

/** Presses play at the song's own rate. */
async function play(page: Page): Promise<void> {
  await withMixer(
    page,
    (mixer, rate) => void (mixer.context = new AudioContext({ sampleRate: rate! })),
    RATE,
  );
  await playMixer(page);
}

/** Waits for the whole song's better stems in a pause, in which they need not wait for what plays. */
async function computeAll(page: Page): Promise<void> {
  await page.evaluate(() => document.querySelector("audio")!.pause());
  await untilReady(page);
  await page.evaluate(() => document.querySelector("audio")!.play());
}

const untilHeard = (page: Page, heard = true) =>
  untilMixer(page, (mixer, heard) => mixer.player.state.better?.heard === heard, heard);

const seek = (page: Page, seconds: number) =>
  page.evaluate(async (seconds) => {
    const audio = document.querySelector("audio")!;
    const sought = new Promise((resolve) =>
      audio.addEventListener("seeked", resolve, { once: true }),
    );
    audio.currentTime = seconds;
    await sought;
  }, seconds);

type Stems = Record<(typeof DEFAULT_STEMS)[number], Float64Array>;

interface Recorded {
  readonly stems: Stems;
  readonly sum: Float64Array;
  /** Whether the same stems were heard all the time, and none came too late. */
  readonly steady: boolean;
}

/** The left channels of a second, stem by stem, and of their sum: of what comes when all that fades has faded. */
async function record(page: Page): Promise<Recorded> {
  const { files, steady } = await withMixer(page, async ({ player }) => {
    const heard = player.state.better?.heard;
    const dry = () => player.state.stats?.dryFrames;
    const dryBefore = dry();
    let steady = true;
    const end = player.subscribe(({ better }) => (steady &&= better?.heard === heard));
    await player.dispatch({ do: "record", what: "stems", on: true });
    await new Promise<void>((resolve) => {
      const look = () => (player.recordedSeconds! > 1.5 ? resolve() : setTimeout(look, 20));
      look();
    });
    const read = (file: File) =>
      new Promise<string>((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve((reader.result as string).split(",")[1]);
        reader.readAsDataURL(file);
      });
    const files = await player.dispatch({ do: "record", on: false });
    end();
    steady &&= dry() === dryBefore;
    return { files: await Promise.all((files as readonly File[]).map(read)), steady };
  });
  const planes = files.map((file) => readWav(Buffer.from(file, "base64")).left.subarray(FADED));
  const sum = planes[0].map((_, n) => planes.reduce((sum, plane) => sum + plane[n], 0));
  return {
    stems: Object.fromEntries(DEFAULT_STEMS.map((stem, i) => [stem, planes[i]])) as Stems,
    sum,
    steady,
  };
}

/** As `record`, once more where a busy machine let the element's sound stall, or stems come late, and others were heard. */
async function recordBetter(page: Page): Promise<Recorded> {
  for (;;) {
    await untilHeard(page);
    const recorded = await record(page);
    if (recorded.steady) return recorded;
  }
}

/** Fails unless what is recorded is the song, and its stems the better model's of the same samples. */
function assertBetter({ stems, sum }: Omit<Recorded, "steady">): void {
  const mono = (samples: ArrayLike<number>) => [
    Float32Array.from(samples),
    new Float32Array(samples.length),
  ];
  const place = locate(mono(sum.subarray(0, LOOKED_AT)), mono(expected.song))?.at;
  assert.ok(place !== undefined, "the song is heard");
  let live = 0;
  for (let n = 0; n < sum.length; n++) {
    const at = n + place;
    assert.ok(Math.abs(sum[n] - expected.song[at]) < 1e-4, `all stems, sample ${n}`);
    for (const stem of DEFAULT_STEMS) {
      const off = Math.abs(stems[stem][n] - expected.stems[stem][at]);
      assert.ok(off < 1e-4, `${stem}, sample ${n}: off by ${off}`);
    }
    live = Math.max(live, Math.abs(expected.stems.vocals[at] - expected.song[at] / 4));
  }
  assert.ok(live > 0.01, "which are not the live model's");
}

/** Fails unless all stems are the live model's: a quarter of the sound. */
function assertLive({ stems, sum }: Recorded): void {
  const loudest = Math.max(...sum);
  assert.ok(loudest > 0.1, `${loudest}`);
  for (const stem of DEFAULT_STEMS) {
    stems[stem].forEach((sample, n) =>
      assert.ok(Math.abs(sample - sum[n] / 4) < 1e-4, `${stem}, sample ${n}`),
    );
  }
}

test("an element's better stems are heard to the sample, after a seek and at another latency; live ones at another speed", () =>
  harness.open(element(), async (page, problems) => {
    await play(page);
    await computeAll(page);
    await seek(page, 1);
    assertBetter(await recordBetter(page));

    await seek(page, 4.3217);
    assertBetter(await recordBetter(page));

    await seek(page, 1);
    await withMixer(page, (mixer) => void (mixer.separator!.latencyMode = "safe"));
    assertBetter(await recordBetter(page));

    await seek(page, 1);
    await page.evaluate(() => void (document.querySelector("audio")!.playbackRate = 0.8));
    await untilHeard(page, false);
    assertLive(await record(page));

    await page.evaluate(() => void (document.querySelector("audio")!.playbackRate = 1));
    // The element lets go of what it has stretched.
    await seek(page, 2);
    assertBetter(await recordBetter(page));
    assert.deepEqual(problems, []);
  }));

test("an element of another origin that allows reading gets better stems, without shared memory and at the least latency", async () => {
  const other = await startServer({
    mounts: { "/audio/": harness.folder },
    isolated: false,
    headers: { "Access-Control-Allow-Origin": "*" },
  });
  const body = element(`${other.url}${SONG}`, "crossorigin").replace(
    "quality=",
    'latency-mode="monitor" quality=',
  );
  try {
    await harness.open(
      body,
      async (page, problems) => {
        await play(page);
        await computeAll(page);
        await seek(page, 3);
        assertBetter(await recordBetter(page));
        assert.deepEqual(problems, []);
      },
      { isolated: false },
    );
  } finally {
    await other.close();
  }
});

test("an element that gets its sound with cookies from another origin gets better stems", async () => {
  const song = readFileSync(harness.sound("band.wav"));
  const cookie = { name: "visitor", value: "1", domain: "127.0.0.1", path: "/" };
  const rest = { expires: -1, httpOnly: false, secure: false, sameSite: "Lax" } as const;
  const refused: string[] = [];
  const serve: RequestListener = ({ headers }, response) => {
    response.setHeader("Access-Control-Allow-Origin", headers.origin ?? "");
    response.setHeader("Access-Control-Allow-Credentials", "true");
    if (headers.cookie === "visitor=1") return void response.end(song);
    refused.push(headers.origin ?? "");
    response.writeHead(403).end();
  };
  await withListener(serve, (origin) =>
    harness.open(
      element(`${origin}${SONG}`, 'crossorigin="use-credentials"'),
      async (page, problems) => {
        await play(page);
        await computeAll(page);
        assert.deepEqual([refused, problems], [[], []]);
      },
      { storageState: { cookies: [{ ...cookie, ...rest }], origins: [] } },
    ),
  );
});

/** What keeps an element's stems live, and how Details tell it. */
const refusals = [
  {
    name: "may not be read",
    body: element(),
    // As a policy of the page, or a server that gives it to media elements only, would.
    prepare: (page: Page) =>
      page.route(`**${SONG}`, (route) =>
        route.request().resourceType() === "fetch" ? route.abort() : route.continue(),
      ),
    said: "Live: the address of the sound may not be read",
  },
  {
    name: "cannot be decoded",
    body: element(),
    prepare: (page: Page) =>
      page.route(`**${SONG}`, (route) =>
        route.request().resourceType() === "fetch"
          ? route.fulfill({ body: "no sound" })
          : route.continue(),
      ),
    said: "Live: the file of the sound cannot be decoded",
  },
  {
    name: "is longer than an hour",
    body: element(),
    prepare: (page: Page) =>
      page.evaluate(() =>
        Object.defineProperty(document.querySelector("audio")!, "duration", { value: 3601 }),
      ),
    said: "Live: the file of the sound is longer than an hour, or too large",
  },
];

for (const { name, body, prepare, said } of refusals) {
  test(`an element whose file ${name} stays live without an error, and Details say why`, () =>
    harness.open(body, async (page, problems) => {
      await prepare(page);
      await play(page);
      await untilMixer(page, (mixer) => mixer.player.state.source?.staysLive);
      await openTool(page, "Details");
      await page.getByText(said).waitFor();
      assertLive(await record(page));
      const { error, better } = await withMixer(page, ({ player }) => player.state);
      assert.deepEqual([error, better], [undefined, undefined]);
      problems.length = 0;
    }));
}

test("an element's stems are kept for the next visit, and its lanes have the song's outline", () =>
  harness.open(element(), async (page) => {
    await play(page);
    await computeAll(page);
    assert.ok(
      await withMixer(page, (mixer) => mixer.player.state.source!.outline!.some((x) => x > 0)),
    );
    await page.route("**/bands.onnx", (route) => route.abort());
    await page.reload();
    await play(page);
    await untilHeard(page);
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.better?.ready), 1);
  }));

test("an element's stems are saved as a song's: what is heard, by the better model, from the menu", () =>
  harness.open(element(), async (page, problems) => {
    await play(page);
    await untilMixer(page, (mixer) => mixer.player.state.source?.outline);
    await page.evaluate(() => document.querySelector("audio")!.pause());
    await withMixer(page, (mixer) => mixer.setMuted("drums", true));
    await openTool(page, "Export");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Start the export" }).click();
    const file = await (await download).path();
    const saved = readWav(new Uint8Array(readFileSync(file))).left;
    const { song, stems } = expected;
    assert.equal(saved.length, song.length);
    for (let n = 0; n < saved.length; n++) {
      const wanted = song[n] - stems.drums[n];
      assert.ok(Math.abs(saved[n] - wanted) < 1e-3, `sample ${n}: ${saved[n]}, not ${wanted}`);
    }
    // Nothing is saved of what cannot be read.
    await page.evaluate(() => void (document.querySelector("audio")!.src = "data:audio/wav,none"));
    await untilMixer(page, (mixer) => mixer.player.state.source?.outline === null);
    assert.equal(await withMixer(page, (mixer) => mixer.saveStems()), undefined);
    assert.ok(
      problems.every((problem) => /data:audio/.test(problem)),
      problems.join(),
    );
  }));

test("an element's file is not asked for where live stems are wished, and once they are not any more", () =>
  harness.open(element().replace('"studio"', '"live"'), async (page) => {
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.resourceType() === "fetch" && request.method() === "GET")
        asked.push(request.url());
    });
    const isAsked = () => asked.some((url) => url.endsWith(SONG));
    await play(page);
    assertLive(await record(page));
    assert.equal(isAsked(), false);
    await withMixer(page, (mixer) => void (mixer.quality = "studio"));
    await untilHeard(page);
    assert.equal(isAsked(), true);
    await withMixer(page, (mixer) => void (mixer.quality = "live"));
    await untilMixer(page, (mixer) => mixer.player.state.better === undefined);
    assertLive(await record(page));
  }));

test("better stems follow the element to another address, volume and key, and leave it as it was", () =>
  harness.open(element("/audio/long.wav"), async (page, problems) => {
    await play(page);
    await page.evaluate((song) => void (document.querySelector("audio")!.src = song), SONG);
    await page.evaluate(() => document.querySelector("audio")!.play());
    await computeAll(page);
    await seek(page, 1);
    assertBetter(await recordBetter(page));

    const key = (semitones: number) =>
      withMixer(
        page,
        ({ player }, semitones) => player.dispatch({ do: "key", semitones: semitones! }),
        semitones,
      );
    await key(2);
    assertLive(await record(page));
    await key(0);

    await seek(page, 1);
    await page.evaluate(() => void (document.querySelector("audio")!.volume = 0.5));
    const { stems, sum } = await recordBetter(page);
    assertBetter({
      sum: sum.map((sample) => 2 * sample),
      stems: Object.fromEntries(
        DEFAULT_STEMS.map((stem) => [stem, stems[stem].map((sample) => 2 * sample)]),
      ) as Stems,
    });

    await page.evaluate(() => document.querySelector("stem-mixer")!.remove());
    const goesOn = await page.evaluate(async () => {
      const audio = document.querySelector("audio")!;
      await new Promise((resolve) => audio.addEventListener("timeupdate", resolve, { once: true }));
      return !audio.paused && audio.volume === 0.5 && audio.playbackRate === 1;
    });
    assert.ok(goesOn);
    assert.deepEqual(problems, []);
  }));
