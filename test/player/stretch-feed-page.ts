// Browser side of stretch-feed.test.ts: a song shifted offline, its samples handed over in windows. Page.
import { NO_LOOP } from "../../src/player/loop.ts";
import { positionAfter, type PlaybackState } from "../../src/player/playback-state.ts";
import { createStretch } from "../../src/player/stretch.ts";
import { StretchFeed } from "../../src/player/stretch-feed.ts";

const RATE = 8000;
const LENGTH = 20 * RATE + 77;

export interface Rendered {
  readonly samples: number[];
  /** How often windows were handed over, and the longest, in samples. */
  readonly windows: number;
  readonly longest: number;
}

/** Renders a state of a song of 20 s for so many seconds, in windows of so many. */
export async function render(
  state: Omit<PlaybackState, "loop"> & { readonly loop: { a: number; b: number } | undefined },
  seconds: number,
  window: number,
): Promise<Rendered> {
  const context = new OfflineAudioContext(2, seconds * RATE, RATE);
  const stretch = await createStretch(context, "/dist/SignalsmithStretch.mjs");
  const song = Float32Array.from({ length: LENGTH }, (_, n) => {
    const time = n / RATE;
    return (
      0.3 * Math.sin(2 * Math.PI * (200 + 20 * time) * time) * (0.6 + 0.4 * Math.sin(9 * time))
    );
  });
  let [windows, longest] = [0, 0];
  const add = stretch.addBuffers.bind(stretch);
  stretch.addBuffers = (channels, transfer) => {
    windows++;
    longest = Math.max(longest, channels[0].length);
    return add(channels, transfer);
  };
  const read = (from: number, to: number) =>
    Promise.resolve([song.slice(from, to), song.slice(from, to)]);
  const feed = new StretchFeed(stretch, { length: LENGTH, sampleRate: RATE, read }, window);
  const first: PlaybackState = { ...state, loop: state.loop ?? NO_LOOP };
  await feed.prepare(first);
  let more = feed.schedule(first, 0);
  let began = 0;
  let now = first;
  // As the player does, but in time with the rendering.
  for (let time = 0.5; time < seconds; time += 0.5) {
    void context.suspend(time).then(async () => {
      const left = (more ?? Infinity) / state.tempo - (context.currentTime - began);
      if (left < 1) {
        now = { ...now, position: positionAfter(now, context.currentTime - began) };
        began = context.currentTime;
        await feed.prepare(now);
        more = feed.schedule(now, began);
        await stretch.latency();
      }
      await context.resume();
    });
  }
  await stretch.latency();
  stretch.connect(context.destination);
  const rendered = await context.startRendering();
  return { samples: Array.from(rendered.getChannelData(0)), windows, longest };
}
