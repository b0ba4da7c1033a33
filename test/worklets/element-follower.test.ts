// The element follower, quantum by quantum. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ElementFollower } from "../../worklets/element/element-follower.ts";
import { PackedRegion, packRegion } from "../../src/dsp/packed-region.ts";
import { REGION, type Captured } from "../../src/player/protocol.ts";
import { noise } from "../support/signals.ts";

const RATE = 44100;
const LATENCY = 3000;
const LENGTH = 2 * REGION + 5000;
/** Frames in which the stems are faded, and of a window. */
const [FADE, WINDOW] = [896, 128];
/** Of the four stems, what is kept of the song. */
const SHARES = [0.5, 0.25, 0.125];

const song = [1, 2].map((seed) => noise(LENGTH, seed).map((sample) => 0.5 * sample));
const packed = (region: number) => {
  const part = (plane: Float32Array) => plane.slice(region * REGION, (region + 1) * REGION);
  const kept = SHARES.flatMap((share) => song.map((plane) => part(plane).map((x) => x * share)));
  return new PackedRegion(packRegion(kept));
};

interface Heard {
  readonly sound: readonly Float32Array[];
  readonly bus: readonly Float32Array[];
  readonly events: readonly string[];
}

/** What comes of a sound, of which `act` knows more before each quantum. */
function follow(
  frames: number,
  sound: (frame: number, channel: number) => number,
  act: (follower: ElementFollower, frame: number) => void = () => undefined,
): Heard {
  const follower = new ElementFollower({
    ...{ sampleRate: RATE, length: LENGTH, stems: 4 },
    ...{ latency: LATENCY, longestLatency: 10_000 },
  });
  for (let region = 0; region * REGION < LENGTH; region++) {
    const part = (plane: Float32Array) => plane.slice(region * REGION, (region + 1) * REGION);
    follower.setBlock(region, [part(song[0]), part(song[1])]);
    follower.setRegion(region, packed(region));
  }
  follower.blend = true;
  const events: string[] = [];
  let at = 0;
  follower.onalign = () => events.push(`aligned at ${at}`);
  follower.onpart = () => events.push(`parted at ${at}`);
  const input = [0, 1].map((c) => Float32Array.from({ length: frames }, (_, n) => sound(n, c)));
  const bus = Array.from({ length: 9 }, () => new Float32Array(frames));
  for (; at + 128 <= frames; at += 128) {
    act(follower, at);
    const slice = (plane: Float32Array) => plane.subarray(at, at + 128);
    follower.process(input.map(slice), bus.map(slice));
  }
  return { sound: input, bus, events };
}

/** Fails unless the bus has the song's stems of what came `LATENCY` before, and the sound as their sum. */
function assertStems({ sound, bus }: Heard, from: number, to: number, gain = 1, offset = 0): void {
  for (let n = from; n < to; n++) {
    let sum = 0;
    for (let stem = 0; stem < 4; stem++) sum += bus[2 * stem][n];
    const came = sound[0][n - LATENCY];
    assert.ok(Math.abs(sum - came) < 1e-6, `frame ${n}: ${sum} in all, not ${came}`);
    const vocals = gain * SHARES[0] * song[0][n - LATENCY - offset];
    assert.ok(Math.abs(bus[0][n] - vocals) < 1e-4, `frame ${n}: ${bus[0][n]}, not ${vocals}`);
    assert.equal(bus[8][n], 1);
  }
}

const playing = (n: number, c: number) => song[c][n] ?? 0;

test("element follower: the song's stems of what comes in, later by the latency, add up to it", () => {
  const heard = follow(20_000, playing, (follower, frame) => frame === 0 && follower.align(0, 1));
  assert.deepEqual(heard.events, ["aligned at 0"]);
  assertStems(heard, LATENCY + FADE, 19_900);
});

test("element follower: the weight goes up and comes down in a straight line", () => {
  const { bus } = follow(30_000, playing, (follower, frame) => {
    if (frame === 0) follower.align(0, 1);
    if (frame === 12_800) follower.blend = false;
  });
  const weights = bus[8];
  const steps = weights.map((weight, n) => Math.abs(weight - (weights[n - 1] ?? 0)));
  assert.ok(Math.max(...steps) < 1.01 / FADE);
  assert.equal(weights[LATENCY + FADE], 1);
  assert.equal(weights[29_000], 0);
});

