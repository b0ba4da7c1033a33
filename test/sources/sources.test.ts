// Sources in a real Chromium: every mishap is an event and a state that can be left again, and none
// of them writes an error to the console (withPage fails on that).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { bundleScript } from "../support/bundle.ts";
import { launchChromium, withPage } from "../support/chromium.ts";
import { findFfmpeg } from "../support/programs.ts";
import { startServer, type Server } from "../support/server.ts";
import { largestDifference } from "../support/signals.ts";
import type * as sourcesPage from "./sources-page.ts";

type SourcesPage = typeof sourcesPage;

const LEFT_HZ = 1000;
const RIGHT_HZ = 3000;
const SHARED_TAB = "a tab that sounds";
const SHARED_HZ = 2000;

let browser: Browser;
let server: Server;
let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "danna-sources-"));
  const tones = `sine=f=${LEFT_HZ}:d=1.5[l];sine=f=${RIGHT_HZ}:d=1.5[r];[l][r]join,aresample=44100`;
  const arguments_ = ["-v", "error", "-f", "lavfi", "-i", tones, path.join(folder, "tones.wav")];
  execFileSync(findFfmpeg(), arguments_);
  browser = await launchChromium(
    [
      "--use-fake-device-for-media-stream=device-count=3",
      `--use-file-for-fake-audio-capture=${path.join(folder, "tones.wav")}`,
      `--auto-select-tab-capture-source-by-title=${SHARED_TAB}`,
    ],
    // Playwright mutes a headless browser, and with it the sound of shared tabs.
    { ignoreDefaultArgs: ["--mute-audio"] },
  );
  server = await startServer({
    mounts: { "/": folder },
    isolated: true,
    pages: {
      "/sources.js": await bundleScript("test/sources/sources-page.ts"),
      "/recorder.js": await bundleScript("test/live/recorder-worklet.ts"),
      "/broken.wav": "no audio at all",
      "/sounding": `<!doctype html><title>${SHARED_TAB}</title><script>
        const context = new AudioContext();
        const tone = new OscillatorNode(context, { frequency: ${SHARED_HZ} });
        tone.connect(context.destination);
        tone.start();
      </script>`,
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `body` on a page of its own context, without permissions, with the sources in `page.sources`. */
async function withSources(
  body: (call: Call, page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext();
  try {
    await withPage(context, `${server.url}/blank`, async (page) => {
      await page.evaluate("import('/sources.js').then((module) => (window.sources = module))");
      await body((expression) => page.evaluate(`(${expression})(window.sources)`), page, context);
    });
  } finally {
    await context.close();
  }
}

/** Evaluates a function of the page's module in the page. */
type Call = <T>(expression: (sources: SourcesPage) => T | Promise<T>) => Promise<T>;

const isNear = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 15, `${actual} Hz instead of ${expected} Hz`);

async function hearsTones(call: Call): Promise<void> {
  const [left, right] = await call((sources) => sources.heard());
  isNear(left, LEFT_HZ);
  isNear(right, RIGHT_HZ);
}

test("a microphone that is refused can be allowed and asked again", async () => {
  await withSources(async (call, _page, context) => {
    await call((sources) => sources.openMicrophone());
    assert.deepEqual(await call((sources) => sources.situation()), {
      state: "interrupted",
      interruptions: ["refused:permission"],
    });
    await call((sources) => sources.told("interrupted:refused"));
    assert.match(await call((sources) => sources.told("error:permission")), /allow it/);

    await context.grantPermissions(["microphone"]);
    await call((sources) => sources.resume());
    await call((sources) => sources.told("resumed:refused"));
    assert.equal((await call((sources) => sources.situation())).state, "live");
    await hearsTones(call);
    await call((sources) => sources.dispose());
  });
});

test("a microphone comes in stereo and unprocessed, and another can be chosen behind the same node", async () => {
  await withSources(async (call, page, context) => {
    await context.grantPermissions(["microphone"]);
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const opened: MediaStreamTrack[] = [];
      Object.assign(window, { opened });
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => {
        const stream = await open(constraints);
        opened.push(...stream.getTracks());
        return stream;
      };
    });
    await call((sources) => sources.openMicrophone());
    await hearsTones(call);
    const settings = await page.evaluate<MediaTrackSettings>("opened[0].getSettings()");
    assert.equal(settings.echoCancellation, false);
    assert.equal(settings.noiseSuppression, false);
    assert.equal(settings.autoGainControl, false);
    assert.equal(settings.channelCount, 2);

    // No fake device mutes itself; the browser's own event stands for its switch.
    await page.evaluate("opened[0].dispatchEvent(new Event('mute'))");
    await call((sources) => sources.told("interrupted:muted"));
    await page.evaluate("opened[0].dispatchEvent(new Event('unmute'))");
    await call((sources) => sources.told("resumed:muted"));
    assert.equal((await call((sources) => sources.situation())).state, "live");

    const inputs = await call((sources) => sources.listInputs());
    assert.deepEqual(
      inputs.map(({ label }) => label),
      ["Fake Default Audio Input", "Fake Audio Input 1", "Fake Audio Input 2"],
    );
    await call(async (sources) =>
      sources.microphone().choose((await sources.listInputs())[2].deviceId),
    );
    assert.deepEqual(
      await call((sources) => [sources.microphone().deviceId, sources.microphone().label]),
      [inputs[2].deviceId, "Fake Audio Input 2"],
    );
    await hearsTones(call);

    await call((sources) => sources.microphone().choose("no such device"));
    assert.match(await call((sources) => sources.told("error:device")), /choose another/);
    assert.equal((await call((sources) => sources.situation())).state, "live");
    await hearsTones(call);
    const states = "opened.map(({ readyState }) => readyState)";
    assert.deepEqual(await page.evaluate(states), ["ended", "live"]);
    await call((sources) => sources.dispose());
    assert.deepEqual(await page.evaluate(states), ["ended", "ended"]);
  });
});

test("one channel of an input is heard on both sides, or the two exchanged", async () => {
  await withSources(async (call, _page, context) => {
    await context.grantPermissions(["microphone"]);
    await call((sources) => sources.openMicrophone(undefined, [1, 1]));
    for (const peak of await call((sources) => sources.heard())) isNear(peak, RIGHT_HZ);
    await call((sources) => sources.dispose());
    await call((sources) => sources.openMicrophone(undefined, [1, 0]));
    const [left, right] = await call((sources) => sources.heard());
    isNear(left, RIGHT_HZ);
    isNear(right, LEFT_HZ);
    await call((sources) => sources.dispose());
  });
});

test("more channels are asked for where a pair beyond the first is wanted", async () => {
  await withSources(async (call, page, context) => {
    await context.grantPermissions(["microphone"]);
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (constraints) => {
        Object.assign(window, {
          asked: (constraints!.audio as MediaTrackConstraints).channelCount,
        });
        return open(constraints);
      };
    });
    await call((sources) => sources.openMicrophone(undefined, [4, 5]));
    assert.deepEqual(await page.evaluate("asked"), { ideal: 6 });
    // The device has two: its first are heard.
    await hearsTones(call);
    await call((sources) => sources.dispose());
  });
});

