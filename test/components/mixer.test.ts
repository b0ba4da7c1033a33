// <stem-mixer> in a real Chromium on the identity model: sources, transport, mixing, states.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type * as Components from "../../components/index.ts";
import { untilSettled } from "../support/chromium.ts";
import {
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";

const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

test("nothing is loaded before the first play; then model and song are, and it plays", () =>
  harness.show(TONE, async (page) => {
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(path.basename(new URL(request.url()).pathname)));
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    assert.equal(await withMixer(page, (mixer) => mixer.state), "waiting");
    const hint = page.getByText("Each stem is drawn here");
    assert.ok(await hint.isVisible(), "an empty picture says what it is for");
    const late = ["worker.js", "identity.onnx", "tone.wav"];
    assert.deepEqual(
      loaded.filter((name) => late.includes(name)),
      [],
    );
    const states = page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const states: string[] = [];
          document.querySelector("stem-mixer")!.addEventListener("stem-state-change", (event) => {
            states.push(event.detail.state);
            if (event.detail.state === "ready") resolve(states);
          });
        }),
    );
    await playMixer(page);
    assert.deepEqual(await states, ["loading", "ready"]);
    for (const name of late) assert.ok(loaded.includes(name), `${name} in ${loaded.join(" ")}`);
    assert.ok(await page.getByText("tone", { exact: true }).isVisible(), "the song's name");
    assert.equal(await hint.count(), 0);
  }));

test("a song that is played while it loads begins as soon as it is there", () =>
  harness.open(
    `<stem-mixer src="/audio/tone.wav" preload="auto" ${MODEL}></stem-mixer>`,
    async (page) => {
      await withMixer(page, (mixer) => {
        if (mixer.state !== "loading") throw new Error(mixer.state);
        return mixer.play();
      });
      await untilMixer(page, (mixer) => mixer.position > 0.05);
    },
  ));

test("preload=auto loads without playing", () =>
  harness.open(
    `<stem-mixer src="/audio/tone.wav" preload="auto" ${MODEL}></stem-mixer>`,
    async (page) => {
      await untilMixer(page, (mixer) => mixer.state === "ready");
      assert.equal(await withMixer(page, (mixer) => mixer.paused), true);
      assert.equal(await withMixer(page, (mixer) => Math.round(mixer.duration)), 20);
    },
  ));

test("play, pause, seek: the position heard follows, and a paused mixer lets its context sleep", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    await page.getByRole("button", { name: "Pause" }).click();
    const paused = await withMixer(page, (mixer) => mixer.position);
    await untilMixer(page, (mixer) => mixer.player.state.nodes!.context.state === "suspended");
    assert.equal(await withMixer(page, (mixer) => mixer.position), paused);
    const slider = page.getByRole("slider", { name: "Position" });
    const box = (await slider.boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    assert.ok(Math.abs((await withMixer(page, (mixer) => mixer.position)) - 10) < 0.1);
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    assert.ok(Math.abs((await withMixer(page, (mixer) => mixer.position)) - 15) < 0.1);
    await page.waitForFunction(
      (element) => element!.getAttribute("aria-valuetext") === "15 seconds of 20 seconds",
      await slider.elementHandle(),
    );
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await untilMixer(page, (mixer) => mixer.position > 15.1);
    await page.keyboard.press("Home");
  }));

test("a song that ends stops at its end, and plays again from its start", () =>
  harness.show(`<stem-mixer src="/audio/short.wav" ${MODEL}></stem-mixer>`, async (page) => {
    await playMixer(page);
    await untilMixer(page, (mixer) => mixer.paused);
    assert.equal(await withMixer(page, (mixer) => mixer.position), 1);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await untilMixer(page, (mixer) => !mixer.paused && mixer.position > 0 && mixer.position < 1);
  }));

