// The engine against its definition, and its behaviour when model, input or caller are at fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RealFft } from "../../src/dsp/fft.ts";
import { analysisWindow, synthesisWindow } from "../../src/dsp/windows.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { ModelSession } from "../../src/engine/session.ts";
import { fixtureSession } from "../support/models.ts";
import { largestDifference, noise } from "../support/signals.ts";

type Stems = Float32Array[][];

const stereo = (length: number) => [noise(length, 1), noise(length, 2)];
const silentStems = (length: number): Stems =>
  Array.from({ length: 4 }, () => [new Float32Array(length), new Float32Array(length)]);

/** Runs a signal through an engine; `blocks` are frames per call, in turn. */
async function separate(
  engine: Engine,
  input: Float32Array[],
  blocks = [1],
  reuse: (hop: number) => boolean = () => false,
): Promise<Stems> {
  const { hop } = engine;
  const length = input[0].length;
  const output = silentStems(length);
  for (let at = 0, i = 0; at < length; i++) {
    const end = Math.min(length, at + blocks[i % blocks.length] * hop);
    await engine.process(
      input.map((channel) => channel.subarray(at, end)),
      output.map((stem) => stem.map((channel) => channel.subarray(at, end))),
      { reuseMasks: reuse(at / hop) },
    );
    at = end;
  }
  return output;
}

const mix = (stems: Stems) =>
  [0, 1].map((channel) =>
    stems[0][channel].map((_, i) => stems.reduce((sum, stem) => sum + stem[channel][i], 0)),
  );

const delayed = (input: Float32Array[], delay: number) =>
  input.map((channel) => {
    const shifted = new Float32Array(channel.length);
    shifted.set(channel.subarray(0, channel.length - delay), delay);
    return shifted;
  });

function assertClose(actual: Float32Array[], expected: Float32Array[], message?: string): void {
  actual.forEach((channel, i) => {
    const difference = largestDifference(channel, expected[i]);
    assert.ok(difference <= 1e-6, `${message ?? "channel"} ${i}: off by ${difference}`);
  });
}

/**
 * Stems by the definition: every frame's spectrum, one run of the model over the frames it is to
 * see, product of the last masks with frame n − lookahead, windowed inverse, overlap-add.
 */
async function byDefinition(
  session: ModelSession,
  input: Float32Array[],
  seen: (frame: number) => boolean = () => true,
): Promise<Stems> {
  const { fftSize: N, hop, synthesisWindow: S, lookahead } = session.manifest;
  const analysis = analysisWindow(N, S);
  const synthesis = synthesisWindow(N, S);
  const fft = new RealFft(N);
  const frames = input[0].length / hop;
  const plane = N + 2;
  const spectra = new Float32Array(frames * 2 * plane);
  for (let k = 0; k < frames; k++) {
    for (let c = 0; c < 2; c++) {
      for (let n = 0; n < N; n++) {
        fft.buffer[n] = (input[c][(k + 1) * hop - N + n] ?? 0) * analysis[n];
      }
      fft.forward(spectra, (2 * k + c) * plane);
    }
  }
  const given = Array.from({ length: frames }, (_, k) => k).filter(seen);
  const inputs = new Float32Array(given.length * 2 * plane);
  given.forEach((k, i) => {
    inputs.set(spectra.subarray(k * 2 * plane, (k + 1) * 2 * plane), i * 2 * plane);
  });
  const { output: masks } = await session.run(inputs, given.length, session.createState());
  const output = silentStems(input[0].length + S);
  for (let k = lookahead; k < frames; k++) {
    const latest = given.filter((frame) => frame <= k).length - 1;
    for (let s = 0; s < 4; s++) {
      for (let c = 0; c < 2; c++) {
        const x = spectra.subarray((2 * (k - lookahead) + c) * plane);
        const m = masks.subarray(((latest * 4 + s) * 2 + c) * plane);
        for (let i = 0; i < N; i += 2) {
          fft.buffer[i] = m[i] * x[i] - m[i + 1] * x[i + 1];
          fft.buffer[i + 1] = m[i] * x[i + 1] + m[i + 1] * x[i];
        }
        fft.buffer[1] = m[N] * x[N];
        fft.inverse();
        for (let n = 0; n < S; n++) {
          output[s][c][k * hop + n] += (fft.buffer[N - S + n] * synthesis[n]) / N;
        }
      }
    }
  }
  fft.dispose();
  return output.map((stem) => stem.map((channel) => channel.subarray(0, input[0].length)));
}

