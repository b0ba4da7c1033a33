// The audio thread's pure part: late stems, silence, and the account of them. Runs in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { beginRing, createRing, RingReader, RingWriter } from "../../src/ring/ring.ts";
import { StemScheduler } from "../../worklets/separator/stem-scheduler.ts";

const QUANTUM = 128;
const HOP = 512;
const SAMPLE_RATE = 44100;
const FADE = Math.round(0.005 * SAMPLE_RATE);
const LATENCY = 1700;
const LONGEST_LATENCY = 6000;
const DEFAULT_STEMS = 4;
/** Sines whose sum is the mixture: frequency in Hz and amplitude of each stem. */
const PARTS = [
  [440, 0.4],
  [90, 0.2],
  [55, 0.2],
  [1000, 0.1],
];

/** Channel `c` of a stem at a position, zero before the start. */
function stemAt(stem: number, c: number, position: number): number {
  const [frequency, amplitude] = PARTS[stem];
  if (position < 0) return 0;
  return amplitude * Math.sin((2 * Math.PI * frequency * position) / SAMPLE_RATE + c);
}

const mixAt = (c: number, position: number) =>
  PARTS.reduce((sum, _, stem) => sum + stemAt(stem, c, position), 0);

/** A scheduler between two real rings, and a stand-in for the worker that writes true stems. */
class Rig {
  readonly input: RingReader;
  readonly stems: RingWriter;
  readonly scheduler: StemScheduler;
  /** What becomes of the input on its way here. */
  spoil: (channel: Float32Array, position: number) => void = () => {};
  readonly outputs = Array.from({ length: DEFAULT_STEMS + 1 }, () => [
    new Float32Array(QUANTUM),
    new Float32Array(QUANTUM),
  ]);
  /** What came out, by output and channel, from `first` on. */
  readonly played = Array.from({ length: DEFAULT_STEMS + 1 }, () => [
    [] as number[],
    [] as number[],
  ]);

  /** @param position of the first frame */
  constructor(position = 0) {
    const inputMemory = createRing(2, 16384, { start: position });
    const stemMemory = createRing(2 * DEFAULT_STEMS, 16384, { start: position - HOP });
    this.input = new RingReader(inputMemory);
    this.stems = new RingWriter(stemMemory, position - HOP);
    this.scheduler = new StemScheduler({
      sampleRate: SAMPLE_RATE,
      latency: LATENCY,
      longestLatency: LONGEST_LATENCY,
      stems: DEFAULT_STEMS,
      position,
    });
    this.scheduler.connect({
      input: new RingWriter(inputMemory, position),
      output: new RingReader(stemMemory),
      hop: HOP,
    });
  }

  /** Lets the worker finish every hop that ends at or before `position` of the input. */
  work(position: number): void {
    while (this.stems.position + 2 * HOP <= position) {
      const start = this.stems.position;
      const block = Array.from({ length: 2 * DEFAULT_STEMS }, (_, k) =>
        Float32Array.from({ length: HOP }, (_, i) => stemAt(k >> 1, k & 1, start + i)),
      );
      this.stems.write(block, HOP);
    }
  }

  quantum(connected = true): void {
    const { position } = this.scheduler;
    const input = connected
      ? [0, 1].map((c) => Float32Array.from({ length: QUANTUM }, (_, i) => mixAt(c, position + i)))
      : [];
    for (const channel of input) this.spoil(channel, position);
    this.scheduler.process(input, this.outputs);
    this.outputs.forEach((output, o) =>
      output.forEach((channel, c) => this.played[o][c].push(...channel)),
    );
  }

  /** Plays up to `end`; `worker(position)` tells how far the worker's input reaches. */
  play(end: number, worker = (position: number) => position): void {
    while (this.scheduler.position < end) {
      this.work(worker(this.scheduler.position));
      this.quantum();
    }
  }
}

const largestStep = (samples: readonly number[]) =>
  samples.reduce((most, x, i) => (i ? Math.max(most, Math.abs(x - samples[i - 1])) : 0), 0);