test("the A–B loop is set with one button, shown, moved by keys, and kept to", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.seek(5));
    await page.getByRole("button", { name: "Set loop start" }).click();
    await withMixer(page, (mixer) => mixer.seek(6));
    await page.getByRole("button", { name: "Set loop end" }).click();
    const loop = await withMixer(page, (mixer) => mixer.loop);
    assert.ok(
      loop.a! >= 4.8 && loop.a! < 5.5 && loop.b! >= 5.8 && loop.b! < 7,
      JSON.stringify(loop),
    );
    const positions = await withMixer(page, async (mixer) => {
      const seen: number[] = [];
      let turns = 0;
      for (let last = mixer.position; turns < 2;) {
        await new Promise(requestAnimationFrame);
        const { position } = mixer;
        if (position < last) turns++;
        if (turns > 0) seen.push(position);
        last = position;
      }
      return { lowest: Math.min(...seen), highest: Math.max(...seen), latency: mixer.latency };
    });
    assert.ok(positions.lowest >= loop.a! - positions.latency - 0.01, JSON.stringify(positions));
    assert.ok(positions.highest <= loop.b!, JSON.stringify(positions));
    await page.getByRole("slider", { name: "Loop end" }).focus();
    await page.keyboard.press("ArrowRight");
    const moved = await withMixer(page, (mixer) => mixer.loop.b!);
    assert.ok(Math.abs(moved - loop.b! - 1) < 1e-9);
    await page.getByRole("button", { name: "Clear loop" }).click();
    assert.deepEqual(await withMixer(page, (mixer) => ({ ...mixer.loop })), {});
  }));

test("strips, mix and AudioParams agree, whoever moves them", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    const heard = () =>
      withMixer(page, async (mixer) => {
        const { gains, context } = mixer.separator!;
        const settled = (context as AudioContext).currentTime + 0.05;
        while ((context as AudioContext).currentTime < settled) {
          await new Promise(requestAnimationFrame);
        }
        return Object.values(gains).map(({ value }) => Math.round(value * 1000) / 1000);
      });
    assert.deepEqual(await heard(), [1, 1, 1, 1]);
    await page.getByRole("slider", { name: "Vocals" }).focus();
    await page.keyboard.type("-20");
    await page.keyboard.press("Enter");
    assert.deepEqual(await heard(), [0.1, 1, 1, 1]);
    await page.getByRole("button", { name: "Solo Drums" }).click();
    await page.getByRole("button", { name: "Solo Bass" }).click();
    assert.deepEqual(await heard(), [0, 1, 1, 0]);
    await page.getByRole("button", { name: "Mute Bass" }).click();
    assert.deepEqual(await heard(), [0, 1, 0, 0]);
    await withMixer(page, (mixer) => mixer.applyPreset("karaoke"));
    assert.deepEqual(await heard(), [0, 1, 1, 1]);
    const pressed = page.getByRole("button", { name: "Karaoke", pressed: true });
    assert.ok(await pressed.isVisible());
    assert.equal(
      await page.getByRole("button", { name: "Mute Vocals" }).getAttribute("aria-pressed"),
      "true",
    );
    await page.getByRole("combobox", { name: "Only" }).selectOption("bass");
    assert.deepEqual(await heard(), [0, 0, 1, 0]);
    await page.getByRole("combobox", { name: "Minus one" }).selectOption("drums");
    assert.deepEqual(await heard(), [1, 0, 1, 1]);
    assert.equal(await page.getByRole("combobox", { name: "Only" }).inputValue(), "");
    await withMixer(page, (mixer) => mixer.applyPreset("practice:other"));
    assert.deepEqual(await heard(), [1, 1, 1, 0]);
  }));

