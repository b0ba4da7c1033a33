// The worker's core with a real engine, real rings and a clock of our own. Runs in Node.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Engine } from "../../src/engine/engine.ts";
import { createRing, RingReader, RingWriter } from "../../src/ring/ring.ts";
import { planRings, totalLatency } from "../../src/live/latency.ts";
import { LiveSeparator, liveDelay, type HopEngine } from "../../src/live/worker/live-separator.ts";
import { fixtureSession } from "../support/models.ts";
import { noise } from "../support/signals.ts";

const QUANTUM = 128;
const DEFAULT_STEMS = 4;

/** At 44.1 kHz in hops of 512. */
let engine: Engine;
/** At 22.05 kHz in hops of 64. */
let fine: Engine;
before(async () => {
  engine = new Engine(await fixtureSession("identity"));
  fine = new Engine(await fixtureSession("spectra"));
});
after(async () => {
  await engine.dispose();
  await fine.dispose();
});

/** Rings, core and a record of what the audio thread would have read. */
class Rig {
  readonly start: number;
  readonly latency: number;
  readonly live: LiveSeparator;
  readonly input: RingWriter;
  readonly stems: RingReader;
  /** Milliseconds; the test turns it. */
  time = 0;

  /** @param start position of the first frame */
  constructor(engine: HopEngine, sampleRate: number, realTime = true, start = 0) {
    engine.reset();
    this.start = start;
    const sizes = { ...liveDelay(engine, sampleRate), sampleRate };
    this.latency = totalLatency({ ...sizes, baseLatency: undefined, latencyMode: "monitor" });
    const plan = planRings(sizes, this.latency);
    const stemStart = start + plan.stemStart;
    const inputMemory = createRing(2, plan.inputCapacity, { start });
    const stemMemory = createRing(2 * DEFAULT_STEMS, plan.stemCapacity, { start: stemStart });
    this.input = new RingWriter(inputMemory, start);
    this.stems = new RingReader(stemMemory);
    this.live = new LiveSeparator({
      engine,
      sampleRate,
      latency: this.latency,
      realTime,
      position: start,
      input: new RingReader(inputMemory),
      output: new RingWriter(stemMemory, stemStart),
      now: () => this.time,
      turn: () => Promise.resolve(),
    });
  }

  /** Writes on; the signal's first sample is the first frame. */
  write(signal: Float32Array, frames: number): void {
    const at = this.input.position - this.start;
    this.input.write([signal.subarray(at), signal.subarray(at)], frames);
  }

  async work(): Promise<void> {
    while (await this.live.step());
  }

  /** Sum of the stems, `at` frames after the first; fails when they are not there. */
  sum(at: number, frames: number): Float32Array {
    const out = Array.from({ length: 2 * DEFAULT_STEMS }, () => new Float32Array(frames));
    assert.equal(this.stems.read(this.start + at, out, frames), "ok", `stems at ${at}`);
    return out[0].map((_, i) => out.reduce((sum, channel, k) => sum + (k % 2 ? 0 : channel[i]), 0));
  }
}

/** So many frames before the rings' counters change sign, and begin anew: half a day and a day on. */
const beforeWraps = (frames: number) => [2 ** 31 - frames, 2 ** 32 - frames];

const CASES = [
  ...[8000, 22050, 44100, 48000, 96000, 192_000].map((sampleRate) => ({ sampleRate, start: 0 })),
  ...beforeWraps(20_000).flatMap((start) => [
    { sampleRate: 44100, start },
    { sampleRate: 48000, start },
  ]),
].flatMap((options) => [
  { ...options, name: "hops of 512 at 44.1 kHz", model: () => engine },
  { ...options, name: "hops of 64 at 22.05 kHz", model: () => fine },
]);
for (const { sampleRate, start: origin, name, model } of CASES) {
  const from = origin > 0 ? `, from frame ${origin}` : "";
  test(`at ${sampleRate} Hz, ${name}${from}: the stems lie at the input's positions, in time`, async () => {
    const modelRate = model().sampleRate;
    const rig = new Rig(model(), sampleRate, true, origin);
    const frames = 512 * QUANTUM;
    // Well below what the lower of the two rates can carry, and without a start or end to hear.
    const signal = Float32Array.from(
      { length: frames },
      (_, n) =>
        Math.sin((Math.PI * n) / frames) ** 2 *
        Math.sin(0.3 * n * Math.min(1, modelRate / sampleRate)),
    );
    let error = 0;
    let power = 0;
    // The worker gets its turn only after all quanta of a 10 ms callback.
    const burst = Math.ceil((0.01 * sampleRate) / QUANTUM);
    for (let at = 0; at < frames; at += QUANTUM) {
      rig.write(signal, QUANTUM);
      const start = at - rig.latency;
      const sum = rig.sum(start, QUANTUM);
      for (let i = 0; i < QUANTUM; i++) {
        const expected = start + i < 0 ? 0 : signal[start + i];
        error += (sum[i] - expected) ** 2;
        power += expected ** 2;
      }
      if ((at / QUANTUM) % burst === burst - 1) await rig.work();
    }
    await rig.work();
    assert.ok(rig.live.wanted > rig.input.position);
    const ratio = 10 * Math.log10(power / error);
    assert.ok(ratio > 90, `${ratio} dB`);
    const { lateHops, reusedMasks, hops } = rig.live.stats;
    assert.deepEqual({ lateHops, reusedMasks }, { lateHops: 0, reusedMasks: 0 });
    assert.ok(Math.abs(hops - (frames * modelRate) / sampleRate / model().hop) <= 1);
  });
}

