// The song player and the blend, quantum by quantum. Pure, runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SongPlayer } from "../../worklets/player/song-player.ts";
import { blendStems } from "../../worklets/player/stem-blend.ts";
import { PackedRegion, packRegion } from "../../src/dsp/packed-region.ts";
import { REGION, type SampleLoop } from "../../src/player/protocol.ts";

const RATE = 44100;
const LATENCY = 1000;
const LONGEST = 10_000;
const LENGTH = 3 * REGION + 777;
const FADE = Math.ceil(0.008 * RATE) + 1;
const BLEND = Math.ceil(0.03 * RATE);
const MOVE = Math.round(0.05 * RATE);

/** A song whose samples tell where they are. */
const song = [0, 1].map((c) =>
  Float32Array.from({ length: LENGTH }, (_, n) => (c ? -1 : 1) * (n + 1)),
);
/** Vocals are half of it, drums a quarter, bass an eighth. */
const packed = (region: number) => {
  const [from, to] = [region * REGION, Math.min(LENGTH, (region + 1) * REGION)];
  const shares = [0.5, 0.5, 0.25, 0.25, 0.125, 0.125];
  return new PackedRegion(
    packRegion(shares.map((share, c) => song[c % 2].slice(from, to).map((x) => x * share))),
  );
};

function play(quanta: number, act: (player: SongPlayer, quantum: number) => void) {
  const player = new SongPlayer({
    sampleRate: RATE,
    length: LENGTH,
    stems: 4,
    latency: LATENCY,
    longestLatency: LONGEST,
    blendFrames: BLEND,
  });
  for (let region = 0; region * REGION < LENGTH; region++) {
    const part = (plane: Float32Array) => plane.slice(region * REGION, (region + 1) * REGION);
    const [left, right] = song.map(part);
    player.setBlock(region, [left, right]);
  }
  player.blend = true;
  const events: string[] = [];
  let quantum = 0;
  player.onstart = (position, offset) =>
    events.push(`start ${position} at ${quantum * 128 + offset}`);
  player.onend = () => events.push("end");
  player.onregion = (region) => events.push(`region ${region}`);
  const mixture = [0, 1].map(() => new Float32Array(quanta * 128));
  const bus = Array.from({ length: 9 }, () => new Float32Array(quanta * 128));
  for (; quantum < quanta; quantum++) {
    act(player, quantum);
    const slice = (plane: Float32Array) => plane.subarray(quantum * 128, (quantum + 1) * 128);
    player.process(mixture.map(slice), bus.map(slice));
  }
  return { mixture, bus, events };
}

const from = (position: number, loop?: SampleLoop) => (player: SongPlayer, quantum: number) => {
  if (quantum === 0) player.play(position, loop);
};

test("the song passes bit for bit, from its first sample without a fade, and ends", () => {
  const quanta = Math.ceil(LENGTH / 128) + 2;
  const { mixture, events } = play(quanta, from(0));
  assert.deepEqual(mixture[0].subarray(0, LENGTH), song[0]);
  assert.deepEqual(mixture[1].subarray(0, LENGTH), song[1]);
  assert.ok(mixture[0].subarray(LENGTH).every((x) => x === 0));
  assert.deepEqual(events, ["start 0 at 0", "region 0", "region 1", "region 2", "region 3", "end"]);
});

test("a song waits for its beginning in silence, to the frame, and not once it was stopped", () => {
  const late = (player: SongPlayer, quantum: number) => {
    if (quantum === 1) player.play(0, undefined, 300);
  };
  const { mixture, bus, events } = play(10, late);
  assert.ok(mixture[0].subarray(0, 428).every((x) => x === 0));
  assert.deepEqual(mixture[0].subarray(428), song[0].subarray(0, 10 * 128 - 428));
  assert.ok(bus[0].every((x) => x === 0));
  assert.equal(events[0], "start 0 at 428");
  const stopped = play(10, (player, quantum) => {
    late(player, quantum);
    if (quantum === 2) player.stop();
  });
  assert.ok(stopped.mixture[0].every((x) => x === 0));
  const moved = play(10, (player, quantum) => {
    late(player, quantum);
    if (quantum === 6) player.play(0, undefined, 300);
  });
  const [, jump] = moved.events.filter((event) => event.startsWith("start"));
  assert.ok(Number(jump.split(" at ")[1]) <= 6 * 128 + FADE, "what plays jumps at once");
});

test("a jump fades out, moves in silence, fades in, and says where it goes on", () => {
  const { mixture, events } = play(40, (player, quantum) => {
    if (quantum === 0) player.play(0, undefined);
    if (quantum === 10) player.play(200_000, undefined);
  });
  assert.equal(mixture[0][1279], 1280, "untouched before");
  const [, jump] = events.filter((event) => event.startsWith("start"));
  const at = Number(/at (\d+)/.exec(jump)![1]);
  assert.ok(at > 1280 && at <= 1280 + FADE, jump);
  assert.equal(mixture[0][at - 1], 0);
  for (let n = at + FADE; n < 40 * 128; n++) assert.equal(mixture[0][n], 200_000 + n - at + 1);
});

