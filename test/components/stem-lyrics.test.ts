// <stem-lyrics> in a real Chromium: words in time with the sound itself, where they come from, how they are read.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { findFfmpeg } from "../support/programs.ts";
import {
  MODEL,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";
import { auditPage } from "./pages.ts";

/** Hertz of the words' tones, in turn: each word is a tone, so that the sound says which is sung. */
const TONES = [500, 800, 1100, 1400, 1700];
/** Seconds that a word takes. */
const WORD = 0.4;
const WORDS = 50;
/** Most by which a word's highlight may be off, in seconds. */
const EXACT = 0.05;

const stamp = (seconds: number) =>
  `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;

/** Five words a line. */
function enhancedLrc(): string {
  const words = Array.from({ length: WORDS }, (_, i) => `<${stamp(i * WORD)}>w${i} `);
  const lines = Array.from({ length: WORDS / 5 }, (_, i) => words.slice(5 * i, 5 * i + 5));
  return lines.map((line, i) => `[${stamp(5 * i * WORD)}]${line.join("")}`).join("\n");
}

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
  const frequency = TONES.map(
    (hertz, i) => `${hertz}*eq(mod(floor(t/${WORD})\\,${TONES.length})\\,${i})`,
  ).join("+");
  const source = `aevalsrc=0.4*sin(2*PI*t*(${frequency})):d=${WORD * WORDS}:s=44100`;
  const file = path.join(harness.folder, "words.wav");
  execFileSync(findFfmpeg(), ["-v", "error", "-f", "lavfi", "-i", source, file]);
  const tagged = path.join(harness.folder, "tagged.flac");
  const short = harness.sound("short.wav");
  execFileSync(findFfmpeg(), ["-v", "error", "-i", short, "-metadata", "title=Its name", tagged]);
  writeFileSync(path.join(harness.folder, "words.lrc"), enhancedLrc());
  writeFileSync(path.join(harness.folder, "plain.txt"), "One\nTwo\nThree\n".repeat(40));
});
after(() => harness.close());

const ELEMENTS = `<script type="module" src="/dist/karaoke.js"></script>`;
const body = (attributes: string, own = "", inside = "") =>
  `<stem-mixer ${MODEL} ${attributes}>${inside}<stem-lyrics ${own}></stem-lyrics></stem-mixer>${ELEMENTS}`;

const textOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelector("stem-lyrics")!.shadowRoot!.querySelectorAll(".line")].map((line) =>
      line.textContent.trim(),
    ),
  );
const shows = (page: Page, first: string) =>
  page.locator("stem-lyrics .line").first().filter({ hasText: first }).waitFor();

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
  for (const tempo of [1, 0.7, 1.3]) {
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

test("the current line is marked and stands in view, also after a seek; a click on a line seeks there", () =>
  harness.open(
    body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`),
    async (page) => {
      await shows(page, "w0");
      const current = page.locator("stem-lyrics [aria-current]");
      await playMixer(page);
      await withMixer(page, (mixer) => {
        mixer.pause();
        mixer.seek(13.1);
      });
      await current.filter({ hasText: "w30" }).waitFor();
      assert.equal(await current.count(), 1);
      const inView = () =>
        page.evaluate(() => {
          const root = document.querySelector("stem-lyrics")!.shadowRoot!;
          const [view, line] = [".window", "[aria-current]"].map((selector) =>
            root.querySelector(selector)!.getBoundingClientRect(),
          );
          return line.top >= view.top && line.bottom <= view.bottom;
        });
      assert.ok(await inView());
      await page.locator("stem-lyrics .line", { hasText: "w35" }).click();
      await untilMixer(page, (mixer) => mixer.position === 14);
      await current.filter({ hasText: "w35" }).waitFor();
      await auditPage(page, "lyrics");
    },
    { reducedMotion: "reduce" },
  ));

test("words without times scroll with the song's share", () =>
  harness.open(body(`src="/audio/words.wav"`, `src="/audio/plain.txt"`), async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => {
      mixer.pause();
      mixer.seek(mixer.duration / 2);
    });
    await page.waitForFunction(() => {
      const view = document.querySelector("stem-lyrics")!.shadowRoot!.querySelector(".window")!;
      const share = view.scrollTop / (view.scrollHeight - view.clientHeight);
      return Math.abs(share - 0.5) < 0.01;
    });
    assert.equal(await page.locator("stem-lyrics [aria-current]").count(), 0);
  }));

/** Drops files on the mixer: each a name and a text, or an address. */
const drop = (page: Page, files: Readonly<Record<string, string>>) =>
  page.evaluate(async (files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, content] of Object.entries(files)) {
      const isSong = content.startsWith("/");
      const part = isSong ? await (await fetch(content)).arrayBuffer() : content;
      dataTransfer.items.add(new File([part], name));
    }
    const target = document.querySelector("stem-mixer")!;
    target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, files);

test("words come with a dropped song or alone, go with it, and the page's own come back", () =>
  harness.open(
    body(`src="/audio/words.wav"`, "", `<track kind="lyrics" src="/audio/words.lrc">`),
    async (page) => {
      await shows(page, "w0");
      await drop(page, { "a.lrc": "[00:01.00]With the song", "a.wav": "/audio/short.wav" });
      await shows(page, "With the song");
      await untilMixer(page, (mixer) => mixer.player.state.source?.title === "a");
      await drop(page, { "b.txt": "Alone" });
      await shows(page, "Alone");
      assert.equal(await withMixer(page, (mixer) => mixer.player.state.source?.title), "a");
      await drop(page, { "b.wav": "/audio/short.wav" });
      await page.getByText("No words yet").waitFor();
      await withMixer(page, (mixer) => mixer.close());
      await shows(page, "w0");
    },
  ));

