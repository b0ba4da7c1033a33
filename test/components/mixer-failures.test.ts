// <stem-mixer> when parts of it cannot be had, or what it works with goes away: nothing is left over,
// nothing is lost, and there is a way on. Real Chromium, identity model.
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page, Request } from "playwright-core";
import { expected } from "../live/harness.ts";
import { workersEnded } from "../support/chromium.ts";
import {
  FAKE_MIDI,
  MODEL,
  openTool,
  playMixer,
  startMixerHarness,
  untilMixer,
  untilPlaying,
  withMixer,
  type MixerHarness,
} from "./mixer-harness.ts";
import { auditPage } from "./pages.ts";

const TONE = `<stem-mixer src="/audio/tone.wav" ${MODEL}></stem-mixer>`;

let harness: MixerHarness;
before(async () => {
  harness = await startMixerHarness();
});
after(() => harness.close());

/** Has the next worklet of that name fail to load; Playwright does not see a worklet's requests. */
const failOnce = (page: Page, name: string) =>
  page.evaluate((name) => {
    const { prototype } = AudioWorklet;
    const { addModule } = prototype;
    prototype.addModule = function (url, options) {
      if (!String(url).endsWith(name)) return addModule.call(this, url, options);
      prototype.addModule = addModule;
      return Promise.reject(new DOMException("gone", "AbortError"));
    };
  }, name);

/** Waits until code that is asked for from now on is there, with what it imports. */
async function codeComes(page: Page): Promise<void> {
  let asked = 0;
  const coming = new Set<Request>();
  page.on("request", (request) => {
    if (!/chunk-[^/]*\.js$/.test(request.url())) return;
    asked++;
    coming.add(request);
  });
  page.on("requestfinished", (request) => coming.delete(request));
  for (let before = -1; before !== asked || asked === 0 || coming.size > 0;) {
    before = asked;
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Renders the mixer many times over: what would ask again does so whenever it renders. */
async function renderOften(page: Page): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await withMixer(page, (mixer) => {
      mixer.requestUpdate();
      return mixer.updateComplete;
    });
  }
}

test("without the mixer's worklet no worker is left behind, and a second try succeeds", () =>
  harness.show(TONE, async (page) => {
    await failOnce(page, "mixer-worklet.js");
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.getByRole("alert").getByText("mixer-worklet.js cannot be loaded").waitFor();
    await workersEnded(page);
    await page.getByRole("button", { name: "Try again" }).click();
    await untilPlaying(page);
  }));

test("what failed is said in the page's language; the English words stand in the details", () =>
  harness.open(
    TONE,
    async (page) => {
      await failOnce(page, "mixer-worklet.js");
      await page.getByRole("button", { name: "Wiedergabe", exact: true }).click();
      const alert = page.getByRole("alert");
      await alert.getByText("Netz und Adresse prüfen").waitFor();
      assert.equal(await alert.getByText("mixer-worklet.js cannot be loaded").isVisible(), false);
      await alert.getByText("Einzelheiten").click();
      await alert.getByText("mixer-worklet.js cannot be loaded").waitFor();
      await auditPage(page, "a German error");
    },
    { lang: "de" },
  ));