test("a loop wraps at its very sample, and can be left on the way", () => {
  const loop = { a: 1000, b: 3000 };
  const { mixture, events } = play(50, (player, quantum) => {
    from(0, loop)(player, quantum);
    if (quantum === 30) player.setLoop(undefined);
  });
  assert.equal(mixture[0][2999], 3000);
  assert.equal(mixture[0][3000], 1001);
  // Sample 3840 is at 1840; from there on straight ahead.
  for (let n = 3000; n < 50 * 128; n++) assert.equal(mixture[0][n], n - 2000 + 1);
  assert.deepEqual(events.at(-1), "start 1840 at 3840");
});

test("stems come later by the latency, with the samples of the mixture that they belong to", () => {
  const quanta = Math.ceil((2 * BLEND + LATENCY) / 128) + 5;
  const { bus } = play(quanta, (player, quantum) => {
    if (quantum === 0) player.setRegion(0, packed(0));
    from(0)(player, quantum);
  });
  const weights = bus[8];
  assert.ok(weights.subarray(0, LATENCY).every((w) => w === 0));
  for (let n = LATENCY; n < quanta * 128; n++) {
    const k = n - LATENCY;
    assert.ok(Math.abs(weights[n] - Math.min(1, (k + 1) / BLEND)) < 1e-4, `weight ${n}`);
    const sum = bus[0][n] + bus[2][n] + bus[4][n] + bus[6][n];
    assert.ok(Math.abs(sum - (k + 1)) < 1e-3, `sum ${n}`);
    // Of a block's peak 2^-16 may be lost.
    assert.ok(Math.abs(bus[0][n] - (k + 1) / 2) < (k + 1024) * 2 ** -16, `vocals ${n}`);
    assert.ok(Math.abs(bus[1][n] + bus[0][n]) < (k + 1024) * 2 ** -15, `right ${n}`);
  }
});

test("another latency is cross-faded to, and the last one that is wanted is come to", () => {
  const at = 128 * Math.ceil((LONGEST + 2 * BLEND) / 128);
  for (const wanted of [[LONGEST], [500], [LONGEST, 1300]]) {
    const quanta = at / 128 + 2 * Math.ceil(MOVE / 128) + 10;
    const { bus } = play(quanta, (player, quantum) => {
      if (quantum === 0) player.setRegion(0, packed(0));
      from(0)(player, quantum);
      // Another one in the middle of a fade.
      const then = wanted[(quantum - at / 128) / 8];
      if (then !== undefined) player.setLatency(then);
    });
    const sum = (n: number) => bus[0][n] + bus[2][n] + bus[4][n] + bus[6][n];
    for (let n = at; n < quanta * 128; n++) assert.ok(bus[8][n] > 0.9999, `weight ${n}`);
    for (let n = at; n < at + MOVE; n++) {
      const share = (n - at + 1) / MOVE;
      const due = n + 1 - LATENCY - share * (wanted[0] - LATENCY);
      assert.ok(Math.abs(sum(n) - due) < 0.1, `${wanted}: ${sum(n)} for ${due} at ${n}`);
    }
    for (let n = at + 2 * MOVE + 128; n < quanta * 128; n++) {
      assert.ok(Math.abs(sum(n) - (n + 1 - wanted.at(-1)!)) < 1e-2, `${wanted}: ${n}`);
    }
  }
});

test("the weight is back at zero where the next region is missing, and never jumps", () => {
  const first = Math.floor((REGION - 4 * BLEND) / 128);
  const quanta = Math.ceil((8 * BLEND + LATENCY) / 128);
  const { bus } = play(quanta, (player, quantum) => {
    if (quantum === 0) player.setRegion(0, packed(0));
    from(first * 128)(player, quantum);
  });
  const end = REGION - first * 128 + LATENCY;
  const weights = bus[8];
  assert.equal(weights[end - BLEND - 2], 1);
  assert.ok(weights.subarray(end).every((w) => w === 0));
  for (let n = 1; n < weights.length; n++) {
    assert.ok(Math.abs(weights[n] - weights[n - 1]) <= 1 / BLEND + 1e-6, `${n}`);
  }
});

test("between ready regions, and around a ready loop, the weight stays at one", () => {
  for (const loop of [undefined, { a: REGION - 9000, b: REGION + 5000 }]) {
    const { bus } = play(300, (player, quantum) => {
      if (quantum === 0) for (const region of [0, 1]) player.setRegion(region, packed(region));
      from(REGION - 8000, loop)(player, quantum);
    });
    assert.ok(bus[8].subarray(LATENCY + BLEND).every((w) => w === 1));
  }
});

