// The monitor page with simulated devices: each trouble has the right title, cure and line in the log, and
// sound comes back by itself. Real Chromium.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type * as Outs from "../../components/demo/monitor/outs.ts";
import { untilMixer, withMixer } from "../components/mixer-harness.ts";
import { auditPage } from "../components/pages.ts";
import { bundleScript } from "../support/bundle.ts";
import {
  heard,
  inTrouble,
  logged,
  outOfTrouble,
  startListening,
  startMonitorHarness,
  withDevices,
  type MonitorHarness,
} from "./monitor-harness.ts";

let harness: MonitorHarness;
before(async () => {
  harness = await startMonitorHarness({
    "/outs.js": await bundleScript("components/demo/monitor/outs.ts"),
  });
});
after(() => harness.close());

test("monitor: a line input, devices, mode and gains are remembered, and it starts by itself", () =>
  harness.open(async (page) => {
    await page.getByRole("button", { name: "Start listening" }).click();
    await page.getByText("Nothing is let out yet.").waitFor();
    await logged(page, "Silent until headphones or a line input are confirmed.");
    await page.getByRole("combobox", { name: "Input" }).selectOption("Fake Audio Input 2");
    await logged(page, "Listening to Fake Audio Input 2, channels 1 + 2, 44100 Hz.");
    await page.getByRole("button", { name: "It is a line input" }).click();
    await heard(page);
    assert.equal(await withDevices(page, ({ awake }) => awake), 1, "the screen stays awake");
    await page.getByRole("combobox", { name: "Latency" }).selectOption("Safest");
    await logged(page, "Latency mode: safe.");
    // The present figure is the one that was told last.
    await page.waitForFunction(() => {
      const figure = document.querySelector("#latency")!.textContent!;
      const told = [...document.querySelectorAll("#log p")].map(({ textContent }) => textContent!);
      const last = told.filter((line) => line.includes("Latency:")).at(-1);
      return parseFloat(figure) > 200 && last?.endsWith(` → ${figure}.`);
    });
    await page.getByRole("combobox", { name: "Channels" }).selectOption("2 on both sides");
    await logged(page, "Listening to Fake Audio Input 2, channel 2, 44100 Hz.");
    await withMixer(page, (mixer) => mixer.setGain("drums", -7));
    await page.getByRole("checkbox", { name: "Start by itself" }).check();
    await auditPage(page, "monitor that listens");

    // Ids are others at the next visit, as after the browser's site data were cleared.
    await page.evaluate(() => {
      const settings = JSON.parse(localStorage.getItem("danna-sep.monitor")!);
      settings.input.deviceId = "an id of yesterday";
      localStorage.setItem("danna-sep.monitor", JSON.stringify(settings));
    });
    await page.reload();
    await logged(page, "Started by itself.");
    await logged(page, "Listening to Fake Audio Input 2, channel 2, 44100 Hz.");
    await heard(page);
    assert.equal(await page.getByText("Nothing is let out yet.").isVisible(), false);
    await page.getByRole("button", { name: "Not a line input" }).click();
    await logged(page, "“Fake Audio Input 2” is no line input.");
    await page.getByText("Nothing is let out yet.").waitFor();
    await page.getByRole("button", { name: "It is a line input" }).click();
    await page.getByRole("button", { name: "Not a line input" }).waitFor();
    await heard(page);
    assert.equal(await page.getByRole("combobox", { name: "Latency" }).inputValue(), "safe");
    assert.equal(await withMixer(page, (mixer) => mixer.mix.drums.gain), -7);
    await page.getByRole("button", { name: "Stop listening" }).click();
    await logged(page, "Stopped.");
    await page.waitForFunction("devices.awake === 0");
  }));