test("element follower: no stem of another place is heard, at whatever frame the sound jumps", () => {
  for (const jump of [15_000, 15_100, 15_233]) {
    const heard = follow(
      40_000,
      (n, c) => playing(n < jump ? n : n + 50_000, c),
      (follower, frame) => frame === 0 && follower.align(0, 1),
    );
    assertStems(heard, LATENCY + FADE, jump - FADE - 2 * WINDOW + LATENCY);
    for (let n = jump + LATENCY; n < 39_900; n++) assert.equal(heard.bus[8][n], 0, `frame ${n}`);
    assert.equal(heard.events.length, 2);
    assert.match(heard.events[1], /^parted/);
  }
});

test("element follower: it comes back when it is told where the sound is", () => {
  const [jump, told] = [15_000, 24_960];
  const heard = follow(
    50_000,
    (n, c) => playing(n < jump ? n : n + 50_000, c),
    (follower, frame) => {
      if (frame === 0) follower.align(0, 1);
      if (frame === told) follower.align(-50_000, 1);
    },
  );
  assertStems(heard, told + WINDOW + LATENCY + FADE, 49_900, 1, -50_000);
});

test("element follower: another place, another speed and silence are not the song's", () => {
  const sounds = {
    "another place": (n: number, c: number) => playing(n + 100, c),
    "another speed": (n: number, c: number) => playing(Math.floor(0.9 * n), c),
    silence: () => 0,
  };
  for (const [name, sound] of Object.entries(sounds)) {
    const align = (follower: ElementFollower, frame: number) => {
      if (frame === 1280) follower.align(0, 1);
    };
    const { bus, events } = follow(20_000, sound, align);
    assert.equal(Math.max(...bus[8]), 0, name);
    assert.equal(events.length, 1, name);
    assert.match(events[0], /^parted/);
  }
});

test("element follower: at another volume it is the song's once it is told, and stems have that", () => {
  const [changed, told] = [15_000, 20_480];
  const heard = follow(
    40_000,
    (n, c) => (n < changed ? 1 : 0.3) * playing(n, c),
    (follower, frame) => {
      if (frame === 0) follower.align(0, 1);
      if (frame === told) follower.align(0, 0.3);
    },
  );
  assertStems(heard, LATENCY + FADE, changed - FADE - 2 * WINDOW + LATENCY);
  for (let n = changed + LATENCY; n < told + LATENCY; n++) assert.equal(heard.bus[8][n], 0);
  assertStems(heard, told + WINDOW + LATENCY + FADE, 39_900, 0.3);
});

test("element follower: stems that are missing fade out before, and in again after", () => {
  const begin = REGION - 10_000;
  const heard = follow(
    2 * REGION,
    (n, c) => playing(n + begin, c),
    (follower, frame) => {
      if (frame === 0) follower.align(-begin, 1);
      if (frame === 1280) follower.setRegion(1, undefined);
      if (frame === 64_000) follower.setRegion(1, packed(1));
    },
  );
  assert.deepEqual(heard.events, ["aligned at 0"]);
  assertStems(heard, LATENCY + FADE, 10_000 - FADE - 2 * WINDOW + LATENCY, 1, -begin);
  for (let n = 10_000 + LATENCY; n < 64_000; n++) assert.equal(heard.bus[8][n], 0);
  assertStems(heard, 64_000 + LATENCY + FADE + WINDOW, 120_000, 1, -begin);
});

test("element follower: what is captured is what came, from the frame that is told", () => {
  const into: Captured = [new Float32Array(1000), new Float32Array(1000)];
  let told = NaN;
  const { sound } = follow(5000, playing, (follower, frame) => {
    follower.oncapture = (_, from) => (told = from);
    if (frame === 1280) follower.capture(into);
  });
  assert.equal(told, 1280);
  into.forEach((plane, c) => assert.deepEqual(plane, sound[c].slice(told, told + 1000)));
});

test("element follower: a bus of another latency is cross-faded, and is the sound's then", () => {
  const heard = follow(60_000, playing, (follower, frame) => {
    if (frame === 0) follower.align(0, 1);
    if (frame === 20_480) follower.setLatency(2 * LATENCY);
  });
  for (let n = 30_000; n < 59_900; n++) {
    const vocals = SHARES[0] * song[0][n - 2 * LATENCY];
    assert.ok(Math.abs(heard.bus[0][n] - vocals) < 1e-4, `frame ${n}`);
  }
});