test("an own mix is kept with key, tempo and loop for the next visit, and can be deleted", () =>
  harness.open(TONE, async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => {
      mixer.setGain("bass", 5);
      mixer.keyShift = -2;
      mixer.tempo = 0.8;
      mixer.loop = { a: 3, b: 7 };
    });
    await page.getByRole("button", { name: "My mixes" }).click();
    await page.getByRole("textbox", { name: "Name of this mix" }).fill("Loud bass");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Loud bass", pressed: true }).waitFor();
    await page.reload();
    await playMixer(page);
    await page.getByRole("button", { name: "My mixes" }).click();
    await page.getByRole("button", { name: "Loud bass", exact: true }).click();
    assert.equal(await withMixer(page, (mixer) => mixer.mix.bass.gain), 5);
    await untilMixer(page, (mixer) => mixer.keyShift === -2 && mixer.tempo === 0.8);
    assert.deepEqual(await withMixer(page, (mixer) => ({ ...mixer.loop })), { a: 3, b: 7 });
    await page.getByRole("button", { name: "Delete “Loud bass”" }).click();
    assert.equal(await page.getByRole("button", { name: "Loud bass" }).count(), 0);
  }));

test("shortcuts work inside the mixer, and leave fields and the rest of the page alone", () =>
  harness.show(`<input aria-label="outside">${TONE}`, async (page) => {
    await playMixer(page);
    const mix = () => withMixer(page, (mixer) => mixer.mix);
    await page.keyboard.press("1");
    await page.keyboard.press("Shift+Digit2");
    assert.equal((await mix()).vocals.muted, true);
    assert.equal((await mix()).drums.soloed, true);
    await page.keyboard.press("b");
    assert.equal(await withMixer(page, (mixer) => mixer.bypass), true);
    await page.keyboard.press("=");
    assert.equal(await withMixer(page, (mixer) => mixer.keyShift), 1);
    await page.keyboard.press("-");
    await page.keyboard.press("[");
    assert.equal(await withMixer(page, (mixer) => mixer.tempo), 0.95);
    await page.keyboard.press("Shift+?");
    await page.getByRole("region", { name: "Shortcuts" }).waitFor();
    await page.getByRole("textbox", { name: "outside" }).fill("b");
    await page.keyboard.press("b");
    assert.equal(await withMixer(page, (mixer) => mixer.bypass), true, "typed outside");
    await page.getByRole("slider", { name: "Vocals" }).focus();
    await page.keyboard.type("3");
    await page.keyboard.press("Enter");
    assert.equal((await mix()).bass.muted, false, "a digit belongs to the knob");
    assert.equal((await mix()).vocals.gain, 3);
  }));

test("a file is dropped or chosen, and can be closed again", () =>
  harness.show(`<stem-mixer ${MODEL}></stem-mixer>`, async (page) => {
    await page.getByText("Drop a song here").waitFor();
    await withMixer(page, async (mixer) => {
      const bytes = await (await fetch("/audio/tone.wav")).arrayBuffer();
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "My song.wav", { type: "audio/wav" }));
      const at = (type: string) =>
        mixer.dispatchEvent(
          new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
        );
      if (at("dragover")) throw new Error("a drop must be allowed");
      at("drop");
    });
    await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.position > 0.1);
    assert.ok(await page.getByText("My song").isVisible());
    await page.getByRole("button", { name: "Close" }).click();
    await untilMixer(page, (mixer) => mixer.player.state.nodes!.context.state === "suspended");
    const chooser = page.waitForEvent("filechooser");
    await page.getByText("Choose a file").click();
    await (await chooser).setFiles(harness.sound("short.wav"));
    await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.duration === 1);
  }));

test("a file that was open is named after a reload, to be dropped again, until it is closed", () =>
  harness.open(`<stem-mixer ${MODEL}></stem-mixer>`, async (page) => {
    const named = page.getByText("“short” was open here. Drop it again");
    const choose = async () => {
      const chooser = page.waitForEvent("filechooser");
      await page.getByText("Choose a file").click();
      await (await chooser).setFiles(harness.sound("short.wav"));
      await untilMixer(page, (mixer) => mixer.state === "ready");
    };
    await page.getByText("Drop a song here").waitFor();
    assert.equal(await named.count(), 0);
    await choose();
    await page.waitForFunction(() => sessionStorage.length > 0);
    await page.reload();
    await named.waitFor();
    await choose();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Drop a song here").waitFor();
    assert.equal(await named.count(), 0);
    await page.waitForFunction(() => sessionStorage.length === 0);
    await page.reload();
    await page.getByText("Drop a song here").waitFor();
    assert.equal(await named.count(), 0);
  }));