test("in time, every output is its stem and the last one the input, delayed by the latency", () => {
  const rig = new Rig();
  rig.play(40 * QUANTUM);
  for (let stem = 0; stem < DEFAULT_STEMS; stem++) {
    for (const c of [0, 1]) {
      rig.played[stem][c].forEach((x, n) =>
        assert.equal(x, Math.fround(stemAt(stem, c, n - LATENCY))),
      );
      rig.played[DEFAULT_STEMS][c].forEach((x, n) =>
        assert.equal(x, n < LATENCY ? 0 : Math.fround(mixAt(c, n - LATENCY))),
      );
    }
  }
  assert.deepEqual(rig.scheduler.counts, { underruns: 0, dryFrames: 0, faultySamples: 0 });
});

test("late stems: the mix stays whole and in time, nothing clicks, the share is the last one", () => {
  const rig = new Rig();
  const from = 200 * QUANTUM;
  const to = 300 * QUANTUM;
  rig.play(400 * QUANTUM, (position) => (position < from || position >= to ? position : from));
  const { counts } = rig.scheduler;
  assert.equal(rig.scheduler.dry, false);

  // The worker's last hop before the freeze ends at `from`; its stems reach `from - HOP`.
  const firstDry = from - HOP + LATENCY;
  const wetAgain = Math.ceil((to + FADE) / QUANTUM) * QUANTUM;
  assert.ok(
    counts.dryFrames >= to - firstDry && counts.dryFrames <= wetAgain - firstDry,
    `${counts.dryFrames}`,
  );
  const missing = to - firstDry;
  assert.ok(Math.abs(counts.underruns - missing / HOP) <= 1, `${counts.underruns} underruns`);

  // All sums are the dry signal.
  for (const c of [0, 1]) {
    for (let n = 0; n < rig.played[0][c].length; n++) {
      let sum = 0;
      for (let stem = 0; stem < DEFAULT_STEMS; stem++) sum += rig.played[stem][c][n];
      assert.ok(Math.abs(sum - mixAt(c, n - LATENCY) * Number(n >= LATENCY)) < 1e-6, `frame ${n}`);
    }
  }
  // Before, and after the fade back: the stems themselves.
  for (let stem = 0; stem < DEFAULT_STEMS; stem++) {
    const played = rig.played[stem][0];
    for (let n = 0; n < played.length; n++) {
      if (n >= firstDry && n < wetAgain) continue;
      assert.equal(
        played[n],
        Math.fround(stemAt(stem, 0, n - LATENCY)),
        `stem ${stem}, frame ${n}`,
      );
    }
  }
  // In between: a share of the dry signal by the stem's part in it (orthogonal sines: its power).
  const power = PARTS.reduce((sum, [, amplitude]) => sum + amplitude ** 2, 0);
  PARTS.forEach(([, amplitude], stem) => {
    for (let n = firstDry + FADE + 1; n < to; n += 37) {
      const share = rig.played[stem][0][n] / mixAt(0, n - LATENCY);
      assert.ok(Math.abs(share - amplitude ** 2 / power) < 0.03, `stem ${stem}: share ${share}`);
    }
  });
  // No step larger than the music's own steps and a 5 ms fade of the largest rest.
  for (let stem = 0; stem < DEFAULT_STEMS; stem++) {
    const steady = largestStep(rig.played[DEFAULT_STEMS][0].slice(LATENCY + 1));
    const step = largestStep(rig.played[stem][0].slice(LATENCY + 1));
    assert.ok(step <= steady + 1.8 / FADE, `stem ${stem}: step ${step}, steady ${steady}`);
  }
});

test("stems that stop in mid-fade, again and again: still whole and without a click", () => {
  const rig = new Rig();
  // Off and on for odd numbers of quanta, so that fades are cut short at every stage.
  let reach = 0;
  rig.play(2000 * QUANTUM, (position) => {
    if (Math.floor(position / QUANTUM / 13) % 3 !== 1) reach = position;
    return reach;
  });
  assert.ok(rig.scheduler.counts.underruns > 100);
  for (let n = LATENCY; n < rig.played[0][0].length; n++) {
    const sum = rig.played.slice(0, DEFAULT_STEMS).reduce((total, stem) => total + stem[1][n], 0);
    assert.ok(Math.abs(sum - mixAt(1, n - LATENCY)) < 1e-6, `frame ${n}`);
  }
  const steady = largestStep(rig.played[DEFAULT_STEMS][0].slice(LATENCY + 1));
  for (let stem = 0; stem < DEFAULT_STEMS; stem++) {
    const step = largestStep(rig.played[stem][0].slice(LATENCY + 1));
    assert.ok(step <= steady + 3.6 / FADE, `stem ${stem}: step ${step}, steady ${steady}`);
  }
});

