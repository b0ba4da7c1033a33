// <stem-mixer> on live inputs, videos and MIDI, and embedded by another origin. Real Chromium.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { startServer } from "../support/server.ts";
import {
  FAKE_MIDI,
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";
import { auditPage, withContext } from "./pages.ts";

const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;
const MICROPHONE = `<stem-mixer source="microphone" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness(["--auto-accept-this-tab-capture"]);
});
after(() => harness.close());

/** Peak of what is heard, over the last 20 ms. */
const peak = (page: Page) =>
  withMixer(page, async (mixer) => {
    const context = mixer.player.state.nodes!.context;
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    mixer.player.state.nodes!.output.connect(analyser);
    const until = context.currentTime + 0.1;
    while (context.currentTime < until) await new Promise(requestAnimationFrame);
    const samples = new Float32Array(1024);
    analyser.getFloatTimeDomainData(samples);
    mixer.player.state.nodes!.output.disconnect(analyser);
    return Math.max(...samples);
  });

test("a microphone is silent until headphones are confirmed, then heard; it can be stopped", () =>
  harness.open(
    MICROPHONE,
    async (page) => {
      assert.equal(await page.getByRole("slider", { name: "Position" }).count(), 0);
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      assert.ok(await page.getByRole("alert").getByText("Put on headphones").isVisible());
      assert.equal(await peak(page), 0);
      await page.getByRole("button", { name: "I wear headphones" }).click();
      await page.getByRole("alert").waitFor({ state: "detached" });
      while ((await peak(page)) < 0.2)
        await page.evaluate(() => new Promise(requestAnimationFrame));
      await page.getByRole("button", { name: "Stop listening" }).click();
      await untilMixer(page, (mixer) => mixer.state === "waiting");
    },
    { permissions: ["microphone"] },
  ));

/** How far into the first lane what was heard begins, as a share, and the time of its sound. In the page. */
const lookAtLane = (mixer: HTMLElementTagNameMap["stem-mixer"]) => {
  const canvas = mixer.renderRoot
    .querySelector("stem-timeline")
    ?.renderRoot.querySelector("canvas");
  const time = mixer.player.state.nodes!.context.currentTime;
  if (!canvas) return { begins: 1, time };
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d")!.getImageData(0, height / 2, width, 1);
  let x = 0;
  const isGrey = (rgb: Uint8ClampedArray) => Math.max(...rgb) - Math.min(...rgb) < 80;
  while (x < width && isGrey(data.slice(4 * x, 4 * x + 3))) x++;
  return { begins: x / width, time };
};

test("a live input's lanes scroll by in their colours, the last 15 s, and there is no transport", () =>
  harness.open(
    MICROPHONE,
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await page.getByRole("button", { name: "I wear headphones" }).click();
      const untilBefore = async (share: number) => {
        for (;;) {
          const look = await withMixer(page, lookAtLane);
          if (look.begins < share) return look;
          await page.evaluate(() => new Promise(requestAnimationFrame));
        }
      };
      const first = await untilBefore(0.98);
      const second = await untilBefore(first.begins - 0.2);
      const seconds = (second.time - first.time) / (first.begins - second.begins);
      assert.ok(Math.abs(seconds - 15) < 3, `${seconds} s in all`);
      for (const name of ["Slower", "Pause"]) {
        assert.equal(await page.getByRole("button", { name }).count(), 0, name);
      }
      assert.equal(await page.getByRole("button", { name: /Set loop start/ }).count(), 0);
      assert.equal(await page.getByRole("slider", { name: "Position" }).count(), 0);
    },
    { permissions: ["microphone"] },
  ));

test("inputs and outputs can be chosen by name", () =>
  harness.open(
    MICROPHONE,
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      const input = page.getByRole("combobox", { name: "Input" });
      await page.waitForFunction(
        (select) => (select as HTMLSelectElement).options.length > 1,
        await input.elementHandle(),
      );
      const names = await input.locator("option").allTextContents();
      const [, second] = names.map((name) => name.trim());
      await input.selectOption({ label: second });
      await untilMixer(page, (mixer, label) => mixer.player.state.source?.title === label, second);
      const output = page.getByRole("combobox", { name: "Output" });
      const chosen = await output.locator("option").nth(1).getAttribute("value");
      await output.selectOption({ index: 1 });
      const heardThere = () =>
        untilMixer(
          page,
          (mixer, id) => (mixer.player.state.nodes?.context as { sinkId?: string })?.sinkId === id,
          chosen,
        );
      await heardThere();
      // The context of a player that loads again is another one.
      await withMixer(page, async (mixer) => {
        await mixer.player.dispatch({ do: "unload" });
        if (mixer.player.state.nodes) throw new Error("it is still loaded");
      });
      await page.getByRole("button", { name: "Start listening" }).click();
      await heardThere();
      assert.equal(await output.inputValue(), chosen);
      // A page that is loaded anew has them again.
      await page.reload();
      await untilMixer(page, ({ player: { state } }, id) => state.outputDevice === id, chosen);
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer, label) => mixer.player.state.source?.title === label, second);
      await heardThere();
    },
    { permissions: ["microphone"] },
  ));

/** Starts a microphone, whose track the page then has as `track`. */
async function listenWithTrack(page: Page): Promise<void> {
  await page.evaluate(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      Object.assign(globalThis, { track: stream.getAudioTracks()[0] });
      return stream;
    };
  });
  await page.getByRole("button", { name: "Start listening" }).click();
  await page.getByRole("button", { name: "I wear headphones" }).click();
  await untilMixer(page, (mixer) => mixer.state === "ready");
}

test("a microphone that is pulled out is a state to come back from", () =>
  harness.open(
    MICROPHONE,
    async (page) => {
      await listenWithTrack(page);
      await page.evaluate(() => {
        const { track } = globalThis as unknown as { track: MediaStreamTrack };
        track.stop();
        track.dispatchEvent(new Event("ended"));
      });
      await untilMixer(page, (mixer) => mixer.state === "lost");
      await page.getByRole("alert").getByText("Device lost").waitFor();
      await page.getByRole("button", { name: "Try again" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      while ((await peak(page)) < 0.2)
        await page.evaluate(() => new Promise(requestAnimationFrame));
    },
    { permissions: ["microphone"] },
  ));

test("a microphone that is refused says how to allow it, and can be asked for again", () =>
  harness.open(MICROPHONE, async (page) => {
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = () => {
        mediaDevices.getUserMedia = open;
        return Promise.reject(new DOMException("no", "NotAllowedError"));
      };
    });
    await page.getByRole("button", { name: "Start listening" }).click();
    await page.getByText("Permission for the microphone was refused").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await untilMixer(page, (mixer) => mixer.state === "ready");
  }));

const REFUSALS = [
  ["microphone", "NotAllowedError", "Permission for the microphone was refused"],
  ["microphone", "NotFoundError", "No such device for the microphone; plug it in"],
  ["microphone", "NotReadableError", "close other programs that use it"],
  ["tab", "NotAllowedError", "Permission for the sound of a tab or the system was refused"],
  ["tab", "", "The share has no sound; choose a tab"],
] as const;
for (const [source, name, text] of REFUSALS) {
  test(`what keeps a ${source} from being heard is said, and no device is called lost: ${name || "no sound"}`, () =>
    harness.show(`<stem-mixer source="${source}" ${MODEL}></stem-mixer>`, async (page) => {
      await page.evaluate((name) => {
        const picture = document.createElement("canvas");
        picture.getContext("2d");
        const answer = () =>
          name
            ? Promise.reject(new DOMException("no", name))
            : Promise.resolve(picture.captureStream());
        // Own properties, which go with the test.
        Object.assign(navigator.mediaDevices, { getUserMedia: answer, getDisplayMedia: answer });
      }, name);
      await page.getByRole("button", { name: "Start listening" }).click();
      const alert = page.getByRole("alert");
      await alert.getByText(text).waitFor();
      assert.equal(await alert.getByText("Device lost").count(), 0);
      await page.getByRole("button", { name: "Try again" }).waitFor();
      await page.evaluate(() => {
        const { mediaDevices } = navigator as unknown as { mediaDevices: Record<string, unknown> };
        delete mediaDevices.getUserMedia;
        delete mediaDevices.getDisplayMedia;
      });
    }));
}

test("a muted input is called so, and no button is offered that would not help", () =>
  harness.open(
    MICROPHONE,
    async (page) => {
      await listenWithTrack(page);
      const tell = (type: string) =>
        page.evaluate(
          (type) =>
            (globalThis as unknown as { track: MediaStreamTrack }).track.dispatchEvent(
              new Event(type),
            ),
          type,
        );
      await tell("mute");
      await untilMixer(page, (mixer) => mixer.state === "lost");
      const alert = page.getByRole("alert");
      await alert.getByText("The input is muted").waitFor();
      assert.equal(await alert.getByText("Device lost").count(), 0);
      assert.equal(await alert.getByRole("button").count(), 0);
      await auditPage(page, "a muted input");
      await tell("unmute");
      await alert.waitFor({ state: "detached" });
      await untilMixer(page, (mixer) => mixer.state === "ready");
    },
    { permissions: ["microphone"] },
  ));

test("an input that a busy machine makes later than its mode asks for says so until there is room again", () =>
  harness.open(
    `<stem-mixer source="microphone" latency-mode="monitor" feedback-guard="off" ${MODEL}></stem-mixer>`,
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer) => mixer.player.state.stats);
      const adapt = (step: number) =>
        withMixer(
          page,
          ({ separator }, step) => {
            const detail = { step, load: 0.97, hopsPerRun: 1 + step!, latency: 0.352 };
            (separator as unknown as { emit(type: string, detail: unknown): void }).emit(
              "adapt",
              detail,
            );
          },
          step,
        );
      await adapt(1);
      await page.getByRole("button", { name: "Busy: sound is" }).click();
      const panel = page.getByRole("region", { name: "Details" });
      await panel.getByText("Lowest latency").waitFor();
      const told = panel.getByText("This machine is busy: sound comes later than");
      await told.waitFor();
      await auditPage(page, "an adapted input");
      await adapt(0);
      await told.waitFor({ state: "detached" });
    },
    { permissions: ["microphone"] },
  ));

test("a tab's sound: what is shared is heard, and its end is told", () =>
  harness.open(`<stem-mixer source="tab" ${MODEL}></stem-mixer>`, async (page) => {
    // Headless Chromium has no picker: the share is a tone instead of a tab's sound.
    await page.evaluate(() => {
      navigator.mediaDevices.getDisplayMedia = () => {
        const context = new AudioContext();
        const tone = new OscillatorNode(context);
        const { stream } = tone.connect(
          context.createMediaStreamDestination(),
        ) as MediaStreamAudioDestinationNode;
        tone.start();
        Object.assign(globalThis, { track: stream.getAudioTracks()[0] });
        return Promise.resolve(stream);
      };
    });
    await page.getByRole("button", { name: "Start listening" }).click();
    await untilMixer(page, (mixer) => mixer.state === "ready");
    assert.equal(await page.getByText("Put on headphones").count(), 0, "no microphone, no howl");
    while ((await peak(page)) < 0.5) await page.evaluate(() => new Promise(requestAnimationFrame));
    await page.evaluate(() => {
      const { track } = globalThis as unknown as { track: MediaStreamTrack };
      track.stop();
      track.dispatchEvent(new Event("ended"));
    });
    await page.getByText("The input has ended.").waitFor();
  }));

test("key shift works on a live input, and says what delay it adds", () =>
  harness.open(
    `<stem-mixer source="microphone" feedback-guard="off" ${MODEL}></stem-mixer>`,
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      const before = await withMixer(page, (mixer) => mixer.latency);
      await page.getByRole("button", { name: "Key down a semitone" }).click();
      await untilMixer(page, (mixer, before) => mixer.latency > before + 0.05, before);
      while ((await peak(page)) < 0.2)
        await page.evaluate(() => new Promise(requestAnimationFrame));
      await page.getByTitle("Reset Key").click();
      await untilMixer(page, (mixer, before) => mixer.latency === before, before);
    },
    { permissions: ["microphone"] },
  ));

test("a video's picture waits for the sound: each frame is shown a latency later", () =>
  harness.open(
    `<video id="clip" src="/audio/clip.webm" width="160" height="90" muted loop></video>
     <stem-mixer for="clip" ${MODEL}></stem-mixer>`,
    async (page) => {
      await page.evaluate(() => {
        const video = document.querySelector("video")!;
        const came = new Map<number, number>();
        const shown: { late: number; at: number }[] = [];
        const note = (now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
          came.set(Math.round(mediaTime * 1e6), now);
          video.requestVideoFrameCallback(note);
        };
        video.requestVideoFrameCallback(note);
        const draw = CanvasRenderingContext2D.prototype.drawImage;
        CanvasRenderingContext2D.prototype.drawImage = function (
          this: CanvasRenderingContext2D,
          image: CanvasImageSource,
          ...rest: unknown[]
        ) {
          if (image instanceof VideoFrame) {
            const at = came.get(image.timestamp);
            if (at !== undefined) shown.push({ late: performance.now() - at, at: image.timestamp });
          }
          return (draw as (...all: unknown[]) => void).call(this, image, ...rest);
        } as typeof draw;
        Object.assign(globalThis, { shown });
      });
      await playMixer(page);
      await page.waitForFunction(() => (globalThis as unknown as { shown: [] }).shown.length >= 20);
      const { shown } = await page.evaluate(
        () => ({ ...globalThis }) as unknown as { shown: { late: number; at: number }[] },
      );
      const latency = await withMixer(page, (mixer) => mixer.latency * 1000);
      for (const { late } of shown) assert.ok(late >= latency - 1, `${late} of ${latency} ms`);
      await openTool(page, "Details");
      await page.getByText(/The picture is delayed by \d+ ms/).waitFor();
      await withMixer(page, (mixer) => mixer.remove());
      assert.equal(await page.locator("canvas").count(), 0, "the canvas is gone");
    },
  ));

test("MIDI: a controller is learned, moves its knob, is remembered, and is forgotten", () =>
  harness.open(TONE, async (page) => {
    await page.addInitScript(FAKE_MIDI);
    await page.reload();
    const send = (...data: number[]) =>
      page.evaluate(
        (data) => (globalThis as unknown as { midi(...d: number[]): void }).midi(...data),
        data,
      );
    const learn = async (target: string) => {
      await page.getByRole("combobox", { name: "Control to learn" }).selectOption(target);
      await page.getByRole("button", { name: "Learn" }).click();
      await page.getByText("Waiting: move a knob or press a key").waitFor();
    };
    await openTool(page, "MIDI");
    await learn("gain:vocals");
    await page.waitForFunction(() => "midi" in globalThis);
    await page.getByText("controller 7, channel 3").waitFor({ state: "detached" });
    while ((await page.getByText("controller 7, channel 3").count()) === 0) await send(0xb2, 7, 64);
    await send(0xb2, 7, 127);
    assert.equal(await withMixer(page, (mixer) => mixer.mix.vocals.gain), 12);
    await send(0xb2, 7, 0);
    assert.equal(await withMixer(page, (mixer) => mixer.mix.vocals.gain), -60);
    await learn("mute:drums");
    await send(0x90, 60, 100);
    await send(0x80, 60, 0);
    assert.equal(await withMixer(page, (mixer) => mixer.mix.drums.muted), false, "learning only");
    await send(0x90, 60, 100);
    assert.equal(await withMixer(page, (mixer) => mixer.mix.drums.muted), true);
    await send(0x80, 60, 0);
    assert.equal(await withMixer(page, (mixer) => mixer.mix.drums.muted), true, "letting go");
    await send(0x90, 60, 1);
    await send(0x90, 60, 127);
    await page.reload();
    await openTool(page, "MIDI");
    await page.getByText("note 60, channel 1").waitFor();
    await page.getByRole("button", { name: "Forget Mute Drums" }).click();
    assert.equal(await page.getByText("note 60, channel 1").count(), 0);
  }));

test("a browser without MIDI says so, and nothing keeps waiting", () =>
  harness.open(TONE, async (page) => {
    await page.evaluate(() => {
      navigator.requestMIDIAccess = () => Promise.reject(new DOMException("no", "SecurityError"));
    });
    await openTool(page, "MIDI");
    await page.getByRole("button", { name: "Learn" }).click();
    await page.getByRole("alert").getByText("MIDI is not available").waitFor();
    assert.equal(await page.getByText("Waiting").count(), 0);
    await page.getByRole("button", { name: "Got it" }).click();
    assert.equal(await page.getByRole("alert").count(), 0);
  }));

test("README's embed works when pasted into a plain page on another origin", async () => {
  const cors = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
  };
  const library = await startServer({ mounts: { "/": "dist" }, isolated: false, headers: cors });
  const [, block] = /^```html\n(.+?)^```/ms.exec(readFileSync("README.md", "utf8")) ?? [];
  const snippet = block
    .replace("https://cdn.example/danna-sep", library.url)
    .replace("song.mp3", "/audio/tone.wav");
  assert.ok(snippet.includes(library.url) && snippet.includes("tone.wav"), snippet);
  const blog = await startServer({
    mounts: { "/audio/": harness.folder },
    isolated: false,
    pages: { "/": `<!doctype html><title>A blog</title><h1>A blog</h1>\n${snippet}\n<p>The end.` },
  });
  try {
    await withContext(harness.browser, {}, blog.url, async (page) => {
      await playMixer(page);
      assert.equal(await withMixer(page, (mixer) => mixer.separator!.manifest.name), "live");
      await page.getByRole("slider", { name: "Vocals" }).press("Home");
      while ((await peak(page)) === 0)
        await page.evaluate(() => new Promise(requestAnimationFrame));
      await page.getByRole("button", { name: "Key up a semitone" }).click();
      await untilMixer(page, (mixer) => mixer.position > 1);
    });
  } finally {
    await Promise.all([library.close(), blog.close()]);
  }
});