test("identity: stems are quarters of the input and add up to it, delayed by exactly `delay`", async () => {
  for (const lookahead of [0, 3]) {
    const engine = new Engine(await fixtureSession("identity", { lookahead }));
    assert.equal(engine.hop, 512);
    assert.equal(engine.sampleRate, 44100);
    assert.equal(engine.delay, 512 + lookahead * 512);
    const input = stereo(40 * 512);
    const stems = await separate(engine, input);
    const expected = delayed(input, engine.delay);
    assertClose(mix(stems), expected, "mix");
    const quarters = expected.map((channel) => channel.map((sample) => sample / 4));
    for (const stem of stems) assertClose(stem, quarters, "stem");
    await engine.dispose();
  }
});

for (const lookahead of [0, 2]) {
  test(`a recurrent model with complex masks and lookahead ${lookahead} gives what the definition gives`, async () => {
    const session = await fixtureSession("recurrent", { lookahead });
    const input = stereo(30 * 512);
    const expected = await byDefinition(session, input);
    const engine = new Engine(session);
    for (const blocks of [[2, 5, 1], [1], [7], [30]]) {
      const stems = await separate(engine, input, blocks);
      stems.forEach((stem, s) => assertClose(stem, expected[s], `stem ${s}, blocks ${blocks}`));
      assertClose(mix(stems), delayed(input, engine.delay), "mix");
      engine.reset();
    }
    const [vocals, drums] = expected;
    assert.ok(largestDifference(vocals[0], drums[0]) > 0.1, "stems must differ");
    await engine.dispose();
  });
}

test("several frames a run give the same samples as one, and state carries from run to run", async () => {
  const engine = new Engine(await fixtureSession("recurrent"));
  const input = stereo(24 * 512);
  const one = await separate(engine, input, [1]);
  engine.reset();
  const again = await separate(engine, input, [1]);
  assert.deepEqual(again, one, "a reset engine is as a new one, bit for bit");
  engine.reset();
  const many = await separate(engine, input, [8]);
  many.forEach((stem, s) => assertClose(stem, one[s], `stem ${s}`));

  const half = input.map((channel) => channel.subarray(12 * 512));
  engine.reset();
  const late = await separate(engine, half, [1]);
  const settled = 5 * 512;
  const difference = largestDifference(
    late[0][0].subarray(settled),
    one[0][0].subarray(12 * 512 + settled),
  );
  assert.ok(difference > 1e-4, "without the earlier hops' state the stems must differ");
  await engine.dispose();
});

test("a spectrum model of other sizes, without state, is run as its manifest says", async () => {
  const engine = new Engine(await fixtureSession("spectra", { lookahead: 1 }));
  assert.equal(engine.hop, 64);
  assert.equal(engine.sampleRate, 22050);
  assert.equal(engine.delay, 64 + 64);
  const input = stereo(50 * 64);
  const stems = await separate(engine, input, [1, 4]);
  // Spectra belong to frame n − lookahead, but this fixture hands on frame n: one hop less delay.
  const expected = delayed(input, 64);
  stems.forEach((stem, s) => {
    const share = [0.4, 0.3, 0.2, 0.1][s];
    assertClose(
      stem,
      expected.map((channel) => channel.map((sample) => sample * share)),
      `stem ${s}`,
    );
  });
  await engine.dispose();
});

test("reused masks are the last ones, cost no inference, and leave the state alone", async () => {
  const session = await fixtureSession("recurrent", { lookahead: 1 });
  const input = stereo(20 * 512);
  // Hops 8 to 11 use the masks of hop 7; for the model, hop 12 follows hop 7.
  const reused = (hop: number) => hop >= 8 && hop < 12;
  const expected = await byDefinition(session, input, (hop) => !reused(hop));
  const engine = new Engine(session);
  const stems = await separate(engine, input, [1], reused);
  stems.forEach((stem, s) => assertClose(stem, expected[s], `stem ${s}`));
  assertClose(mix(stems), delayed(input, engine.delay), "mix");
  assert.deepEqual(engine.counts, {
    frames: 20,
    reusedFrames: 4,
    faultyFrames: 0,
    faultySamples: 0,
  });
  await engine.dispose();
});