test("days of silence before, and counters past their wrap, change nothing", () => {
  for (const start of [2 ** 31 - 64 * QUANTUM, 2 ** 32 - 64 * QUANTUM]) {
    const rig = new Rig(start);
    rig.play(start + 128 * QUANTUM);
    assert.equal(rig.scheduler.counts.dryFrames, 0);
    for (let n = LATENCY; n < 128 * QUANTUM; n++) {
      assert.equal(rig.played[1][0][n], Math.fround(stemAt(1, 0, start + n - LATENCY)));
      assert.equal(rig.played[DEFAULT_STEMS][0][n], Math.fround(mixAt(0, start + n - LATENCY)));
    }
  }
});

test("another worker and another latency while the counters wrap, a day on", () => {
  for (const wrap of [2 ** 31, 2 ** 32]) {
    const start = wrap - 120 * QUANTUM;
    const rig = new Rig(start);
    rig.play(start + 100 * QUANTUM);
    const next = new Successor(rig.scheduler);
    rig.scheduler.latency = 4000;
    while (rig.scheduler.position < start + 300 * QUANTUM) {
      rig.work(rig.scheduler.position);
      next.work(rig.scheduler.position);
      rig.quantum();
    }
    assert.equal(rig.scheduler.handovers, 1);
    const { underruns, dryFrames } = rig.scheduler.counts;
    assert.ok(underruns === 0 && dryFrames <= FADE + QUANTUM, `${dryFrames} dry`);
    for (let n = 200 * QUANTUM; n < 300 * QUANTUM; n++) {
      const at = start + n - 4000;
      assert.equal(rig.played[0][1][n], Math.fround(stemAt(1, 1, at)));
      assert.equal(rig.played[DEFAULT_STEMS][0][n], Math.fround(mixAt(0, at)));
    }
  }
});

test("what is not a number, or absurd, is silence for everyone, counted, and leaves nothing behind", () => {
  const rig = new Rig();
  const faults = new Map([NaN, Infinity, -Infinity, 3e38, -1e5].map((x, i) => [9000 + 700 * i, x]));
  // The last one is the very frame after which the stems stop.
  const from = 120 * QUANTUM;
  faults.set(from - HOP - 1, NaN);
  const forWorkers = 245 * QUANTUM;
  faults.set(forWorkers, Infinity);
  rig.spoil = (channel, position) => {
    for (const [at, fault] of faults) {
      if (at >= position && at < position + QUANTUM) channel[at - position] = fault;
    }
  };
  rig.play(250 * QUANTUM, (position) => Math.min(position, from));
  assert.equal(rig.scheduler.counts.faultySamples, 2 * faults.size);
  for (const c of [0, 1]) {
    for (let n = LATENCY; n < 250 * QUANTUM; n++) {
      const expected = faults.has(n - LATENCY) ? 0 : mixAt(c, n - LATENCY);
      assert.ok(Math.abs(rig.played[DEFAULT_STEMS][c][n] - expected) < 1e-6, `frame ${n}`);
      // Until the stems stop they are the worker's, here such as know nothing of the faults.
      if (n < from - HOP + LATENCY + FADE) continue;
      const sum = [0, 1, 2, 3].reduce((total, stem) => total + rig.played[stem][c][n], 0);
      assert.ok(Math.abs(sum - expected) < 1e-6, `sum, frame ${n}`);
    }
  }
  const power = PARTS.reduce((sum, [, amplitude]) => sum + amplitude ** 2, 0);
  PARTS.forEach(([, amplitude], stem) => {
    const n = 240 * QUANTUM;
    const share = rig.played[stem][0][n] / rig.played[DEFAULT_STEMS][0][n];
    assert.ok(Math.abs(share - amplitude ** 2 / power) < 0.03, `stem ${stem}: share ${share}`);
  });
  const heard = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
  assert.equal(rig.input.read(forWorkers, heard, QUANTUM), "ok");
  heard.forEach((channel, c) =>
    channel.forEach((x, i) => assert.equal(x, i === 0 ? 0 : Math.fround(mixAt(c, forWorkers + i)))),
  );
});