/** Changes what a song is heard with, and waits until the tab has kept that. */
async function retune(page: Page): Promise<void> {
  await withMixer(page, (mixer) => {
    mixer.setGain("bass", 5);
    mixer.setMuted("vocals", true);
    mixer.keyShift = -2;
    mixer.tempo = 0.8;
    mixer.loop = { a: 0.25, b: 0.75 };
  });
  await page.waitForFunction(() =>
    Object.values(sessionStorage).some((kept: string) => kept.includes("0.75")),
  );
}

const isRetuned = ({ mix, keyShift, tempo, loop }: HTMLElementTagNameMap["stem-mixer"]) =>
  mix.bass.gain === 5 && mix.vocals.muted && keyShift === -2 && tempo === 0.8 && loop.b === 0.75;

test("a song's mix, key, tempo and loop are there again after a reload, before it plays", () =>
  harness.open(TONE, async (page) => {
    await playMixer(page);
    await retune(page);
    await page.reload();
    await untilMixer(page, isRetuned);
    assert.equal(await withMixer(page, (mixer) => mixer.state), "waiting");
    // Who comes to the page again begins anew.
    const url = page.url();
    await page.goto("about:blank");
    await page.goto(url);
    await playMixer(page);
    assert.equal(await withMixer(page, isRetuned), false);
  }));

test("a file's mix is there again once that is open after a reload, and gone once it was closed", () =>
  harness.open(`<stem-mixer ${MODEL}></stem-mixer>`, async (page) => {
    const load = async () => {
      await withMixer(page, async (mixer) => {
        await mixer.load(new File([await (await fetch("/audio/short.wav")).blob()], "short.wav"));
      });
      await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.duration === 1);
    };
    await load();
    await retune(page);
    await page.reload();
    await load();
    await untilMixer(page, isRetuned);
    await page.getByRole("button", { name: "Close" }).click();
    await page.waitForFunction(() => sessionStorage.length === 0);
    await page.reload();
    await load();
    assert.equal(await withMixer(page, isRetuned), false);
  }));

/** Whether a file's handle and its name are kept; `forget` then lets go of the handle. In the page. */
async function isKept(forget: boolean): Promise<boolean> {
  if (!Object.keys(sessionStorage).some((key) => key.startsWith("danna-sep.song"))) return false;
  if ((await indexedDB.databases()).length === 0) return false;
  const resultOf = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error as DOMException);
    });
  const database = await resultOf(indexedDB.open("danna-sep"));
  try {
    const store = database.transaction("files", "readwrite").objectStore("files");
    const kept = await resultOf(store.count());
    if (forget) await resultOf(store.clear());
    return kept > 0;
  } finally {
    database.close();
  }
}

test("a file that was dropped is opened again after a reload by one press", () =>
  harness.open(`<stem-mixer ${MODEL}></stem-mixer>`, async (page) => {
    const again = page.getByRole("button", { name: "Open “short” again" });
    await page.getByText("Drop a song here").waitFor();
    await withMixer(page, async (mixer) => {
      // A handle to a file of the browser's own stands in for one of the visitor's.
      const top = await navigator.storage.getDirectory();
      const handle = await top.getFileHandle("short.wav", { create: true });
      const writable = await handle.createWritable();
      await writable.write(await (await fetch("/audio/short.wav")).blob());
      await writable.close();
      Object.assign(DataTransferItem.prototype, { getAsFileSystemHandle: async () => handle });
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(await handle.getFile());
      mixer.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    });
    await untilMixer(page, (mixer) => mixer.state === "ready");
    // Once more after the first: what was opened again is kept as well.
    for (let i = 0; i < 2; i++) {
      await untilSettled(page, isKept, false);
      await page.reload();
      await again.waitFor();
      assert.ok(await page.evaluate(isKept, true));
      await again.click();
      await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.duration === 1);
    }
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Drop a song here").waitFor();
    assert.equal(await again.count(), 0);
    // A file that is gone.
    await withMixer(page, async (mixer) => {
      await mixer.load(new File([await (await fetch("/audio/short.wav")).blob()], "short.wav"));
      await (await navigator.storage.getDirectory()).removeEntry("short.wav");
    });
    await page.waitForFunction(() => sessionStorage.length > 0);
    await page.reload();
    await again.click();
    await page.getByText("short.wav cannot be read; was it moved or changed?").waitFor();
  }));