test("a device that changes its rate is opened again, tells so, and is heard", async () => {
  await withSources(async (call, page, context) => {
    await context.grantPermissions(["microphone"]);
    // No fake device changes its rate; its settings and the browser's own event stand for that.
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      const opened: MediaStreamTrack[] = [];
      Object.assign(window, { opened, rate: 48000 });
      mediaDevices.getUserMedia = async (constraints) => {
        const stream = await open(constraints);
        const [track] = stream.getAudioTracks();
        const settings = track.getSettings.bind(track);
        track.getSettings = () => ({
          ...settings(),
          sampleRate: (window as unknown as { rate: number }).rate,
        });
        opened.push(track);
        return stream;
      };
    });
    await call((sources) => sources.openMicrophone());
    await page.evaluate("rate = 96000; opened[0].dispatchEvent(new Event('configurationchange'))");
    await call((sources) => sources.told("rate:48000:96000"));
    const states = "opened.map(({ readyState }) => readyState)";
    assert.deepEqual(await page.evaluate(states), ["ended", "live"]);
    await hearsTones(call);
    await call((sources) => sources.dispose());
  });
});

test("a microphone that is taken away while it plays is an interruption, and can come back", async () => {
  await withSources(async (call, page, context) => {
    await context.grantPermissions(["microphone"]);
    await call((sources) => sources.openMicrophone());
    // Chromium ends the track, as it does when the device is unplugged.
    await context.clearPermissions();
    await call((sources) => sources.told("interrupted:unplugged"));
    await call((sources) => sources.told("error:device"));
    assert.deepEqual(await call((sources) => sources.situation()), {
      state: "interrupted",
      interruptions: ["unplugged:device"],
    });

    await context.grantPermissions(["microphone"]);
    await page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event("devicechange")));
    await call((sources) => sources.told("resumed:unplugged"));
    assert.equal((await call((sources) => sources.situation())).state, "live");
    await hearsTones(call);
    await call((sources) => sources.dispose());
  });
});