test("an input with no channels is silence, not an error", () => {
  const rig = new Rig();
  for (let i = 0; i < 5; i++) rig.quantum(false);
  const out = [new Float32Array(QUANTUM).fill(1), new Float32Array(QUANTUM).fill(1)];
  assert.equal(rig.input.read(4 * QUANTUM, out, QUANTUM), "ok");
  assert.deepEqual(out[1], new Float32Array(QUANTUM));
});

/** A second worker, whose stems are the first one's in another order. */
class Successor {
  readonly stemMemory = createRing(2 * DEFAULT_STEMS, 16384);
  readonly inputMemory = createRing(2, 16384);
  readonly start: number;
  readonly stems: RingWriter;

  constructor(scheduler: StemScheduler) {
    this.start = scheduler.position;
    beginRing(this.inputMemory, this.start);
    beginRing(this.stemMemory, this.start - HOP);
    this.stems = new RingWriter(this.stemMemory, this.start - HOP);
    scheduler.succeed({
      input: new RingWriter(this.inputMemory, this.start),
      output: new RingReader(this.stemMemory),
      hop: HOP,
    });
  }

  work(position: number): void {
    while (this.stems.position + 2 * HOP <= position) {
      const first = this.stems.position;
      const block = Array.from({ length: 2 * DEFAULT_STEMS }, (_, k) =>
        Float32Array.from({ length: HOP }, (_, i) =>
          // It has not heard what was before.
          first + i < this.start ? 0 : stemAt((k >> 1) ^ 1, k & 1, first + i),
        ),
      );
      this.stems.write(block, HOP);
    }
  }
}

/** The sum of all stems is the input, `latency` frames ago, wherever `from` to `to`. */
function checkSum(rig: Rig, from: number, to: number, latency = LATENCY): void {
  for (const c of [0, 1]) {
    for (let n = from; n < to; n++) {
      let sum = 0;
      for (let stem = 0; stem < DEFAULT_STEMS; stem++) sum += rig.played[stem][c][n];
      const expected = n >= latency ? mixAt(c, n - latency) : 0;
      assert.ok(Math.abs(sum - expected) < 1e-6, `frame ${n}`);
      assert.ok(Math.abs(rig.played[DEFAULT_STEMS][c][n] - expected) < 1e-6, `dry, frame ${n}`);
    }
  }
}

function checkSteps(rig: Rig, from: number): void {
  for (let stem = 0; stem < DEFAULT_STEMS; stem++) {
    const steady = largestStep(rig.played[DEFAULT_STEMS][0].slice(from));
    const step = largestStep(rig.played[stem][0].slice(from));
    assert.ok(step <= steady + 1.8 / FADE, `stem ${stem}: step ${step}, steady ${steady}`);
  }
}

for (const died of [false, true]) {
  test(`another worker takes over when it is ready, ${died ? "after dry sound" : "from the one before"}`, () => {
    const rig = new Rig();
    const change = 100 * QUANTUM;
    const end = 300 * QUANTUM;
    rig.play(change);
    if (died) rig.scheduler.disconnect();
    const idle = 40 * QUANTUM;
    rig.play(change + idle, (position) => (died ? change : position));
    const next = new Successor(rig.scheduler);
    let handedOver = 0;
    for (let position = change + idle; position < end; position += QUANTUM) {
      if (!died) rig.work(position);
      next.work(position);
      rig.quantum();
      if (handedOver === 0 && rig.scheduler.handovers > 0) handedOver = position;
    }
    assert.equal(rig.scheduler.handovers, 1);
    assert.equal(rig.scheduler.dry, false);
    // Its first stems reach the output one latency after its input began, not before.
    assert.ok(
      handedOver >= next.start + LATENCY && handedOver < next.start + LATENCY + 3 * QUANTUM,
    );
    checkSum(rig, 0, end);
    checkSteps(rig, LATENCY + 1);
    const { dryFrames, underruns } = rig.scheduler.counts;
    if (died) assert.ok(dryFrames > handedOver - change && underruns > 5);
    else assert.ok(dryFrames <= FADE + QUANTUM && underruns === 0, `${dryFrames} dry`);
    for (let n = handedOver + FADE + QUANTUM; n < end; n++) {
      assert.equal(rig.played[0][0][n], Math.fround(stemAt(1, 0, n - LATENCY)));
    }
  });
}

