// <stem-singer> in a real Chromium: the microphone hears what the page plays, later, as through the air, and
// what was sung to the song lies on it in a take.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import {
  MODEL,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";
import { auditPage } from "./pages.ts";

/** Seconds through the air. */
const AIR = 0.12;
/** Most by which a voice may lie off the song, in seconds. */
const ALIGNED = 0.01;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const BODY = `<stem-mixer src="/audio/beats.wav" ${MODEL}><stem-singer></stem-singer></stem-mixer>
  <script type="module" src="/dist/karaoke.js"></script>`;

/**
 * Lets the microphone hear what leaves the page, weaker, later, and with noise; or, where `howls`, as loud as
 * makes it howl.
 */
const loopBack = (page: Page, howls = false) =>
  page.evaluate(
    ([delay, howls]) => {
      const airs = new Map<BaseAudioContext, { way: DelayNode; stream: MediaStream }>();
      const connect = AudioNode.prototype.connect as (
        this: AudioNode,
        ...to: unknown[]
      ) => AudioNode;
      const airOf = (context: AudioContext) => {
        const way = new DelayNode(context, { delayTime: delay });
        const ear = new MediaStreamAudioDestinationNode(context);
        const room = howls
          ? new BiquadFilterNode(context, { type: "bandpass", frequency: 1000, Q: 3 })
          : new GainNode(context);
        const loudness = new GainNode(context, { gain: howls ? 4 : 0.3 });
        connect.call(connect.call(connect.call(way, room), loudness), ear);
        const noise = new AudioBufferSourceNode(context, { loop: true });
        noise.buffer = new AudioBuffer({ length: 44100, sampleRate: context.sampleRate });
        noise.buffer
          .getChannelData(0)
          .forEach((_, n, data) => (data[n] = 0.004 * (Math.random() - 0.5)));
        connect.call(noise, ear);
        noise.start();
        return { way, stream: ear.stream };
      };
      AudioNode.prototype.connect = function (
        this: AudioNode,
        target: unknown,
        ...rest: unknown[]
      ) {
        if (target instanceof AudioDestinationNode) {
          const { context } = this;
          if (!airs.has(context)) airs.set(context, airOf(context as AudioContext));
          connect.call(this, airs.get(context)!.way);
        }
        return connect.call(this, target, ...rest);
      } as typeof AudioNode.prototype.connect;
      navigator.mediaDevices.getUserMedia = async () => [...airs.values()].at(-1)!.stream.clone();
    },
    [howls ? 0.005 : AIR, howls] as const,
  );

const press = (page: Page, name: string) => page.getByRole("button", { name }).click();

const delayOf = (page: Page) =>
  page.evaluate(() => document.querySelector("stem-singer")!.singer!.state.roundTrip!);

/** Seconds by which the voice of the last take comes after its mix, by their likeness up to 0.3 s. */
const lagOf = (page: Page) =>
  page.evaluate(async () => {
    const { take } = document.querySelector("stem-singer")!.singer!.state;
    const parts: Record<"mix" | "voice", number[]> = { mix: [], voice: [] };
    let rate = 0;
    for await (const { stems, sampleRate } of take!.aligned()) {
      rate = sampleRate;
      parts.mix.push(...stems.mix[0]);
      parts.voice.push(...stems.voice[0]);
    }
    const most = Math.round(0.3 * rate);
    let [best, likeness] = [0, 0];
    for (let lag = -most; lag <= most; lag += 4) {
      let sum = 0;
      for (let n = most; n < parts.mix.length - most; n += 2) {
        sum += Math.abs(parts.mix[n]) * Math.abs(parts.voice[n + lag] ?? 0);
      }
      if (sum > likeness) [best, likeness] = [lag, sum];
    }
    return best / rate;
  });

test("a take of clicks that the microphone hears lies within 10 ms on the song; it is heard, saved, discarded", () =>
  harness.open(BODY, async (page) => {
    await loopBack(page);
    await press(page, "Sing with the microphone");
    await page.getByRole("button", { name: "Measure the delay" }).waitFor();
    await press(page, "Measure the delay");
    await page.getByText(/delay .* measured/).waitFor();
    const { seconds, isMeasured } = await delayOf(page);
    assert.ok(isMeasured && seconds > AIR && seconds < AIR + 0.35, `${seconds} s`);
    await auditPage(page, "microphone on");

    // It ends with the song.
    await press(page, "Record a take");
    await page.locator("stem-singer audio").waitFor({ timeout: 60_000 });
    assert.equal(await withMixer(page, (mixer) => mixer.paused), true);
    const lag = await lagOf(page);
    assert.ok(Math.abs(lag) <= ALIGNED, `${Math.round(lag * 1000)} ms off after ${seconds} s`);
    await auditPage(page, "a take");

    const length = await page.evaluate(async () => {
      const audio = document.querySelector("stem-singer")!.shadowRoot!.querySelector("audio")!;
      while (!(audio.duration > 0)) await new Promise(requestAnimationFrame);
      return audio.duration;
    });
    assert.ok(length > 4, `${length} s with its tail`);
    await page.locator("stem-singer select").selectOption("flac");
    await page.locator("stem-singer").getByRole("button", { name: "Export" }).click();
    const link = page.locator("stem-singer a[download]");
    assert.equal(await link.getAttribute("download"), "beats_take.flac");
    await press(page, "Discard");
    await link.waitFor({ state: "detached" });
    assert.equal(await page.locator("stem-singer audio").count(), 0);
  }));