test("a shared tab is heard until its share ends, and can be asked for again", async () => {
  await withSources(async (call, _page, context) => {
    const hearSharedTab = async (open: () => Promise<void>) => {
      await withPage(context, `${server.url}/sounding`, async () => {
        await open();
        assert.equal((await call((sources) => sources.situation())).state, "live");
        for (const peak of await call((sources) => sources.heard())) isNear(peak, SHARED_HZ);
      });
      await call((sources) => sources.told("ended"));
      assert.equal((await call((sources) => sources.situation())).state, "ended");
    };
    await hearSharedTab(() => call((sources) => sources.openDisplay()));
    await hearSharedTab(() => call((sources) => sources.resume()));
    await call((sources) => sources.dispose());
  });
});

test("a shared tab is asked to fall silent itself, and sound of this page to stay out of a share", async () => {
  await withSources(async (call, page, context) => {
    await withPage(context, `${server.url}/sounding`, async () => {
      await page.evaluate(() => {
        const { mediaDevices } = navigator;
        const open = mediaDevices.getDisplayMedia.bind(mediaDevices);
        mediaDevices.getDisplayMedia = (options) => {
          Object.assign(window, { asked: options });
          return open(options);
        };
      });
      await call((sources) => sources.openDisplay());
      const asked = await page.evaluate<DisplayMediaStreamOptions>("asked");
      const { audio, ...options } = asked;
      assert.deepEqual(options, {
        video: true,
        systemAudio: "include",
        windowAudio: "window",
        selfBrowserSurface: "exclude",
      });
      const { suppressLocalAudioPlayback, restrictOwnAudio } = audio as Record<string, unknown>;
      assert.deepEqual([suppressLocalAudioPlayback, restrictOwnAudio], [true, true]);
      // The browser knows both by these names.
      const known = await page.evaluate<Record<string, boolean>>(
        "navigator.mediaDevices.getSupportedConstraints()",
      );
      assert.deepEqual([known.suppressLocalAudioPlayback, known.restrictOwnAudio], [true, true]);
      await call((sources) => sources.dispose());
    });
  });
});

test("a share without sound is refused, and what was shared is let go of", async () => {
  await withSources(async (call, page) => {
    await page.evaluate(() => {
      const stream = document.createElement("canvas").captureStream();
      Object.assign(window, { stream });
      navigator.mediaDevices.getDisplayMedia = () => Promise.resolve(stream);
    });
    await call((sources) => sources.openDisplay());
    assert.match(await call((sources) => sources.told("error:permission")), /share audio/);
    assert.deepEqual(await call((sources) => sources.situation()), {
      state: "interrupted",
      interruptions: ["refused:permission"],
    });
    assert.equal(await page.evaluate("stream.getTracks()[0].readyState"), "ended");
    await call((sources) => sources.dispose());
  });
});

test("a suspended context interrupts every source, and resume() brings it back", async () => {
  await withSources(async (call) => {
    await call((sources) => sources.openFile("/tones.wav"));
    await call((sources) => sources.context.suspend());
    await call((sources) => sources.told("interrupted:suspended"));
    assert.deepEqual(await call((sources) => sources.situation()), {
      state: "interrupted",
      interruptions: ["suspended:undefined"],
    });
    await call((sources) => sources.resume());
    await call((sources) => sources.told("resumed:suspended"));
    assert.equal((await call((sources) => sources.situation())).state, "live");

    await call((sources) => sources.context.close());
    await call((sources) => sources.told("ended"));
    await call((sources) => sources.dispose());
  });
});

test("a microphone in a suspended context comes back after a moment of silence, without a click", async () => {
  await withSources(async (call) => {
    const gain = await call((sources) => sources.gainOverSuspension());
    const rate = await call((sources) => sources.context.sampleRate);
    assert.equal(gain[0], 1);
    assert.equal(gain.at(-1), 1);
    // What the browser had held back from before the suspension is not heard.
    const silent = gain.filter((x) => x < 1e-4).length;
    assert.ok(silent >= 0.1 * rate, `silent for ${silent} frames`);
    // A fade whose time constant is 1 ms cannot step further than this.
    const bound = 1 - Math.exp(-1000 / rate) + 1e-6;
    const steps = gain.slice(1).map((x, n) => Math.abs(x - gain[n]));
    const step = steps.reduce((most, x) => Math.max(most, x), 0);
    assert.ok(step <= bound, `step ${step}, bound ${bound}`);
    await call((sources) => sources.dispose());
  });
});