test("monitor: an input that is pulled out is told, and is back by itself when it is plugged in", () =>
  harness.open(async (page) => {
    await startListening(page);
    await withDevices(page, (devices) => {
      devices.refusal = "NotFoundError";
      devices.unplug();
    });
    await inTrouble(page, "The input is not connected", /Plug it in/);
    await logged(page, "The input is gone.");
    await withDevices(page, (devices) => {
      devices.refusal = undefined;
      navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    });
    await logged(page, "Sound is back.");
    await heard(page);
    // A track that ends while its device is there is opened again at once.
    await withDevices(page, (devices) => devices.unplug());
    await page.waitForFunction("devices.opened === 3");
    await heard(page);
    await outOfTrouble(page, "The input is");
  }));

test("monitor: a muted input and a paused context are told, and come back by themselves", () =>
  harness.open(async (page) => {
    await startListening(page);
    await withDevices(page, (devices) => devices.tell("mute"));
    await inTrouble(page, "The input is muted", /switch on the device/);
    assert.equal(await page.locator("#try").isVisible(), false, "no button would help");
    await withDevices(page, (devices) => devices.tell("unmute"));
    await logged(page, "Sound is back.");
    await heard(page);
    const seconds = await withMixer(page, async (mixer) => {
      const { context } = mixer.player.state.nodes!;
      await context.suspend();
      const before = performance.now();
      await new Promise((resolve) => {
        context.onstatechange = () => context.state === "running" && resolve(undefined);
      });
      return (performance.now() - before) / 1000;
    });
    await logged(page, "The browser has paused the sound.");
    assert.ok(seconds < 1, `${seconds} s`);
    await heard(page);
    await outOfTrouble(page, "has paused the sound");
  }));

test("monitor: an input that is refused is told how to be allowed, and starts when it is", () =>
  harness.open(async (page) => {
    await page.getByRole("button", { name: "Start listening" }).click();
    await inTrouble(page, "The input is not allowed", /address bar/);
    await logged(page, "The input is not allowed.");
    await page.context().grantPermissions(["microphone"]);
    await logged(page, "Permission for the microphone: granted.");
    await page.getByRole("button", { name: "I wear headphones" }).click();
    await heard(page);
    await logged(page, "Headphones are worn.");
  }, []));

test("monitor: an input that another program has is tried again until it is free", () =>
  harness.open(async (page) => {
    await withDevices(page, (devices) => void (devices.refusal = "NotReadableError"));
    await page.getByRole("button", { name: "Start listening" }).click();
    await inTrouble(page, "Another program has the input", /Close that program/);
    await withDevices(page, (devices) => void (devices.refusal = undefined));
    await page.getByRole("button", { name: "It is a line input" }).click();
    await heard(page);
    await logged(page, "Sound is back.");
  }));

test("monitor: a changed rate is in the log; where the context takes no other, it starts anew", () =>
  harness.open(async (page) => {
    await withDevices(page, (devices) => void (devices.rate = 48000));
    await startListening(page);
    await withDevices(page, (devices) => {
      devices.rate = 96000;
      devices.tell("configurationchange");
    });
    await logged(page, "The input’s rate changed from 48000 to 96000 Hz.");
    await heard(page);
    await withMixer(page, (mixer) =>
      Object.assign(globalThis, { before: mixer.player.state.nodes!.context }),
    );
    await withDevices(page, (devices) => {
      devices.misfit = "NotSupportedError";
      devices.unplug();
    });
    await logged(page, "The input’s rate has changed.");
    await untilMixer(
      page,
      (mixer) =>
        mixer.player.state.nodes &&
        mixer.player.state.nodes.context !== (globalThis as { before?: unknown }).before,
    );
    await heard(page);
    await outOfTrouble(page, "rate has changed");
  }));