test("a spectrum model's last shares of power stand in for masks", async () => {
  const engine = new Engine(await fixtureSession("spectra"));
  const input = stereo(40 * 64);
  const stems = await separate(engine, input, [1], (hop) => hop >= 20);
  const expected = delayed(input, engine.delay);
  assertClose(
    mix(stems).map((channel) => channel.subarray(21 * 64)),
    expected.map((channel) => channel.subarray(21 * 64)),
    "mix",
  );
  stems.forEach((stem, s) => {
    const share = [16, 9, 4, 1][s] / 30;
    assertClose(
      stem.map((channel) => channel.subarray(21 * 64)),
      expected.map((channel) => channel.subarray(21 * 64).map((sample) => sample * share)),
      `stem ${s}`,
    );
  });
  engine.reset();
  const fresh = await separate(engine, input, [1], () => true);
  assertClose(
    fresh[0],
    expected.map((channel) => channel.map((sample) => sample / 4)),
    "before any inference",
  );
  await engine.dispose();
});

/** DC bin of frame k of the live frame sizes. */
const dcOfFrame = (samples: Float32Array, k: number) =>
  analysisWindow(2048, 1024).reduce(
    (sum, weight, n) => sum + weight * (samples[(k + 1) * 512 - 2048 + n] ?? 0),
    0,
  );

test("NaN masks and an infinite state from the model never reach the output", async () => {
  for (const blocks of [[1], [5]]) {
    const engine = new Engine(await fixtureSession("faulty"));
    // The model fails while the left channel's mean is positive: at the start, and in the middle.
    const input = stereo(40 * 512).map((channel) => channel.map((sample) => sample * 0.01));
    for (let i = 0; i < 512; i++) input[0][i] = 0.9;
    for (let i = 20 * 512; i < 22 * 512; i++) input[0][i] = 0.9;
    const stems = await separate(engine, input, blocks);
    const expected = delayed(input, engine.delay);
    assertClose(mix(stems), expected, "mix");
    const faulty = Array.from({ length: 40 }, (_, k) => dcOfFrame(input[0], k) > 100);
    const blocksWithFaults = faulty.filter((_, k) =>
      faulty.slice(k - (k % blocks[0]), k - (k % blocks[0]) + blocks[0]).includes(true),
    );
    const { faultyFrames } = engine.counts;
    assert.ok(faultyFrames >= faulty.filter(Boolean).length && faulty[0] && faulty[20]);
    assert.ok(faultyFrames <= blocksWithFaults.length, "a fault must not outlast its run");
    const share = (s: number, hop: number) => {
      const at = hop * 512;
      const stem = stems[s][1].subarray(at, at + 512);
      return stem.map((sample, i) => sample - expected[1][at + i] * [0.4, 0.3, 0.2, 0.1][s]);
    };
    for (let s = 0; s < 4; s++) {
      // Before the first good frame: equal shares. After it the last good masks, which are the same
      // as the good ones, so nothing changes in the middle.
      assertClose(
        [stems[s][1].subarray(512, 1024)],
        [expected[1].subarray(512, 1024).map((sample) => sample / 4)],
        "first hop",
      );
      for (let hop = 12; hop < 40; hop++) {
        assertClose([share(s, hop)], [new Float32Array(512)], `stem ${s}, hop ${hop}`);
      }
    }
    await engine.dispose();
  }
});

test("samples that are no numbers, or absurd, count as silence", async () => {
  const session = await fixtureSession("recurrent");
  const engine = new Engine(session);
  const input = stereo(20 * 512);
  const silenced = input.map((channel) => channel.slice());
  const faults = [NaN, Infinity, -Infinity, 3e38, -1e5];
  faults.forEach((value, i) => {
    input[i % 2][3000 + 7 * i] = value;
    silenced[i % 2][3000 + 7 * i] = 0;
  });
  const stems = await separate(engine, input);
  assert.equal(engine.counts.faultySamples, faults.length);
  engine.reset();
  assert.deepEqual(stems, await separate(engine, silenced));
  await engine.dispose();
});