test("a part that cannot be loaded is asked for once, and said to be missing", () =>
  harness.open(
    `<stem-mixer feedback-guard="off" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      await page.getByText("Drop a song here").waitFor();
      const asked: string[] = [];
      await page.route("**/dist/chunk-*.js", (route) => {
        asked.push(route.request().url());
        return route.abort();
      });
      await withMixer(page, (mixer) => (mixer.source = "microphone"));
      await page.getByRole("alert").getByText("A part of Danna-Sep cannot be loaded").waitFor();
      await renderOften(page);
      assert.deepEqual(asked, [...new Set(asked)]);
      problems.length = 0;
    },
  ));

test("a panel whose code could not be loaded asks again once that has been read, and then fills", () =>
  harness.open(TONE, async (page, problems) => {
    await playMixer(page);
    const asked: string[] = [];
    await page.route("**/dist/chunk-*.js", (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    await page.getByRole("button", { name: "My mixes" }).click();
    await page.getByRole("alert").getByText("A part of Danna-Sep cannot be loaded").waitFor();
    await renderOften(page);
    assert.deepEqual(asked, [...new Set(asked)]);
    await page.unroute("**/dist/chunk-*.js");
    await page.getByRole("button", { name: "Got it" }).click();
    await page.getByRole("textbox", { name: "Name of this mix" }).waitFor();
    expected(problems, "ERR_FAILED");
  }));

test("key and tempo that cannot be shifted go back to what is heard, and can be tried again", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    for (const control of ["Key up a semitone", "Faster"]) {
      await failOnce(page, "SignalsmithStretch.mjs");
      await page.getByRole("button", { name: control }).click();
      await page.getByRole("alert").getByText("shifter cannot be loaded").waitFor();
      assert.deepEqual(await withMixer(page, (mixer) => [mixer.keyShift, mixer.tempo]), [0, 1]);
      const before = await withMixer(page, (mixer) => mixer.position);
      await untilMixer(page, (mixer, before) => mixer.position > before + 0.2, before);
      await page.getByRole("button", { name: "Got it" }).click();
    }
    await page.getByRole("button", { name: "Faster" }).click();
    await untilMixer(page, (mixer) => mixer.tempo > 1 && mixer.player.state.clock.rate > 1);
  }));

test("a live input's key that cannot be shifted goes back to what is heard; headphones come second", () =>
  harness.open(
    `<stem-mixer source="microphone" ${MODEL}></stem-mixer>`,
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      await failOnce(page, "SignalsmithStretch.mjs");
      await page.getByRole("button", { name: "Key down a semitone" }).click();
      await page.getByRole("alert").getByText("shifter cannot be loaded").waitFor();
      assert.equal(await withMixer(page, (mixer) => mixer.keyShift), 0);
      await page.getByRole("button", { name: "Got it" }).click();
      await page.getByRole("alert").getByText("Put on headphones").waitFor();
    },
    { permissions: ["microphone"] },
  ));

test("recording: what was recorded of a host's context that was closed is not lost", () =>
  harness.show(TONE, async (page) => {
    await withMixer(page, (mixer) => (mixer.context = new AudioContext()));
    await playMixer(page);
    await withMixer(page, (mixer) => mixer.startRecording("mix"));
    await untilMixer(page, (mixer) => mixer.player.recordedSeconds! > 0.5);
    const [file] = await withMixer(page, async (mixer) => {
      await mixer.context!.close();
      const files = await mixer.stopRecording();
      return files.map(({ name, size }) => ({ name, size }));
    });
    assert.equal(file.name, "tone.wav");
    assert.ok(file.size > 0.5 * 44100 * 6, `${file.size} bytes`);
  }));

test("recording: what writes the file may come at its end, and nothing of it is lost", () =>
  harness.open(TONE, async (page, problems) => {
    await playMixer(page);
    const failed = page.waitForEvent("requestfailed");
    await page.route("**/dist/chunk-*.js", (route) => route.abort());
    await withMixer(page, (mixer) => mixer.startRecording("mix"));
    await failed;
    await untilMixer(page, (mixer) => mixer.player.recordedSeconds! > 0.5);
    await page.unroute("**/dist/chunk-*.js");
    const [size, seconds] = await withMixer(page, async (mixer) => {
      const [file] = await mixer.stopRecording();
      const { duration } = await new OfflineAudioContext(2, 1, 44100).decodeAudioData(
        await file.arrayBuffer(),
      );
      return [file.size, duration];
    });
    assert.ok(size > 0.5 * 44100 * 6 && seconds > 0.5, `${size} bytes, ${seconds} s`);
    expected(problems, "ERR_FAILED");
  }));

test("recording: the tracks of a ZIP that cannot be made are there one by one", () =>
  harness.open(TONE, async (page, problems) => {
    await playMixer(page);
    const writer = codeComes(page);
    await withMixer(page, (mixer) => mixer.startRecording("all"));
    await writer;
    await untilMixer(page, (mixer) => mixer.player.recordedSeconds! > 0.2);
    await page.route("**/dist/chunk-*.js", (route) => route.abort());
    await page.getByRole("button", { name: "Stop recording" }).click();
    await page.getByRole("alert").getByText("A part of Danna-Sep cannot be loaded").waitFor();
    const links = page.getByRole("link", { name: /^Save tone.*\.wav$/ });
    await links.nth(4).waitFor();
    assert.equal(await links.count(), 5);
    expected(problems, "ERR_FAILED");
  }));

test("a file that has been moved since it was chosen says so, and what plays goes on", () =>
  harness.show(`${TONE}<input type="file" aria-label="A song" />`, async (page, problems) => {
    await playMixer(page);
    const song = path.join(harness.folder, "moved.wav");
    cpSync(harness.sound("short.wav"), song);
    const input = page.getByLabel("A song");
    await input.setInputFiles(song);
    rmSync(song);
    await input.evaluate((input: HTMLInputElement) =>
      document.querySelector("stem-mixer")!.load(input.files![0]),
    );
    await page.getByRole("alert").getByText('"moved.wav" cannot be read').waitFor();
    assert.ok(await withMixer(page, (mixer) => mixer.player.state.running));
    expected(problems, "ERR_FILE_NOT_FOUND");
  }));

test("saving ends when another song is opened before it has begun", () =>
  harness.show(TONE, async (page) => {
    await playMixer(page);
    const saved = await withMixer(page, async (mixer) => {
      const saving = mixer.saveStems();
      // It has been asked for once the controller is there.
      while (!mixer.player.state.saving) await new Promise(requestAnimationFrame);
      const other = await (await fetch("/audio/short.wav")).blob();
      const opening = mixer.load(new File([other], "short.wav"));
      const file = await saving;
      await opening;
      return file?.name;
    });
    assert.equal(saved, undefined);
  }));

test("a Stem file that this browser cannot write is refused before its song is computed", () =>
  harness.open(TONE.replace("tone", "short"), async (page) => {
    await playMixer(page);
    const outcome = await withMixer(page, async (mixer) => {
      let computing = 0;
      globalThis.Worker = class extends Worker {
        constructor(url: string | URL, options?: WorkerOptions) {
          // As a Content-Security-Policy without `blob:` does.
          if (String(url).startsWith("blob:")) throw new DOMException("refused", "SecurityError");
          super(url, options);
          computing++;
        }
      };
      const refused = await mixer
        .saveStems({ format: "stem.mp4" })
        .catch((error: { code: string }) => error.code);
      return { refused, computing };
    });
    assert.deepEqual(outcome, { refused: "platform", computing: 0 });
  }));

test("saving can be cancelled while its file is being ended, and begun again; its link is freed", () =>
  harness.open(TONE.replace("tone", "short"), async (page) => {
    await playMixer(page);
    await page.evaluate(() => {
      const { createObjectURL, revokeObjectURL } = URL;
      const links = new Set<string>();
      URL.createObjectURL = (file) => {
        const url = createObjectURL(file);
        if (file instanceof File) links.add(url);
        return url;
      };
      URL.revokeObjectURL = (url) => (links.delete(url), revokeObjectURL(url));
      const { blob } = Response.prototype;
      const ending = new Promise<void>((resolve) => {
        Response.prototype.blob = async function () {
          resolve();
          await new Promise<void>((end) => Object.assign(globalThis, { end }));
          Response.prototype.blob = blob;
          return blob.call(this);
        };
      });
      const saved = document.querySelector("stem-mixer")!.saveStems();
      Object.assign(globalThis, { links, ending, saved });
    });
    type Known = { links: Set<string>; ending: unknown; saved: Promise<unknown>; end(): void };
    await withMixer(page, (mixer) => mixer.dispatch({ do: "panel", panel: "save" }));
    await page.evaluate(() => (globalThis as unknown as Known).ending);
    await page.getByRole("button", { name: "Cancel" }).click();
    const links = () => page.evaluate(() => (globalThis as unknown as Known).links.size);
    const saved = await page.evaluate(() => {
      const { saved, end } = globalThis as unknown as Known;
      end();
      return saved;
    });
    assert.equal(saved, undefined);
    assert.equal(await links(), 0);
    await page.getByRole("radio", { name: "Stems (ZIP)" }).check();
    await page.getByRole("button", { name: "Start the export" }).click();
    await page.getByRole("link", { name: "Save short_stems.zip" }).waitFor();
    assert.equal(await links(), 1);
    await withMixer(page, (mixer) => mixer.remove());
    assert.equal(await links(), 0);
  }));

for (const [attribute, value] of [
  ["latencyMode", "safe"],
  ["model", "/models/bands.json"],
] as const)
  test(`recording: it goes on when ${attribute} changes, without a gap`, () =>
    harness.show(TONE, async (page) => {
      await playMixer(page);
      await withMixer(page, (mixer) => mixer.startRecording("mix"));
      await untilMixer(page, (mixer) => mixer.player.recordedSeconds! > 0.5);
      await withMixer(
        page,
        (mixer, [attribute, value]) => void Object.assign(mixer, { [attribute]: value }),
        [attribute, value],
      );
      await untilMixer(page, (mixer) => mixer.player.recordedSeconds! > 3);
      const [quietest, length] = await withMixer(page, async (mixer) => {
        const [file] = await mixer.stopRecording();
        const context = new OfflineAudioContext(2, 1, 44100);
        const buffer = await context.decodeAudioData(await file.arrayBuffer());
        const samples = buffer.getChannelData(0);
        const peaks: number[] = [];
        for (let at = 4410; at + 441 < samples.length; at += 441) {
          peaks.push(Math.max(...samples.subarray(at, at + 441).map(Math.abs)));
        }
        return [Math.min(...peaks), buffer.duration];
      });
      assert.ok(length > 3, `${length} s`);
      assert.ok(quietest > 0.05, `a peak of ${quietest}`);
    }));

test("a song that comes while the stretcher is fetched for the one before it is heard", () =>
  harness.open(TONE, async (page) => {
    await withMixer(page, (mixer) => void (mixer.keyShift = 2));
    await page.evaluate(() => {
      const { prototype } = AudioWorklet;
      const { addModule } = prototype;
      const asked = new Promise<void>((resolve) => {
        prototype.addModule = async function (url, options) {
          if (String(url).endsWith("SignalsmithStretch.mjs")) {
            resolve();
            await new Promise<void>((give) => Object.assign(globalThis, { give }));
          }
          return addModule.call(this, url, options);
        };
      });
      Object.assign(globalThis, { asked });
    });
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.evaluate(() => (globalThis as unknown as { asked: unknown }).asked);
    await withMixer(page, (mixer) => {
      void mixer.load("/audio/band.wav");
    });
    await untilMixer(page, (mixer) => mixer.state === "ready" && !mixer.paused);
    await page.evaluate(() => (globalThis as unknown as { give(): void }).give());
    await untilMixer(page, (mixer) => mixer.position > 0.5);
    const peak = await withMixer(page, async (mixer) => {
      const { context, output } = mixer.player.state.nodes!;
      const analyser = new AnalyserNode(context!, { fftSize: 8192 });
      output!.connect(analyser);
      const from = context!.currentTime;
      while (context!.currentTime < from + 0.4) await new Promise(requestAnimationFrame);
      const samples = new Float32Array(8192);
      analyser.getFloatTimeDomainData(samples);
      return Math.max(...samples);
    });
    assert.ok(peak > 0.05, `peak ${peak}`);
  }));

test("a live input's key that is turned back while it is being shifted is heard as it is shown", () =>
  harness.open(
    `<stem-mixer source="microphone" feedback-guard="off" ${MODEL}></stem-mixer>`,
    async (page) => {
      await page.getByRole("button", { name: "Start listening" }).click();
      await untilMixer(page, (mixer) => mixer.state === "ready");
      const after = await withMixer(page, async (mixer) => {
        type Stretch = AudioNode & { schedule?(change: object): Promise<unknown> };
        let stretch: Stretch | undefined;
        let connected = 0;
        const { connect } = AudioNode.prototype;
        AudioNode.prototype.connect = function (this: AudioNode, ...to: unknown[]) {
          const [node] = to as [Stretch];
          if (node.schedule) [stretch, connected] = [node, connected + 1];
          return connect.apply(this, to as never);
        } as never;
        await mixer.player.dispatch({ do: "key", semitones: 1 });
        const schedule = stretch!.schedule!.bind(stretch);
        stretch!.schedule = async (change) => {
          await schedule(change);
          await mixer.player.dispatch({ do: "key", semitones: 0 });
          connected = 0;
        };
        await mixer.player.dispatch({ do: "key", semitones: 2 });
        return [mixer.player.state.key, connected];
      });
      assert.deepEqual(after, [0, 0]);
    },
    { permissions: ["microphone"] },
  ));

for (const name of ["decoding", "addModule"])
  for (const [attribute, value] of [
    ["latency-mode", "safe"],
    ["backend", "wasm"],
    ["model", "/models/bands.json"],
  ])
    test(`another ${attribute} during ${name} is taken, shows no error, and the song plays`, () =>
      harness.show(TONE, async (page) => {
        await page.evaluate(
          ([name, attribute, value]) => {
            const change = () => {
              const mixer = document.querySelector("stem-mixer")!;
              mixer.setAttribute(attribute, value);
              return mixer.updateComplete;
            };
            if (name === "decoding") {
              const Original = Worker;
              globalThis.Worker = class extends Original {
                constructor(url: string | URL, options?: WorkerOptions) {
                  super(url, options);
                  if (options?.name !== "danna-sep decoder") return;
                  globalThis.Worker = Original;
                  void change();
                }
              };
              return;
            }
            const { prototype } = AudioWorklet;
            const { addModule } = prototype;
            prototype.addModule = async function (...args) {
              if (!String(args[0]).endsWith("mixer-worklet.js")) return addModule.apply(this, args);
              prototype.addModule = addModule;
              await change();
              return addModule.apply(this, args);
            };
          },
          [name, attribute, value],
        );
        await withMixer(page, (mixer) => mixer.play());
        await untilMixer(
          page,
          (mixer, value) => {
            if (mixer.failure) throw mixer.failure;
            const { latencyMode, backend, manifest } = mixer.separator ?? {};
            return (
              [latencyMode, backend, `/models/${manifest?.name}.json`].includes(value as never) &&
              mixer.position > 0.1
            );
          },
          value,
        );
      }));

/** Access to MIDI is given when the test says so. */
const LATE_MIDI = `${FAKE_MIDI}
  const give = navigator.requestMIDIAccess;
  const allowed = new Promise((resolve) => (globalThis.allow = resolve));
  navigator.requestMIDIAccess = async () => (await allowed, give());`;

test("MIDI that is asked for twice before it is allowed is let go of when the mixer leaves", () =>
  harness.open(TONE, async (page) => {
    await page.addInitScript(LATE_MIDI);
    await page.reload();
    const send = (value: number) =>
      page.evaluate(
        (value) =>
          (globalThis as unknown as { midi(...data: number[]): void }).midi(0xb2, 7, value),
        value,
      );
    await openTool(page, "MIDI");
    const learn = page.getByRole("button", { name: "Learn" });
    await learn.click();
    await learn.click();
    await page.evaluate(() => (globalThis as unknown as { allow(): void }).allow());
    while ((await page.getByText("controller 7, channel 3").count()) === 0) await send(64);
    await send(127);
    const mixer = await page.evaluateHandle(() => document.querySelector("stem-mixer")!);
    const gain = () => mixer.evaluate((mixer) => mixer.mix.vocals.gain);
    assert.equal(await gain(), 12);
    await mixer.evaluate((mixer) => mixer.remove());
    await send(0);
    assert.equal(await gain(), 12);
  }));

test("a video that turns to another origin is seen as it is, not under its last readable frame", () =>
  harness.open(
    `<video id="clip" src="/audio/clip.webm" width="160" height="90" muted loop></video>
     <stem-mixer for="clip" ${MODEL}></stem-mixer>`,
    async (page, problems) => {
      await playMixer(page);
      const canvas = page.locator("video + canvas");
      await canvas.waitFor();
      await page.locator("video").evaluate((video: HTMLVideoElement, src) => {
        video.src = src;
        return video.play();
      }, `${harness.server.url}/audio/clip.webm`);
      await page.getByRole("alert").getByText("may not be read").waitFor();
      await canvas.waitFor({ state: "hidden" });
      await frames(page, 5);
      assert.ok(await canvas.isHidden());
      assert.deepEqual(problems, []);
    },
    { isolated: false },
  ));

/** Waits until the video has shown so many frames. */
const frames = (page: Page, count: number) =>
  page.locator("video").evaluate(async (video: HTMLVideoElement, count) => {
    for (let i = 0; i < count; i++)
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  }, count);