test("monitor: load is told with what it changes, and so is its end", () =>
  harness.open(async (page) => {
    await startListening(page);
    const adapt = (step: number) =>
      withMixer(
        page,
        (mixer, step) => {
          const { separator } = mixer.player.state.nodes!;
          const detail = { step, load: 0.97, hopsPerRun: 1 + step!, latency: 0.232 };
          (separator as unknown as { emit(type: string, detail: unknown): void }).emit(
            "adapt",
            detail,
          );
        },
        step,
      );
    await adapt(1);
    await inTrouble(page, "This machine is busy", /Close other programs.*“Safest”/);
    await page.getByRole("combobox", { name: "Latency" }).selectOption("Safest");
    await page.getByText("“Safest” asks less").waitFor({ state: "detached" });
    await adapt(1);
    await inTrouble(page, "This machine is busy", /tabs\.$/);
    await logged(page, "Adapted to the machine, step 1, load 97 %: latency 232.0 ms.");
    await adapt(0);
    await logged(page, "The machine has room again.");
    await outOfTrouble(page, "This machine is busy");
  }));

test("monitor: the clip light stays on until it is pressed, and the log can be saved", () =>
  harness.open(async (page) => {
    await startListening(page);
    await withMixer(page, (mixer) => {
      const { context, separator } = mixer.player.state.nodes!;
      const loud = new OscillatorNode(context as AudioContext);
      loud.connect(new GainNode(context as AudioContext, { gain: 2 })).connect(separator!.input);
      loud.start();
      Object.assign(globalThis, { loud });
    });
    await page.getByRole("button", { name: "Clipped" }).waitFor();
    await logged(page, "The input clipped.");
    await page.evaluate("loud.stop()");
    await page.waitForFunction(() => document.querySelector("level-meter")!.peak < -1);
    await page.getByRole("button", { name: "Clipped" }).click();
    await page.getByRole("button", { name: "No clip" }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the log" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^monitor-[\dT-]+\.txt$/);
    const text = await readFile((await download.path())!, "utf8");
    assert.match(text, /^Danna-Sep Live, monitor: .*\nVersion: \d+\.\d+\.\d+\nBrowser: Mozilla/);
    assert.match(text, /\nModel: live, wasm, 44100 Hz\n/);
    assert.match(text, /\n\d\d:\d\d:\d\d\.\d{3} {2}The input clipped\.\n/);
    const [, lost] = /\d:\d\d heard: \d+ hops, \d+ late, \d+ unseparated, (\d+) lost/.exec(text)!;
    // A full machine may keep Chromium from rendering, and that is told; that none is lost else is the soak test's.
    const { overruns, discontinuities } = await withMixer(
      page,
      (mixer) => mixer.player.state.nodes!.separator!.stats,
    );
    assert.equal(Number(lost), overruns + discontinuities);
  }));

test("monitor: each stem goes to its pair of output channels, and none while nothing is let out", () =>
  harness.open(async (page) => {
    const levels = (open: boolean) =>
      page.evaluate(async (open) => {
        const { connectOuts } = (await import("/outs.js" as string)) as typeof Outs;
        const context = new OfflineAudioContext(10, 4410, 44100);
        const sources = [0.1, 0.2, 0.3, 0.4].map((offset) => {
          const source = new ConstantSourceNode(context, { offset });
          source.start();
          return source;
        });
        const [vocals, drums, bass, other] = sources;
        // The mix, in stereo, on its own way.
        const mix = new ConstantSourceNode(context, { offset: 0.7 });
        mix.start();
        mix
          .connect(new GainNode(context, { channelCount: 2, channelCountMode: "explicit" }))
          .connect(context.destination);
        const stems = Object.fromEntries(
          Object.entries({ vocals, drums, bass, other }).map(([stem, source]) => {
            const tap = new GainNode(context, { channelCount: 2, channelCountMode: "explicit" });
            source.connect(tap);
            return [stem, tap];
          }),
        );
        connectOuts(context, stems).setOpen(open);
        const buffer = await context.startRendering();
        return Array.from({ length: 10 }, (_, channel) =>
          Number(buffer.getChannelData(channel)[4409].toFixed(3)),
        );
      }, open);
    assert.deepEqual(await levels(true), [0.7, 0.7, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4]);
    assert.deepEqual(await levels(false), [0.7, 0.7, 0, 0, 0, 0, 0, 0, 0, 0]);
  }));