test("after a freeze the overdue hops reuse masks, only they do, and time is kept", async () => {
  const rig = new Rig(engine, 44100);
  const signal = noise(200 * 512);
  const hops = 80;
  rig.write(signal, hops * 512);
  await rig.work();
  // Hop k is due when the input reaches (k - 1)·512 + latency.
  const overdue = Array.from({ length: hops }, (_, k) => (k - 1) * 512 + rig.latency < hops * 512);
  const count = overdue.filter(Boolean).length;
  const { stats } = rig.live;
  assert.ok(count > 70 && count < hops);
  assert.equal(stats.hops, hops);
  assert.equal(stats.reusedMasks, count - 1, "the very first has none to reuse");
  assert.equal(stats.lateHops, count);
  const start = rig.input.position - rig.latency;
  const sum = rig.sum(start, 512);
  for (let i = 0; i < 512; i++) assert.ok(Math.abs(sum[i] - signal[start + i]) < 1e-6);
  // Late stems as well: a latency that grows will play them.
  for (let at = start - 8 * 512; at < start; at += 512) {
    const late = rig.sum(at, 512);
    for (let i = 0; i < 512; i++) assert.ok(Math.abs(late[i] - signal[at + i]) < 1e-6);
  }
  rig.write(signal, 512);
  await rig.work();
  assert.equal(rig.live.stats.reusedMasks, count - 1, "back in time, hops are inferred again");
});

test("hops of silence are not late, but those in which a sound dies away are", async () => {
  const rig = new Rig(engine, 44100);
  const burst = 20 * 512;
  const late = async (signal: (n: number) => number) => {
    const before = rig.live.stats.lateHops;
    const samples = Float32Array.from({ length: burst }, (_, n) => signal(n));
    rig.input.write([samples, new Float32Array(burst)], burst);
    await rig.work();
    return rig.live.stats.lateHops - before;
  };
  const silence = () => 0;
  assert.equal(await late(silence), 0, "before any sound");
  const all = await late((n) => Math.sin(0.05 * n));
  assert.ok(all > 0);
  const dying = await late(silence);
  assert.ok(dying > 0 && dying < all, `${dying} of ${all}`);
  assert.equal(await late(silence), 0, "long after it");
});

test("rendered offline every hop has masks of its own, and none is late", async () => {
  const rig = new Rig(engine, 44100, false);
  rig.write(noise(80 * 512), 80 * 512);
  await rig.work();
  const { hops, reusedMasks, lateHops } = rig.live.stats;
  assert.deepEqual({ hops, reusedMasks, lateHops }, { hops: 80, reusedMasks: 0, lateHops: 0 });
});

/** The engine with a price in time. */
function priced(rig: () => Rig, inference: number, transforms: number): HopEngine {
  return {
    hop: engine.hop,
    sampleRate: engine.sampleRate,
    delay: engine.delay,
    stems: engine.stems,
    counts: engine.counts,
    reset: () => engine.reset(),
    async process(input, output, options) {
      await engine.process(input, output, options);
      rig().time += options?.reuseMasks ? transforms : inference;
    },
  };
}

for (const inference of [5, 15, 40]) {
  test(`inference of ${inference} ms in hops of 11.6 ms: every hop out, masks kept fresh`, async () => {
    const rig: Rig = new Rig(
      priced(() => rig, inference, 1),
      44100,
    );
    const signal = noise(20 * 44100);
    let fallenBehind = 0;
    while (rig.input.position < 10 * 44100) {
      const due = Math.floor((rig.time * 44.1 - rig.input.position) / QUANTUM);
      if (due > 0) rig.write(signal, due * QUANTUM);
      if (!(await rig.live.step())) rig.time += 0.1;
      fallenBehind = Math.max(fallenBehind, rig.input.position - rig.live.wanted);
    }
    await rig.work();
    const { hops, reusedMasks, lateHops } = rig.live.stats;
    assert.equal(hops, Math.floor(rig.input.position / 512));
    if (inference < 10) {
      assert.equal(reusedMasks + lateHops, 0);
    } else {
      const inferred = hops - reusedMasks;
      assert.ok(reusedMasks > 0 && inferred >= hops / 8, `${inferred} of ${hops} inferred`);
      assert.ok(fallenBehind <= (inference + 12) * 44.1, `${fallenBehind} frames behind`);
    }
  });
}