const FULL_SCALE: Record<string, (n: number) => number> = {
  "a constant": () => 1,
  "a square wave": (n) => (n % 100 < 50 ? 1 : -1),
  "the Nyquist frequency": (n) => (n % 2 ? 1 : -1),
  "numbers too small to be normal": (n) => (n % 2 ? 1e-40 : -3e-41),
  "single samples": (n) => Number(n % 1000 === 0),
};

test("full scale at any frequency, and next to nothing: the stems are numbers and add up", async () => {
  const engine = new Engine(await fixtureSession("recurrent"));
  for (const [name, sample] of Object.entries(FULL_SCALE)) {
    engine.reset();
    const signal = Float32Array.from({ length: 20 * 512 }, (_, n) => sample(n));
    const input = [signal, signal.map((x) => -x / 2)];
    const stems = await separate(engine, input);
    assertClose(mix(stems), delayed(input, engine.delay), name);
    const peaks = stems
      .flat()
      .map((channel) => channel.reduce((a, x) => Math.max(a, Math.abs(x)), 0));
    assert.ok(Math.max(...peaks) < 10, `${name}: ${peaks.join()}`);
  }
  const { faultyFrames, faultySamples } = engine.counts;
  assert.deepEqual({ faultyFrames, faultySamples }, { faultyFrames: 0, faultySamples: 0 });
  await engine.dispose();
});

test("a run that fails rejects, and the output goes on with the last masks", async () => {
  const session = await fixtureSession("recurrent");
  const input = stereo(12 * 512);
  const expected = await byDefinition(session, input, (hop) => hop < 6);
  const engine = new Engine(session);
  const output = await separate(
    engine,
    input.map((channel) => channel.subarray(0, 6 * 512)),
  );
  await session.dispose();
  const rest = silentStems(6 * 512);
  for (let hop = 0; hop < 6; hop++) {
    const part = (at: number) => (channel: Float32Array) =>
      channel.subarray(at * 512, (at + 1) * 512);
    await assert.rejects(
      engine.process(
        input.map(part(6 + hop)),
        rest.map((stem) => stem.map(part(hop))),
      ),
      { name: "DannaError", code: "model", message: /inference failed/ },
    );
  }
  assert.equal(engine.counts.faultyFrames, 6);
  expected.forEach((stem, s) => {
    const all = stem.map((_, c) => Float32Array.from([...output[s][c], ...rest[s][c]]));
    assertClose(all, stem, `stem ${s}`);
  });
});

test("input may change once process has been called", async () => {
  const engine = new Engine(await fixtureSession("identity"));
  const input = stereo(4 * 512);
  const expected = delayed(input, 512).map((channel) => channel.map((sample) => sample / 4));
  const output = silentStems(4 * 512);
  const pending = engine.process(input, output);
  for (const channel of input) channel.fill(9);
  await pending;
  assertClose(output[0], expected);
  await engine.dispose();
});

test("wrong lengths, calls that overlap, and calls after dispose are refused", async () => {
  const engine = new Engine(await fixtureSession("identity"));
  const refused = { name: "DannaError", code: "input" };
  const good = silentStems(512);
  const process = (input: Float32Array[], output: Stems) => engine.process(input, output);
  for (const length of [0, 511, 513]) {
    await assert.rejects(process(stereo(length), silentStems(length)), refused);
  }
  await assert.rejects(process([], good), refused);
  await assert.rejects(process([new Float32Array(512)], good), refused);
  await assert.rejects(process(stereo(512), good.slice(1)), refused);
  await assert.rejects(process(stereo(512), silentStems(1024)), refused);
  await assert.rejects(
    process(
      stereo(512),
      good.map((stem) => stem.slice(1)),
    ),
    refused,
  );
  assert.equal(engine.counts.frames, 0, "a refused call takes nothing in");

  const pending = engine.process(stereo(512), good);
  await assert.rejects(process(stereo(512), silentStems(512)), refused);
  assert.throws(() => engine.reset(), refused);
  await pending;

  await engine.dispose();
  await engine.dispose();
  await assert.rejects(process(stereo(512), good), { name: "DannaError", code: "disposed" });
});
