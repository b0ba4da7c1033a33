// What comes out of <stem-mixer>, measured in samples: how soon a knob acts, what the limiter and
// bypass do, key and tempo, recordings. Real Chromium, identity model.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import { readWav, type Wav } from "../support/wav.ts";
import {
  MODEL,
  openTool,
  playMixer,
  renderMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const QUANTUM = 128;
const mixer = (song: string) => `<stem-mixer src="/audio/${song}" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

const largest = (samples: number[]) => samples.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

test("a song passes the mixer unchanged, later by exactly the latency it states", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    const { left, latency } = await renderMixer(page, 22528);
    assert.ok(largest(left.slice(0, latency)) < 1e-6, "silence before");
    for (let n = latency; n < left.length; n++) {
      const expected = 0.3 * Math.sin((2 * Math.PI * 440 * (n - latency)) / 44100);
      // The file's samples have 16 bits.
      assert.ok(Math.abs(left[n] - expected) < 1 / 32768 + 1e-6, `sample ${n}`);
    }
  }));

for (const [name, act] of [
  ["an arrow key on a knob", (page: Page) => page.keyboard.press("ArrowDown")],
  ["the wheel over a knob", (page: Page) => page.mouse.wheel(0, 100)],
  ["a press of Mute", (page: Page) => page.getByRole("button", { name: "Mute Vocals" }).click()],
] as const) {
  test(`${name} is heard in the very next render quantum`, () =>
    harness.show(mixer("constant.wav"), async (page) => {
      const knob = page.getByRole("slider", { name: "Vocals" });
      await knob.focus();
      const box = (await knob.boundingBox())!;
      await page.mouse.move(box.x + 20, box.y + 40);
      await page.mouse.move(box.x + 40, box.y + 40);
      const pauseAt = 40 * 512;
      const { left } = await renderMixer(page, 80 * 512, { [pauseAt]: () => act(page) });
      const before = left.slice(pauseAt - 512, pauseAt);
      const steady = before[0];
      assert.ok(Math.abs(steady - 0.5) < 1e-4);
      assert.ok(
        before.every((x) => Math.abs(x - steady) < 1e-6),
        "steady before the event",
      );
      const first = left.findIndex((x, n) => n >= pauseAt && Math.abs(x - steady) > 1e-6);
      assert.ok(first >= pauseAt && first < pauseAt + QUANTUM, `${first - pauseAt} samples after`);
      // And without a click: no step larger than a tenth of the whole change.
      const change = Math.abs(left[left.length - 1] - steady);
      for (let n = pauseAt; n < pauseAt + 4096; n++) {
        assert.ok(Math.abs(left[n] - left[n - 1]) < change / 10, `sample ${n}`);
      }
      const expected = name.includes("Mute") ? 0.375 : 0.375 + 0.125 * 10 ** (-1 / 20);
      assert.ok(Math.abs(left[left.length - 1] - expected) < 1e-4, `${left[left.length - 1]}`);
    }));
}

test("the limiter holds what would exceed 0 dBFS, and says so", () =>
  harness.show(mixer("loud.wav"), async (page) => {
    await withMixer(page, (mixer) => void (mixer.master = 6));
    const { left } = await renderMixer(page, 44032);
    assert.ok(largest(left) <= 1, `${largest(left)}`);
    assert.ok(largest(left.slice(-4410)) > 0.99, "and no lower than it must");
    const said = page.getByText("Limiter at work");
    await said.waitFor();
    // It does its work: that is nothing to be alarmed at.
    const colour = () => said.evaluate((element) => getComputedStyle(element).color);
    const lesser = page.locator("stem-mixer .duration");
    assert.equal(
      await colour(),
      await lesser.evaluate((element) => getComputedStyle(element).color),
    );
  }));

test("a song that reaches full scale is left as it is, and nothing is said", () =>
  harness.show(mixer("full.wav"), async (page) => {
    const { left, latency } = await renderMixer(page, 22528);
    assert.ok(largest(left.slice(latency)) > 0.9999);
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.limiting), false);
    assert.equal(await page.getByText("Limiter at work").count(), 0);
  }));

test("compare: the untouched input, aligned to the sample, whatever the knobs say", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    await withMixer(page, (mixer) => mixer.applyPreset("acappella"));
    const { left, latency } = await renderMixer(page, 80 * 512, {
      [20 * 512]: async () => {
        await page.getByRole("button", { name: "Compare" }).click();
      },
    });
    for (let n = 30 * 512; n < left.length; n++) {
      const expected = 0.3 * Math.sin((2 * Math.PI * 440 * (n - latency)) / 44100);
      assert.ok(Math.abs(left[n] - expected) < 1 / 32768 + 1e-6, `sample ${n}`);
    }
  }));

/** Loudest frequency of what is heard, in hertz, from a spectrum of 32768 samples. */
const loudestFrequency = (page: Page) =>
  withMixer(page, async (mixer) => {
    const context = mixer.player.state.nodes!.context;
    const analyser = new AnalyserNode(context, { fftSize: 32768, smoothingTimeConstant: 0 });
    mixer.player.state.nodes!.output.connect(analyser);
    const until = context.currentTime + 1.2;
    while (context.currentTime < until) await new Promise(requestAnimationFrame);
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    mixer.player.state.nodes!.output.disconnect(analyser);
    return (bins.indexOf(Math.max(...bins)) * context.sampleRate) / 32768;
  });

test("key shift moves the pitch and not the tempo, tempo the tempo and not the pitch", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    await playMixer(page);
    assert.ok(Math.abs((await loudestFrequency(page)) - 440) < 3);
    for (let i = 0; i < 3; i++)
      await page.getByRole("button", { name: "Key up a semitone" }).click();
    assert.equal(await withMixer(page, (mixer) => mixer.keyShift), 3);
    const up = await loudestFrequency(page);
    assert.ok(Math.abs(up - 440 * 2 ** (3 / 12)) < 5, `${up} Hz`);
    await withMixer(page, (mixer) => {
      mixer.keyShift = 0;
      mixer.tempo = 0.5;
    });
    const slow = await loudestFrequency(page);
    assert.ok(Math.abs(slow - 440) < 5, `${slow} Hz`);
    const measure = () =>
      withMixer(page, async (mixer) => {
        const context = mixer.player.state.nodes!.context;
        const at = () => [context.currentTime, mixer.position];
        const [t0, p0] = at();
        while (context.currentTime < t0 + 1) await new Promise(requestAnimationFrame);
        const [t1, p1] = at();
        return (p1 - p0) / (t1 - t0);
      });
    let speed = await measure();
    // On a busy machine the latency, which the position takes account of, may change meanwhile.
    for (let i = 0; i < 5 && Math.abs(speed - 0.5) >= 1e-6; i++) speed = await measure();
    assert.ok(Math.abs(speed - 0.5) < 1e-6, `speed ${speed}`);
    await withMixer(page, (mixer) => mixer.seek(19.5));
    await untilMixer(page, (mixer) => mixer.paused);
    assert.equal(await withMixer(page, (mixer) => mixer.position), 20, "the end is noticed");
  }));

test("the controls of key and tempo end at ±6 semitones and 50 to 150 %", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    await withMixer(page, (mixer) => {
      mixer.keyShift = 6;
      mixer.tempo = 1.5;
    });
    await page.locator("button[disabled][aria-label='Key up a semitone']").waitFor();
    assert.ok(await page.getByRole("button", { name: "Faster" }).isDisabled());
    await page.getByTitle("Reset Key").click();
    await page.getByTitle("Reset Tempo").click();
    assert.deepEqual(await withMixer(page, (mixer) => [mixer.keyShift, mixer.tempo]), [0, 1]);
  }));

/** Largest distance of a recording of the 440 Hz tone of `amplitude` from that tone. */
function toneError({ left, rate }: Wav, amplitude: number): number {
  const step = (2 * Math.PI * 440) / rate;
  const n0 = left.findIndex((x) => Math.abs(x) > amplitude / 2);
  // Phase from two neighbouring samples, then every other sample is known.
  const phase = Math.atan2(left[n0] * Math.sin(step), left[n0 + 1] - left[n0] * Math.cos(step));
  let error = 0;
  for (let n = n0; n < left.length - 64; n++) {
    const expected = amplitude * Math.sin(phase + (n - n0) * step);
    error = Math.max(error, Math.abs(left[n] - expected));
  }
  return error;
}

/** What the panel gives to be saved after a second of recording, begun anew where a busy machine was late and so played dry. */
async function recordThroughThePanel(page: Page, choice: string): Promise<Map<string, Uint8Array>> {
  const dry = () => withMixer(page, (mixer) => mixer.player.state.stats?.dryFrames);
  await openTool(page, "Record");
  await page.getByRole("radio", { name: choice }).check();
  for (;;) {
    const before = await dry();
    const files = await recordOnce(page);
    if ((await dry()) === before) return files;
    // Or the song would end before the machine has time.
    await withMixer(page, (mixer) => mixer.seek(0.5));
    await untilMixer(page, (mixer) => mixer.position > 0.7);
  }
}

async function recordOnce(page: Page): Promise<Map<string, Uint8Array>> {
  await page.getByRole("button", { name: "Start recording" }).click();
  await untilMixer(page, (mixer) => (mixer.player.recordedSeconds ?? 0) > 0.8);
  await page.getByRole("button", { name: "Stop recording" }).click();
  await page.getByText("Recording ready").waitFor();
  const files = new Map<string, Uint8Array>();
  for (const link of await page.getByRole("link", { name: /^Save / }).all()) {
    const download = page.waitForEvent("download");
    await link.click();
    const chunks: Buffer[] = [];
    const stream = await (await download).createReadStream();
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    files.set((await download).suggestedFilename(), new Uint8Array(Buffer.concat(chunks)));
  }
  return files;
}

test("the mix is recorded to a 24-bit WAV, sample for sample", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.setGain("vocals", -60));
    await untilMixer(page, (mixer) => mixer.position > 0.5);
    const files = await recordThroughThePanel(page, "The mix");
    assert.deepEqual([...files.keys()], ["tone.wav"]);
    const wav = readWav(files.get("tone.wav")!);
    assert.deepEqual([wav.bits, wav.format, wav.rate], [24, 1, 44100]);
    assert.ok(wav.left.length > 0.8 * 44100);
    // Three of four quarters of the tone; 16 bits in the file that was played.
    assert.ok(toneError(wav, 0.225) < 1e-3, `${toneError(wav, 0.225)}`);
  }));

test("mix and stems are recorded into one ZIP; stems at full level, as floats", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.setMuted("bass", true));
    await untilMixer(page, (mixer) => mixer.position > 0.5);
    const files = await recordThroughThePanel(page, "Mix and stems, as a ZIP");
    assert.deepEqual([...files.keys()], ["tone.zip"]);
    const inside = unzipSync(files.get("tone.zip")!);
    const stems = ["vocals", "drums", "bass", "other"].map((stem) => `tone - ${stem}.wav`);
    assert.deepEqual(Object.keys(inside), ["tone.wav", ...stems]);
    const lengths = Object.values(inside).map((bytes) => readWav(bytes).left.length);
    assert.equal(new Set(lengths).size, 1, "all of one length");
    for (const name of stems) {
      const wav = readWav(inside[name]);
      assert.deepEqual([wav.bits, wav.format], [32, 3]);
      assert.ok(toneError(wav, 0.075) < 1e-3, name);
    }
  }));

test("every stem is recorded to a file of its own", () =>
  harness.show(mixer("tone.wav"), async (page) => {
    await playMixer(page);
    const files = await recordThroughThePanel(page, "Every stem");
    assert.deepEqual(
      [...files.keys()],
      ["vocals", "drums", "bass", "other"].map((stem) => `tone - ${stem}.wav`),
    );
  }));