test("words are pasted, and a paste that holds none says so and leaves what there was", () =>
  harness.open(body(`src="/audio/words.wav"`), async (page) => {
    await page.getByRole("button", { name: "Paste words" }).click();
    await auditPage(page, "pasting");
    await page.getByRole("textbox").fill("First\nSecond <b>line</b>");
    await page.getByRole("button", { name: "Show them" }).click();
    await shows(page, "First");
    assert.deepEqual(await textOf(page), ["First", "Second <b>line</b>"]);
    await page.evaluate(() => document.querySelector("stem-lyrics")!.askForText());
    await page.getByRole("button", { name: "Show them" }).click();
    await page.getByRole("alert").filter({ hasText: "holds no words" }).waitFor();
    await page.getByRole("textbox").press("Escape");
    assert.deepEqual(await textOf(page), ["First", "Second <b>line</b>"]);
  }));

test("words that cannot be read are refused in the page's language", () =>
  harness.open(
    body(`src="/audio/words.wav"`),
    async (page) => {
      await page.getByRole("button", { name: "Text einfügen" }).click();
      await page.getByRole("textbox").fill("[ti:Nothing]");
      await page.getByRole("button", { name: "Anzeigen" }).click();
      await page.getByRole("alert").getByText("kein Liedtext, der sich lesen lässt").waitFor();
    },
    { lang: "de" },
  ));

test("words that take the place of others can be undone, and are the song's own no longer with the next", () =>
  harness.open(body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`), async (page) => {
    await shows(page, "w0");
    await drop(page, { "b.txt": "Alone" });
    await shows(page, "Alone");
    await page.getByRole("status").filter({ hasText: "Words replaced" }).waitFor();
    await auditPage(page, "words replaced");
    await page.getByRole("button", { name: "Undo" }).click();
    await shows(page, "w0");
    assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0);
  }));

test("words go as soon as another song loads, and come back where that fails", () =>
  harness.open(body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`), async (page, problems) => {
    await playMixer(page);
    await shows(page, "w0");
    const during = await withMixer(page, (mixer) => {
      const lyrics = document.querySelector("stem-lyrics")!;
      void mixer.load(new File(["no sound"], "broken.wav"));
      return [mixer.state, lyrics.lyrics, mixer.player.state.coming?.title];
    });
    assert.deepEqual(during, ["loading", null, "broken"]);
    await page.getByRole("alert").filter({ hasText: '"broken.wav" is no audio' }).waitFor();
    await shows(page, "w0");
    assert.equal(await withMixer(page, (mixer) => mixer.player.state.coming), undefined);
    problems.length = 0;
  }));

test("the current line stands in view again after the field for words was closed", () =>
  harness.open(
    body(`src="/audio/words.wav" lyrics="/audio/words.lrc"`),
    async (page) => {
      await playMixer(page);
      await withMixer(page, (mixer) => {
        mixer.pause();
        mixer.seek(mixer.duration);
      });
      const isLastShown = () =>
        page.waitForFunction(() => {
          const root = document.querySelector("stem-lyrics")!.shadowRoot!;
          const view = root.querySelector(".window")?.getBoundingClientRect();
          const line = [...root.querySelectorAll(".line")].at(-1)?.getBoundingClientRect();
          return view && line && line.top >= view.top && line.bottom <= view.bottom;
        });
      await isLastShown();
      await page.evaluate(() => document.querySelector("stem-lyrics")!.askForText());
      await page.getByRole("textbox").press("Escape");
      await isLastShown();
    },
    { reducedMotion: "reduce" },
  ));

test("words that were given before the first play stay when the song turns out to have another title", () =>
  harness.open(body(`src="/audio/tagged.flac"`), async (page) => {
    await page.evaluate(() => document.querySelector("stem-lyrics")!.load("Given"));
    await playMixer(page);
    await untilMixer(page, (mixer) => mixer.player.state.source?.title === "Its name");
    assert.deepEqual(await textOf(page), ["Given"]);
  }));

test("a file that lies beside the song is found where that is wished; an address without words says so", () =>
  harness.open(body(`src="/audio/words.wav"`, "beside"), async (page, problems) => {
    await shows(page, "w0");
    await page.evaluate(() => (document.querySelector("stem-lyrics")!.src = "/audio/none.lrc"));
    const alert = page.getByRole("alert");
    await alert
      .filter({ hasText: /none\.lrc cannot be loaded \(404\): check the address/ })
      .waitFor();
    assert.equal(await page.locator("stem-lyrics .line").count(), 0);
    problems.length = 0;
  }));

test("long lines wrap, and those of right-to-left scripts run so", () =>
  harness.open(body(`src="/audio/words.wav"`), async (page) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await drop(page, { "a.lrc": `[00:01.00]${"long".repeat(40)}\n[00:02.00]שלום עולם` });
    await shows(page, "long");
    const [overflow, direction] = await page.evaluate(() => {
      const root = document.querySelector("stem-lyrics")!.shadowRoot!;
      const view = root.querySelector(".window")!;
      const line = root.querySelectorAll(".line")[1];
      return [view.scrollWidth - view.clientWidth, getComputedStyle(line).direction] as const;
    });
    assert.deepEqual([overflow, direction], [0, "rtl"]);
  }));