test("a hidden page is told and does not interrupt", async () => {
  await withSources(async (call, page) => {
    await call((sources) => sources.openFile("/tones.wav"));
    // A headless browser never hides a page, so the browser's own signal is imitated.
    for (const hidden of [true, false]) {
      await page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
      await call((sources) => sources.told("hidden:"));
      assert.equal((await call((sources) => sources.situation())).state, "live");
    }
    await call((sources) => sources.dispose());
  });
});

test("a file plays, pauses, seeks, loops and ends, and plays again after its end", async () => {
  await withSources(async (call) => {
    await call((sources) => sources.openFile("/tones.wav"));
    assert.equal(await call((sources) => sources.file().duration), 1.5);
    assert.equal(await call((sources) => sources.file().paused), true);
    await call((sources) => sources.file().play());
    await hearsTones(call);

    await call((sources) => sources.file().pause());
    const [first, second] = await call(async (sources) => {
      const { position } = sources.file();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return [position, sources.file().position];
    });
    assert.ok(first > 0 && first < 1.5);
    assert.equal(second, first);

    await call((sources) => sources.file().seek(1.4));
    await call((sources) => sources.file().play());
    await call((sources) => sources.told("ended"));
    assert.equal((await call((sources) => sources.situation())).state, "ended");
    assert.equal(await call((sources) => sources.file().position), 1.5);
    assert.equal(await call((sources) => sources.file().paused), true);

    await call((sources) => sources.file().play());
    await call((sources) => sources.told("resumed:ended"));
    assert.ok((await call((sources) => sources.file().position)) < 1);
    await call((sources) => (sources.file().loop = true));
    await call((sources) => sources.file().seek(1.45));
    const looped = await call(async (sources) => {
      const since = sources.context.currentTime;
      while (sources.context.currentTime < since + 0.3) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return sources.file().position;
    });
    assert.ok(looped > 0.2 && looped < 1.2, `${looped} s after looping`);
    await call((sources) => (sources.file().loop = false));
    await call((sources) => sources.told("ended"));
    await call((sources) => sources.dispose());
  });
});

test("an AudioBuffer plays from where it was sought, sample for sample, in an offline context too", async () => {
  await withSources(async (call) => {
    const { samples, latest } = await call((sources) => sources.renderOffline());
    const expected = Array.from({ length: 1000 }, (_, i) => (i < 300 ? (i + 101) / 1000 : 0));
    assert.ok(largestDifference(samples, expected) < 1e-6);
    assert.equal(latest, "ended");
  });
});

test("a file plays in a context of standardized-audio-context", async () => {
  await withSources(async (call) => {
    const peak = await call((sources) => sources.renderStandardized("/tones.wav"));
    assert.ok(peak > 0.05, `peak ${peak}`);
  });
});

test("what is no audio is refused with a reason", async () => {
  await withSources(async (call) => {
    const refused = await call((sources) =>
      sources.refusalOf(new File(["These are words."], "words.mp3")),
    );
    assert.match(refused, /^DannaError media: "words.mp3" is no audio/);
    assert.match(
      await call((sources) => sources.refusalOf(new ArrayBuffer(0))),
      /^DannaError media: The recording is empty/,
    );
  });
});

test("a media element plays, ends, plays again, fails and recovers, and serves a second source", async () => {
  await withSources(async (call) => {
    await call((sources) => sources.openElement());
    await call(async (sources) => {
      sources.element.src = "/tones.wav";
      await sources.element.play();
    });
    await hearsTones(call);
    await call((sources) => sources.told("ended"));
    assert.equal((await call((sources) => sources.situation())).state, "ended");
    await call((sources) => sources.element.play());
    await call((sources) => sources.told("resumed:ended"));

    await call((sources) => void (sources.element.src = "/broken.wav"));
    await call((sources) => sources.told("interrupted:failed"));
    assert.match(await call((sources) => sources.told("error:input")), /broken\.wav/);
    await call((sources) => void (sources.element.src = "/tones.wav"));
    await call((sources) => sources.told("resumed:failed"));
    await call((sources) => sources.dispose());

    await call((sources) => sources.openElement());
    await call(async (sources) => void (await sources.element.play()));
    await hearsTones(call);
    assert.deepEqual(await call((sources) => sources.refusals()), [
      "input",
      "input",
      "input",
      "input",
    ]);
    await call((sources) => sources.dispose());
  });
});