test("input that was overwritten is counted, and the stems are back at their positions", async () => {
  for (const [sampleRate, origin] of [44100, 48000].flatMap((sampleRate) =>
    [0, ...beforeWraps(5 * sampleRate)].map((origin) => [sampleRate, origin]),
  )) {
    const rig = new Rig(engine, sampleRate, true, origin);
    const signal = new Float32Array(20 * sampleRate).map((_, n) => Math.sin(0.05 * n));
    rig.write(signal, 100 * QUANTUM);
    await rig.work();
    rig.write(signal, 10 * sampleRate);
    await rig.work();
    assert.equal(rig.live.stats.overruns, 1);
    for (let i = 0; i < 40; i++) {
      const start = rig.input.position - origin - rig.latency;
      const sum = rig.sum(start, QUANTUM);
      sum.forEach((x, n) =>
        assert.ok(Math.abs(x - signal[start + n]) < 1e-4, `frame ${start + n}`),
      );
      rig.write(signal, QUANTUM);
      await rig.work();
    }
    assert.equal(rig.live.stats.overruns, 1);
  }
});

/** The engine with a model that can be broken. */
class Breakable implements HopEngine {
  broken: "no" | "throws" | "gives no numbers" = "no";
  readonly hop = engine.hop;
  readonly sampleRate = engine.sampleRate;
  readonly delay = engine.delay;
  readonly stems = engine.stems;
  readonly counts = { ...engine.counts };
  reset = () => engine.reset();
  async process(...[input, output, options]: Parameters<HopEngine["process"]>): Promise<void> {
    await engine.process(input, output, options);
    if (this.broken === "no" || options?.reuseMasks) return;
    this.counts.faultyFrames += input[0].length / engine.hop;
    if (this.broken === "throws") throw new Error("broken on purpose");
  }
}

test("a model that fails now and then is counted, and its substitute is played", async () => {
  const breakable = new Breakable();
  const rig = new Rig(breakable, 44100);
  const signal = noise(300 * 512);
  for (let hop = 0; hop < 200; hop++) {
    breakable.broken = hop % 50 === 0 ? "no" : hop % 2 ? "throws" : "gives no numbers";
    if (hop >= 190) breakable.broken = "no";
    if (hop % 50 < 11) breakable.broken = "no";
    rig.write(signal, 512);
    await rig.work();
  }
  assert.ok(rig.live.stats.faultyHops > 100);
  const start = rig.input.position - rig.latency;
  const sum = rig.sum(start, 512);
  for (let i = 0; i < 512; i++) assert.ok(Math.abs(sum[i] - signal[start + i]) < 1e-6);
});

for (const broken of ["throws", "gives no numbers"] as const) {
  test(`a model that ${broken} for half a second ends the loop with the reason`, async () => {
    const breakable = new Breakable();
    const rig = new Rig(breakable, 44100);
    const signal = noise(300 * 512);
    const play = async (hops: number) => {
      for (let hop = 0; hop < hops; hop++) {
        rig.write(signal, 512);
        await rig.work();
      }
    };
    await play(20);
    breakable.broken = broken;
    const reason = broken === "throws" ? /broken on purpose/ : /no numbers/;
    await assert.rejects(play(100), reason);
    assert.equal(rig.live.stats.faultyHops, 40);
    const start = rig.input.position - 512 - engine.delay;
    const sum = rig.sum(start, 512);
    for (let i = 0; i < 512; i++) assert.ok(Math.abs(sum[i] - signal[start + i]) < 1e-6);
  });
}

for (const sampleRate of [44100, 48000]) {
  test(`at ${sampleRate} Hz hops per run may change at any time: every sample once, in its place`, async () => {
    const rig = new Rig(engine, sampleRate);
    rig.live.latency = rig.latency + 8 * 600;
    const frames = 400 * 512;
    const signal = Float32Array.from({ length: frames + QUANTUM }, (_, n) => Math.sin(0.05 * n));
    const choices = [1, 4, 2, 8, 3, 1, 8];
    for (let at = 0; at < frames; at += QUANTUM) {
      rig.live.hopsPerRun = choices[Math.floor(at / 16384) % choices.length];
      rig.write(signal, QUANTUM);
      await rig.work();
      const start = at - rig.live.latency;
      if (start < 4096) continue;
      rig
        .sum(start, QUANTUM)
        .forEach((x, i) => assert.ok(Math.abs(x - signal[start + i]) < 1e-4, `frame ${start + i}`));
    }
    const { hops, lateHops, reusedMasks } = rig.live.stats;
    assert.deepEqual({ lateHops, reusedMasks }, { lateHops: 0, reusedMasks: 0 });
    assert.ok(hops > (frames * 44100) / sampleRate / 512 - 10);
  });
}