test("a guest has a name of its own, and closing it leads back to what the attributes name", () =>
  harness.open(TONE.replace("<stem-mixer", '<stem-mixer song-title="My tone"'), async (page) => {
    await playMixer(page);
    assert.equal(await page.getByRole("button", { name: "Close" }).count(), 0);
    await withMixer(page, async (mixer) => {
      const bytes = await (await fetch("/audio/short.wav")).arrayBuffer();
      await mixer.load(new File([bytes], "Guest.wav"));
    });
    await page.getByText("Guest", { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => navigator.mediaSession.metadata?.title), "Guest");
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("My tone", { exact: true }).waitFor();
    await playMixer(page);
    assert.equal(await withMixer(page, (mixer) => mixer.duration), 20);
  }));

test("a file that is no song is refused, and what plays goes on", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.load(new File(["%PDF-1.7"], "Score.pdf")));
    await page.getByRole("alert").getByText("no audio that this browser can decode").waitFor();
    assert.ok(await page.getByText("tone", { exact: true }).isVisible());
    const before = await withMixer(page, (mixer) => mixer.position);
    await untilMixer(
      page,
      (mixer, before) => mixer.player.state.running && mixer.position > before,
      before,
    );
    await page.getByRole("button", { name: "Got it" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  }));

test("a song that is missing or no song is a clear, recoverable error", () =>
  harness.show(
    `<stem-mixer src="/audio/missing.wav" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByText("the server says 404").waitFor();
      assert.equal(await withMixer(page, (mixer) => mixer.state), "error");
      await page.evaluate(() =>
        document.querySelector("stem-mixer")!.setAttribute("src", "/blank"),
      );
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByText("no audio that this browser can decode").waitFor();
      // What cannot be decoded will not be at a second try.
      const chooser = page.waitForEvent("filechooser");
      await page.getByText("Choose another file").click();
      await (await chooser).setFiles(harness.sound("short.wav"));
      await untilMixer(page, (mixer) => mixer.state === "ready" && mixer.duration === 1);
      await withMixer(page, (mixer) => mixer.setAttribute("src", "/audio/tone.wav"));
      await playMixer(page);
      assert.equal(problems.length, 1, "the browser's own word on the 404");
      problems.length = 0;
    },
  ));

test("a model that is missing is named, and a second try can succeed", () =>
  harness.show(
    `<stem-mixer src="/audio/tone.wav" model="/models/none.json"></stem-mixer>`,
    async (page, problems) => {
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await page.getByRole("alert").getByText("/models/none.json").waitFor();
      await withMixer(page, (mixer) => (mixer.model = "/models/identity.json"));
      await page.getByRole("alert").waitFor({ state: "detached" });
      await playMixer(page);
      problems.length = 0;
    },
  ));

test("for=… takes over a media element and follows its own controls", () =>
  harness.show(
    `<audio id="song" src="/audio/tone.wav" controls></audio>
     <stem-mixer for="song" ${MODEL}></stem-mixer>`,
    async (page) => {
      await playMixer(page);
      assert.equal(await page.evaluate(() => document.querySelector("audio")!.paused), false);
      await page.evaluate(() => document.querySelector("audio")!.pause());
      await page.getByRole("button", { name: "Play", exact: true }).waitFor();
      await page.evaluate(() => (document.querySelector("audio")!.currentTime = 7));
      await untilMixer(page, (mixer) => Math.abs(mixer.position - 7) < 0.01);
      await withMixer(page, (mixer) => (mixer.tempo = 0.5));
      assert.deepEqual(
        await page.evaluate(() => {
          const { playbackRate, preservesPitch } = document.querySelector("audio")!;
          return { playbackRate, preservesPitch };
        }),
        { playbackRate: 0.5, preservesPitch: true },
      );
      await page.evaluate(() => (document.querySelector("audio")!.playbackRate = 1.25));
      await page.getByText("125%").first().waitFor();
      await withMixer(page, (mixer) => (mixer.keyShift = 1));
      await untilMixer(page, (mixer) => mixer.latency > mixer.separator!.latency);
      assert.equal(await page.evaluate(() => document.querySelector("audio")!.playbackRate), 1.25);
    },
  ));

for (const b of [2.4, 8]) {
  test(`for=…: a loop up to ${b} s of an 8 s video is kept to, by whatever plays it`, () =>
    harness.show(
      `<video id="clip" src="/audio/clip.webm" width="160" height="90"></video>
       <stem-mixer for="clip" lip-sync="off" ${MODEL}></stem-mixer>`,
      async (page) => {
        await playMixer(page);
        const seen = await withMixer(
          page,
          async (mixer, b) => {
            const video = document.querySelector("video")!;
            mixer.loop = { a: b - 0.4, b };
            mixer.seek(b - 0.4);
            const seen = { lowest: Infinity, highest: 0 };
            let turns = 0;
            for (let last = 0; turns < 3;) {
              await new Promise(requestAnimationFrame);
              const { currentTime } = video;
              if (currentTime < last) turns++;
              if (turns > 0) {
                seen.lowest = Math.min(seen.lowest, currentTime);
                seen.highest = Math.max(seen.highest, currentTime);
              }
              last = currentTime;
            }
            return seen;
          },
          b,
        );
        assert.ok(seen.lowest >= b - 0.41 && seen.highest < b + 0.2, JSON.stringify(seen));
        assert.equal(await withMixer(page, (mixer) => mixer.paused), false);
      },
    ));
}

test("for=… a stream without an end: it plays, and a seek does nothing", () =>
  harness.open(
    `<audio id="radio"></audio><stem-mixer for="radio" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      await page.evaluate(() => {
        const context = new AudioContext();
        const stream = new MediaStreamAudioDestinationNode(context);
        const tone = new OscillatorNode(context);
        tone.connect(stream);
        tone.start();
        document.querySelector("audio")!.srcObject = stream.stream;
      });
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready" && !mixer.paused);
      await withMixer(page, (mixer) => mixer.seek(3));
      assert.equal(await withMixer(page, (mixer) => mixer.duration), 0);
      assert.deepEqual(problems, []);
    },
  ));