test("a microphone that does not hear the tones says so, and the browser's own figure stays", () =>
  harness.open(BODY, async (page) => {
    // The fake microphone plays a tone of its own.
    await press(page, "Sing with the microphone");
    await press(page, "Measure the delay");
    await page.getByRole("alert").filter({ hasText: "turn the loudspeakers up" }).waitFor();
    assert.equal((await delayOf(page)).isMeasured, false);
    // What it said is over with a take.
    await press(page, "Record a take");
    await page.getByRole("alert").waitFor({ state: "detached" });
  }));

test("a microphone that is asked for while the song loads waits for it, and opens with it", () =>
  harness.open(BODY, async (page) => {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await page.route("**/audio/beats.wav", async (route) => {
      await held;
      await route.continue();
    });
    await press(page, "Play");
    await press(page, "Sing with the microphone");
    await page.getByText("Waiting for the song").waitFor();
    await page.getByRole("button", { name: "Sing with the microphone", pressed: true }).waitFor();
    letGo();
    await page.getByLabel("Hear yourself").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.getByText("Waiting for the song").waitFor({ state: "detached" });
    await untilMixer(page, (mixer) => mixer.state === "ready");
    assert.ok(await page.getByRole("button", { name: "Record a take" }).isEnabled());
  }));

test("a microphone that is asked for before there is a song says so, and opens with the first", () =>
  harness.open(BODY.replace('src="/audio/beats.wav"', ""), async (page) => {
    await press(page, "Sing with the microphone");
    await page.getByRole("alert").filter({ hasText: "nothing to sing to yet" }).waitFor();
    await page.getByRole("button", { name: "Sing with the microphone", pressed: false }).waitFor();
    await withMixer(page, (mixer) => mixer.load("/audio/beats.wav"));
    await page.getByLabel("Hear yourself").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  }));

test("one hears oneself where that is switched on, with echo and reverb, also while the song is paused", () =>
  harness.open(BODY, async (page) => {
    await press(page, "Sing with the microphone");
    await page.getByLabel("Hear yourself").waitFor();
    await withMixer(page, (mixer) => {
      const { context } = mixer.player.state.nodes!;
      const { singer } = document.querySelector("stem-singer")!;
      const tap = new AnalyserNode(context, { fftSize: 2048 });
      singer!.state.node!.connect(tap);
      Object.assign(globalThis, { tap, context });
    });
    const reaches = (what: string) =>
      page.waitForFunction(`(() => {
        const samples = new Float32Array(2048);
        tap.getFloatTimeDomainData(samples);
        const peak = Math.max(...samples.map(Math.abs));
        return ${what};
      })()`);
    const dry = "Math.abs(peak - 0.3) < 0.01";
    const wet = "Math.abs(peak - 0.3) > 0.02";
    await reaches(dry);
    for (const effect of ["Echo", "Reverb"]) {
      await page.getByLabel(effect).fill("1");
      await reaches(wet);
      await page.getByLabel(effect).fill("0");
      await reaches(dry);
    }
    await page.evaluate(() =>
      document.querySelector("stem-singer")!.singer!.adjust({ level: -60 }),
    );
    await reaches("peak < 0.01");
    await page.getByLabel("Hear yourself").check();
    await page.getByText("Put on headphones first").waitFor();
    assert.equal(await page.evaluate("context.state"), "running");
    await press(page, "Sing with the microphone");
    await page.getByLabel("Hear yourself").waitFor({ state: "detached" });
    await untilMixer(page, (mixer) => mixer.state === "ready");
  }));

test("feedback ends by itself, and says how to hear oneself again", () =>
  harness.open(BODY, async (page) => {
    await loopBack(page, true);
    await press(page, "Sing with the microphone");
    const hear = page.getByLabel("Hear yourself");
    await hear.check();
    await page.getByRole("alert").filter({ hasText: "Put on headphones" }).waitFor();
    assert.equal(await hear.isChecked(), false);
  }));

test("what a microphone does is said in the page's language", () =>
  harness.open(
    BODY,
    async (page) => {
      await loopBack(page, true);
      await press(page, "Mit Mikrofon singen");
      await page.getByLabel("Sich selbst hören").check();
      const alert = page.getByRole("alert");
      await alert.getByText("zurückgekoppelt").waitFor();
      await press(page, "Mit Mikrofon singen");
      await alert.waitFor({ state: "detached" });
      await page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () =>
          Promise.reject(new DOMException("no", "NotFoundError"));
      });
      await press(page, "Mit Mikrofon singen");
      await alert.getByText("Das Gerät fehlt").waitFor();
    },
    { lang: "de" },
  ));

test("a refused microphone says what to do, and can be asked for again", () =>
  harness.open(BODY, async (page) => {
    await page.evaluate(() => {
      const ask = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = async () => {
        navigator.mediaDevices.getUserMedia = ask;
        throw new DOMException("no", "NotAllowedError");
      };
    });
    await press(page, "Sing with the microphone");
    await page.getByRole("alert").filter({ hasText: "was refused" }).waitFor();
    await press(page, "Sing with the microphone");
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByLabel("Hear yourself").waitFor();
  }));