test("no longer blending fades back to the separator's stems, and forgets the others", () => {
  const off = 2 * BLEND + LATENCY;
  const quanta = Math.ceil((off + 2 * BLEND + LATENCY) / 128) + 20;
  const { bus } = play(quanta, (player, quantum) => {
    if (quantum === 0) player.setRegion(0, packed(0));
    from(0)(player, quantum);
    if (quantum === Math.ceil(off / 128)) player.blend = false;
    if (quantum === quanta - 10) player.blend = true;
  });
  const weights = bus[8];
  assert.equal(weights[off + LATENCY], 1);
  for (let n = 1; n < weights.length; n++) {
    assert.ok(Math.abs(weights[n] - weights[n - 1]) <= 1 / BLEND + 1e-6, `${n}`);
    const sum = bus[0][n] + bus[2][n] + bus[4][n] + bus[6][n];
    if (weights[n] > 0) assert.ok(Math.abs(sum - (n + 1 - LATENCY)) < 1e-2, `stems ${n}`);
  }
  assert.ok(weights.subarray(off + 128 + BLEND + LATENCY).every((w) => w === 0));
});

test("stopping fades to silence and tells nothing more", () => {
  const { mixture, bus, events } = play(40, (player, quantum) => {
    if (quantum === 0) player.setRegion(0, packed(0));
    from(0)(player, quantum);
    if (quantum === 8) player.stop();
  });
  assert.ok(mixture[0].subarray(1024 + FADE).every((x) => x === 0));
  assert.ok(bus[0].subarray(1024 + FADE + LATENCY).every((x) => x === 0));
  for (let n = 1025; n < 1024 + FADE; n++) assert.ok(mixture[0][n] - mixture[0][n - 1] < 2, `${n}`);
  assert.deepEqual(events, ["start 0 at 0", "region 0"]);
});

test("the blend adds what turns the separated stems into the computed ones, by their weight", () => {
  const filled = (value: number) => new Float32Array(4).fill(value);
  const separated = [0.1, 0.2, 0.3, 0.4].map((x) => [filled(x), filled(-x)]);
  const bus = [0.5, -0.5, 0.25, -0.25, 0, 0, 0.25, -0.25].map(filled);
  bus.push(Float32Array.of(0, 0.5, 1, 1));
  const outputs = separated.map(() => [filled(9), filled(9)]);
  blendStems(separated, bus, outputs);
  const vocals = [...outputs[0][0]].map((x, n) => x + separated[0][0][n]);
  assert.deepEqual(
    vocals.map((x) => Math.round(x * 1e6) / 1e6),
    [0.1, 0.3, 0.5, 0.5],
  );
  for (let n = 0; n < 4; n++) {
    const change = outputs.reduce((sum, output) => sum + output[0][n], 0);
    assert.ok(Math.abs(change) < 1e-6, "stems that add up to the same keep their sum");
  }
  const untouched = separated.map(() => [filled(0), filled(0)]);
  blendStems(separated, [], untouched);
  assert.ok(untouched.flat(2).every((plane) => plane.every((x) => x === 0)));
});

test("the head waits in silence for samples, then fades in where it was, and says so", () => {
  const first = 5 * 128;
  const { mixture, events } = play(20, (player, quantum) => {
    if (quantum === 0) player.setBlock(1, undefined);
    from(REGION - first)(player, quantum);
    if (quantum === 10) player.setBlock(1, [song[0].slice(REGION), song[1].slice(REGION)]);
  });
  assert.equal(mixture[0][first - 1], REGION);
  assert.ok(mixture[0].subarray(first, 10 * 128).every((x) => x === 0));
  for (let n = 10 * 128 + FADE; n < 20 * 128; n++) {
    assert.equal(mixture[0][n], REGION + 1 + n - 10 * 128);
  }
  assert.deepEqual(events, [
    `start ${REGION - first} at 0`,
    "region 0",
    "region 1",
    `start ${REGION} at ${10 * 128}`,
  ]);
});

test("a jump out of what is not there is made at once, and a stop ends the wait", () => {
  const { mixture, events } = play(20, (player, quantum) => {
    if (quantum === 0) player.setBlock(1, undefined);
    from(REGION)(player, quantum);
    if (quantum === 5) player.play(1000, undefined);
    if (quantum === 10) player.play(REGION, undefined);
    if (quantum === 15) player.stop();
    if (quantum === 16) player.setBlock(1, [song[0].slice(REGION), song[1].slice(REGION)]);
  });
  assert.deepEqual(events, ["region 1", "start 1000 at 640", "region 0", "region 1"]);
  assert.equal(mixture[0][10 * 128 - 1], 1640);
  assert.ok(mixture[0].subarray(14 * 128).every((x) => x === 0));
});