test("for=… that names nothing says so", () =>
  harness.show(`<stem-mixer for="nothing" ${MODEL}></stem-mixer>`, async (page) => {
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.getByText('for="nothing" names no <audio> or <video>').waitFor();
  }));

test("a page that is not isolated works by messages and says so", () =>
  harness.open(
    TONE,
    async (page) => {
      await playMixer(page);
      await untilMixer(page, (mixer) => mixer.player.state.stats);
      await openTool(page, "Details");
      await page.getByText("not cross-origin isolated").waitFor();
      assert.equal(await withMixer(page, (mixer) => mixer.separator!.transport), "ports");
    },
    { isolated: false },
  ));

test("slots replace regions; slotted controls and invoker buttons are kept in step", () =>
  harness.show(
    `<stem-mixer id="mixer" src="/audio/tone.wav" ${MODEL}>
       <h2 slot="header">My own header</h2>
       <div slot="strips"><gain-knob stem="vocals" label="Singer"></gain-knob>
         <stem-strip stem="bass"></stem-strip></div>
     </stem-mixer>
     <button commandfor="mixer" command="--bypass">Untouched</button>`,
    async (page) => {
      assert.ok(await page.getByText("My own header").isVisible());
      assert.equal(await page.getByRole("slider", { name: "Drums" }).count(), 0);
      await withMixer(page, (mixer) => mixer.applyPreset("guide"));
      const singer = page.getByRole("slider", { name: "Singer" });
      await page.waitForFunction(
        (dial) => dial!.getAttribute("aria-valuetext") === "−12.0 decibels",
        await singer.elementHandle(),
      );
      await singer.press("ArrowUp");
      assert.equal(await withMixer(page, (mixer) => mixer.mix.vocals.gain), -11);
      await page.getByRole("button", { name: "Mute Bass" }).click();
      assert.equal(await withMixer(page, (mixer) => mixer.mix.bass.muted), true);
      await page.getByRole("button", { name: "Untouched" }).click();
      await untilMixer(page, (mixer) => mixer.bypass);
    },
  ));

