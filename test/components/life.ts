// A mixer's life in other people's pages, drawn by lot: it is added, removed, moved, set otherwise, played,
// paused and sought in any order, and lives on. What mixer-life.test.ts and its soak share. Runs in Node.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { isHeard, MODEL, type MixerHarness } from "./mixer-harness.ts";

const MEDIA = `controls loop`;

/** By source: what the page has of it. */
const BODIES = {
  src: `<stem-mixer src="/audio/long.wav" ${MODEL}></stem-mixer>`,
  audio: `<audio id="song" src="/audio/long.wav" ${MEDIA}></audio><stem-mixer for="song" ${MODEL}></stem-mixer>`,
  video: `<video id="song" src="/audio/clip.webm" ${MEDIA}></video><stem-mixer for="song" ${MODEL}></stem-mixer>`,
  microphone: `<stem-mixer source="microphone" feedback-guard="off" ${MODEL}></stem-mixer>`,
  tab: `<stem-mixer source="tab" ${MODEL}></stem-mixer>`,
} as const;

export type LifeSource = keyof typeof BODIES;
export const LIFE_SOURCES = Object.keys(BODIES) as LifeSource[];

/** What happens in a life. */
const STEPS = 10;

/** Lives one life and fails with what was done where it ends badly. */
export const live = (harness: MixerHarness, source: LifeSource, seed: number): Promise<void> =>
  harness.open(`${BODIES[source]}<div id="elsewhere"></div>`, async (page, problems) => {
    await page.evaluate(() => {
      // Headless Chromium has no picker: the share is a tone instead of a tab's sound.
      navigator.mediaDevices.getDisplayMedia = async () => {
        const context = new AudioContext();
        const tone = new OscillatorNode(context);
        const share = new MediaStreamAudioDestinationNode(context);
        tone.connect(share);
        tone.start();
        const stream = share.stream;
        const canvas = document.createElement("canvas");
        canvas.getContext("2d");
        stream.addTrack(canvas.captureStream().getVideoTracks()[0]);
        return stream;
      };
    });
    const log = await page.evaluate(passLife, [seed, STEPS] as const);
    const what = `${source}, seed ${seed}: ${log.done.join(", ")}`;
    assert.deepEqual(log.faults, [], what);
    try {
      await livesOn(page);
    } catch (cause) {
      const mixer = await page.evaluate(() => {
        const { status, paused, error, interruption } =
          document.querySelector("stem-mixer")!.player.state;
        return [status, paused, error?.message, interruption?.reason];
      });
      throw new Error(`${what}: does not play on (${JSON.stringify(mixer)})`, { cause });
    }
    assert.deepEqual(problems, [], what);
  });

/** In the page: lives, and says what was done and what was wrong. */
async function passLife([seed, steps]: readonly [number, number]) {
  const mixer = document.querySelector("stem-mixer")!;
  const home = mixer.parentElement!;
  let state = seed >>> 0;
  /** Mulberry32. */
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const any = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)];
  const faults: string[] = [];
  mixer.addEventListener("stem-error", ({ detail }) => faults.push(detail.error.message));
  let sought: number | undefined;
  const set = (name: string, values: readonly string[]) => mixer.setAttribute(name, any(values));
  const acts: Record<string, () => void> = {
    remove: () => mixer.remove(),
    add: () => home.append(mixer),
    move: () => document.querySelector("#elsewhere")!.append(mixer),
    "latency mode": () => set("latency-mode", ["monitor", "balanced", "safe"]),
    backend: () => set("backend", ["wasm", "auto"]),
    model: () => set("model", ["/models/identity.json", "/models/bands.json"]),
    "base URL": () => set("base-url", ["/dist/", "/dist/?other", "/dist/?third"]),
    "studio model": () => set("studio-model", ["/models/identity.json", ""]),
    play: () => void mixer.play(),
    pause: () => mixer.pause(),
    toggle: () => void mixer.togglePlay(),
    seek: () => mixer.seek((sought = random() * 6)),
  };
  const done: string[] = [];
  // Most lives begin so.
  if (random() < 0.7) void mixer.play();
  for (let step = 0; step < steps; step++) {
    const name = any(Object.keys(acts));
    sought = undefined;
    const before = { position: mixer.position, state: mixer.state, time: performance.now() };
    const wasIn = mixer.isConnected;
    acts[name]();
    done.push(name);
    for (let n = Math.floor(random() * 15); n >= 0; n--) await new Promise(requestAnimationFrame);
    const stayed = wasIn && mixer.isConnected && before.state === "ready";
    if (!stayed || mixer.state !== "ready" || mixer.duration === 0) continue;
    const { position, duration } = mixer;
    const from = sought ?? before.position;
    const passed = (performance.now() - before.time) / 1000;
    // A second for latencies and how exactly elements tell; the element may have begun again.
    const wentOn = position > from - 1 && position < from + passed + 1;
    if (!wentOn && from + passed < duration - 1) {
      faults.push(`${name}: from ${from} to ${position} in ${passed} s`);
    }
  }
  if (!mixer.isConnected) home.append(mixer);
  return { done, faults };
}

/** What was lived can be played, and leaves a page's element as it found it. */
async function livesOn(page: Page): Promise<void> {
  await page.evaluate(() => void document.querySelector("stem-mixer")!.play());
  await page.waitForFunction(
    () => {
      const { state, running, error } = (({ player }) => ({
        ...{ state: player.state.status, running: player.state.running, error: player.state.error },
      }))(document.querySelector("stem-mixer")!);
      return state === "ready" && running && error === undefined;
    },
    undefined,
    { timeout: 100_000 },
  );
  await isHeard(page, 0.02);
  await page.evaluate(async () => {
    const media = document.querySelector<HTMLMediaElement>("audio, video");
    document.querySelector("stem-mixer")!.remove();
    if (!media) return;
    const goesOn = async () => {
      const from = media.currentTime;
      while (Math.abs(media.currentTime - from) < 0.5) await new Promise(requestAnimationFrame);
    };
    await goesOn();
    media.pause();
    await media.play();
    await goesOn();
  });
}