test("a worker that stops is noticed by the frames since its last stems", () => {
  const rig = new Rig();
  rig.play(100 * QUANTUM);
  assert.ok(rig.scheduler.stalledFrames <= HOP);
  rig.play(200 * QUANTUM, () => 100 * QUANTUM);
  assert.ok(Math.abs(rig.scheduler.stalledFrames - 100 * QUANTUM) <= HOP);
  rig.scheduler.disconnect();
  rig.play(210 * QUANTUM, () => 0);
  assert.equal(rig.scheduler.stalledFrames, 0);
});

for (const latency of [4000, 1100]) {
  test(`another latency, ${LATENCY} to ${latency}: cross-faded, whole, and exact afterwards`, () => {
    const rig = new Rig();
    const change = 200 * QUANTUM;
    const fade = 0.05 * SAMPLE_RATE;
    rig.play(change);
    rig.scheduler.latency = latency;
    rig.play(400 * QUANTUM);
    checkSum(rig, 0, change);
    checkSum(rig, change + fade + QUANTUM, 400 * QUANTUM, latency);
    for (let n = change; n < change + fade + QUANTUM; n++) {
      const [before, after] = [mixAt(0, n - LATENCY), mixAt(0, n - latency)];
      const dry = rig.played[DEFAULT_STEMS][0][n];
      const slack = 1e-6;
      assert.ok(dry >= Math.min(before, after) - slack && dry <= Math.max(before, after) + slack);
      const sum = [0, 1, 2, 3].reduce((total, stem) => total + rig.played[stem][0][n], 0);
      assert.ok(Math.abs(sum - dry) < 1e-6, "the stems and the dry signal move together");
    }
    checkSteps(rig, LATENCY + 1);
    const steady = largestStep(rig.played[DEFAULT_STEMS][0].slice(LATENCY + 1, change));
    const step = largestStep(rig.played[DEFAULT_STEMS][0].slice(change));
    assert.ok(step <= steady + 2 / fade, `${step}, steady ${steady}`);
    assert.deepEqual(rig.scheduler.counts, { underruns: 0, dryFrames: 0, faultySamples: 0 });
    for (let n = change + fade + QUANTUM; n < 400 * QUANTUM; n++) {
      assert.equal(rig.played[2][1][n], Math.fround(stemAt(2, 1, n - latency)));
    }
  });
}

test("latencies that change faster than they can be followed end at the last one", () => {
  const rig = new Rig();
  const wanted = [4000, 1100, 6000, 2000, 1700, 3000];
  rig.play(100 * QUANTUM);
  wanted.forEach((latency, i) => {
    rig.scheduler.latency = latency;
    rig.play((107 + 7 * i) * QUANTUM);
  });
  rig.play(300 * QUANTUM);
  checkSum(rig, 250 * QUANTUM, 300 * QUANTUM, 3000);
  checkSteps(rig, LATENCY + 1);
});

test("silence for longer than anything takes to decay, and then there is sound", () => {
  const rig = new Rig();
  // A time constant of 0.1 s has passed through all doubles after 75 s.
  const long = 120 * SAMPLE_RATE;
  rig.play(50 * QUANTUM);
  const silent = rig.outputs.map((output) => output.map(() => new Float32Array(QUANTUM)));
  const zeros = Array.from({ length: 2 * DEFAULT_STEMS }, () => new Float32Array(HOP));
  let position = 50 * QUANTUM;
  for (; position < long; position += QUANTUM) {
    while (rig.stems.position + 2 * HOP <= position) rig.stems.write(zeros, HOP);
    rig.scheduler.process([], silent);
  }
  for (const [channel] of silent) assert.deepEqual(channel, new Float32Array(QUANTUM));
  assert.equal(rig.scheduler.counts.dryFrames, 0);
  // Afterwards the stems stop: shares are still those of the music before.
  for (const played of rig.played) for (const channel of played) channel.length = 0;
  const start = position;
  rig.play(start + 200 * QUANTUM, () => start);
  for (let n = LATENCY + 2 * HOP; n < 200 * QUANTUM; n += 31) {
    let sum = 0;
    for (let stem = 0; stem < DEFAULT_STEMS; stem++) sum += rig.played[stem][0][n];
    assert.ok(Math.abs(sum - mixAt(0, start + n - LATENCY)) < 1e-6);
  }
});