test("the page's language is spoken, and single texts can be replaced", () =>
  harness.open(
    TONE,
    async (page) => {
      await page.getByRole("button", { name: "Gesang stummschalten" }).waitFor();
      await page.evaluate(async () => {
        const { defineTexts } = (await import(
          "/dist/stem-mixer.js" as string
        )) as typeof Components;
        defineTexts("de", { karaoke: "Selber singen" });
        document.querySelector("stem-mixer")!.requestUpdate();
      });
      await page.getByRole("button", { name: "Selber singen" }).waitFor();
    },
    { lang: "de" },
  ));

test("media keys and the system's player reach the mixer", () =>
  harness.open(TONE, async (page) => {
    await page.evaluate(() => {
      const handlers: Record<string, MediaSessionActionHandler | null> = {};
      Object.assign(globalThis, { handlers });
      navigator.mediaSession.setActionHandler = (action, handler) =>
        void (handlers[action] = handler);
    });
    await playMixer(page);
    const press = (action: string, details = {}) =>
      page.evaluate(
        ([action, details]) =>
          (
            globalThis as unknown as { handlers: Record<string, (details: object) => void> }
          ).handlers[action]({ action, ...details }),
        [action, details] as const,
      );
    // They come with the first sound.
    await page.waitForFunction(() => navigator.mediaSession.metadata?.title === "tone");
    await press("pause");
    await untilMixer(page, (mixer) => mixer.paused);
    assert.equal(await page.evaluate(() => navigator.mediaSession.playbackState), "paused");
    await press("seekto", { seekTime: 12 });
    assert.equal(await withMixer(page, (mixer) => mixer.position), 12);
    await press("seekbackward", { seekOffset: 4 });
    assert.equal(await withMixer(page, (mixer) => mixer.position), 8);
    await press("play");
    await untilMixer(page, (mixer) => !mixer.paused && mixer.position > 8.05);
  }));

test("a mixer that leaves the page leaves nothing running, a dozen times over", () =>
  harness.open(`<div id="place"></div>`, async (page) => {
    const left = await page.evaluate(async () => {
      const contexts: AudioContext[] = [];
      let workers = 0;
      const NativeContext = globalThis.AudioContext;
      const NativeWorker = globalThis.Worker;
      globalThis.AudioContext = class extends NativeContext {
        constructor(options?: AudioContextOptions) {
          super(options);
          contexts.push(this);
        }
      };
      globalThis.Worker = class extends NativeWorker {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          workers++;
        }
        override terminate() {
          workers--;
          super.terminate();
        }
      };
      const place = document.querySelector("#place")!;
      for (let i = 0; i < 12; i++) {
        place.innerHTML = `<stem-mixer src="/audio/short.wav" model="/models/identity.json"></stem-mixer>`;
        const mixer = place.querySelector("stem-mixer")!;
        // Every other one is removed in the middle of its loading.
        const playing = mixer.play();
        const until = i % 2 === 0 ? "ready" : "loading";
        while (mixer.state !== until) await new Promise(requestAnimationFrame);
        mixer.remove();
        await playing;
      }
      while (contexts.some(({ state }) => state !== "closed") || workers > 0) {
        await new Promise(requestAnimationFrame);
      }
      return { contexts: contexts.length, workers };
    });
    assert.deepEqual(left, { contexts: 12, workers: 0 });
  }));
