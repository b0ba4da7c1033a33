// <stem-lyrics> in time with the sound itself: what is heard says which word is sung. Real Chromium, in real time.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { playMixer, startMixerHarness, withMixer, type MixerHarness } from "./mixer-harness.ts";
import { body, shows, TONES, WORD, writeWords } from "./words.ts";

/** Most by which a word's highlight may be off, in seconds. */
const EXACT = 0.05;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  writeWords(harness);
});
after(() => harness.close());

/** Records what is heard, and when each word is highlighted, in the page. */
const watch = (page: Page) =>
  withMixer(page, async (mixer) => {
    const { output, context } = mixer.player.state.nodes!;
    const code = `registerProcessor("tape", class extends AudioWorkletProcessor {
      block = new Float32Array(4096);
      filled = 0;
      process([[samples]]) {
        if (samples) this.block.set(samples, this.filled);
        this.filled = (this.filled + 128) % 4096;
        if (this.filled === 0) this.port.postMessage([currentFrame + 128 - 4096, this.block]);
        return true;
      }
    })`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    const blocks: [number, Float32Array][] = [];
    const tape = new AudioWorkletNode(context, "tape");
    tape.port.onmessage = ({ data }) => blocks.push(data as [number, Float32Array]);
    output.connect(tape);
    tape.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    // While nothing of the page runs, no highlight can come in time: such ones do not count.
    let [beat, stalled] = [performance.now(), -Infinity];
    const look = () => {
      const now = performance.now();
      if (now - beat > 35) stalled = now;
      beat = now;
      return now - stalled < 60;
    };
    setInterval(look, 5);
    const lit: { word: number; time: number; busy: boolean }[] = [];
    const root = document.querySelector("stem-lyrics")!.shadowRoot!;
    new MutationObserver((changes) => {
      const busy = look();
      for (const { target } of changes) {
        const { dataset, textContent } = target as HTMLElement;
        if (dataset.phase !== "now" || !(target as HTMLElement).matches(".word")) continue;
        const word = Number(textContent.trim().slice(1));
        lit.push({ word, busy, time: context.currentTime - context.outputLatency });
      }
    }).observe(root, { subtree: true, attributeFilter: ["data-phase"] });
    Object.assign(globalThis, { blocks, lit });
  });

/** Waits until a whole word has been highlighted from now on. */
const wholeWord = (page: Page, tempo = 1) =>
  page.evaluate(
    async (least) => {
      const { lit } = globalThis as unknown as { lit: { word: number; time: number }[] };
      const from = lit.length;
      const isWhole = () => lit.some(({ time }, i) => i > from && time - lit[i - 1].time > least);
      while (!isWhole()) await new Promise(requestAnimationFrame);
    },
    (0.75 * WORD) / tempo,
  );

/**
 * By how many seconds each word that followed a whole one was highlighted after its tone took over from the other's:
 * where a window of 20 ms holds as much of the one as of the other.
 */
const errors = (page: Page, tempo = 1) =>
  withMixer(
    page,
    (mixer, settings) => {
      const { tones, least } = settings!;
      const { blocks, lit } = globalThis as unknown as {
        blocks: [number, Float32Array][];
        lit: { word: number; time: number; busy: boolean }[];
      };
      const rate = mixer.player.state.nodes!.context.sampleRate;
      const start = blocks[0][0];
      const [lastFrame, lastBlock] = blocks.at(-1)!;
      const samples = new Float32Array(lastFrame + lastBlock.length - start);
      for (const [frame, block] of blocks) samples.set(block, frame - start);
      const size = Math.round(0.02 * rate);
      const power = (at: number, hertz: number) => {
        let [re, im] = [0, 0];
        for (let n = 0; n < size; n++) {
          const x = samples[at + n] ?? 0;
          re += x * Math.cos((2 * Math.PI * hertz * n) / rate);
          im += x * Math.sin((2 * Math.PI * hertz * n) / rate);
        }
        return re * re + im * im;
      };
      const end = (start + samples.length) / rate - 0.3;
      return lit.flatMap(({ word, time, busy }, i) => {
        if (
          i === 0 ||
          busy ||
          time > end ||
          time - lit[i - 1].time < least ||
          lit[i - 1].word !== word - 1
        )
          return [];
        const [before, now] = [tones[(word - 1) % tones.length], tones[word % tones.length]];
        const middle = Math.round(time * rate) - start - size / 2;
        let nearest = Infinity;
        for (let off = -0.25; off < 0.25; off += 0.002) {
          const at = Math.round(middle + off * rate);
          if (at < 0 || at + size > samples.length) continue;
          const [a, b] = [power(at, before), power(at, now)];
          const [c, d] = [power(at + 90, before), power(at + 90, now)];
          const takesOver = a > b && d >= c && a + b > 1;
          if (takesOver && Math.abs(off) < Math.abs(nearest)) nearest = off;
        }
        return [-nearest];
      });
    },
    { tones: TONES, least: (0.75 * WORD) / tempo },
  );

// Two pages play at a time: each waits for its words most of the time.
describe("words in time with their sound", { concurrency: 2 }, () => {
  // The seeks are at tempo 1.
  for (const tempo of [0.7, 1.3]) {
    test(`words are highlighted within 50 ms of their sound at tempo ${tempo}`, () =>
      harness.open(body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`), async (page) => {
        await shows(page, "w0");
        await withMixer(page, (mixer, tempo) => void (mixer.tempo = tempo!), tempo);
        await playMixer(page);
        await watch(page);
        await page.waitForFunction(
          "lit.filter(({ busy }) => !busy).length > 12 && blocks.length > 100",
          undefined,
          { timeout: 60_000 },
        );
        const found = await errors(page, tempo);
        assert.ok(found.length >= 8, `${found.length} words`);
        const worst = Math.max(...found.map(Math.abs));
        assert.ok(worst <= EXACT, `off by ${found.map((x) => Math.round(1000 * x)).join(", ")} ms`);
      }));
  }

  test("words are highlighted within 50 ms of their sound after each of 20 seeks", () =>
    harness.open(body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`), async (page) => {
      await playMixer(page);
      await watch(page);
      for (let i = 0; i < 20; i++) {
        await withMixer(page, (mixer, to) => mixer.seek(to!), (7.31 * i) % 17);
        await wholeWord(page);
      }
      const found = await errors(page);
      assert.ok(found.length >= 10, `${found.length} words`);
      const worst = Math.max(...found.map(Math.abs));
      assert.ok(worst <= EXACT, `off by ${found.map((x) => Math.round(1000 * x)).join(", ")} ms`);
    }));
});
