// Browser side of the real-time tests: a running AudioContext, everything recorded on the audio
// thread, compared afterwards.
import type * as Library from "../../src/index.ts";
import { EVENTS } from "./events.ts";
import { difference, library, separateWithEngine, sumOf, type Channels } from "./live-page.ts";

const DEFAULT_STEMS = 4;
const SAMPLE_RATE = 44100;
/** Beyond this a stem is not what the engine gives. */
const SAME = 1e-4;

export interface Event {
  type: keyof Library.SeparatorEvents;
  payload: unknown;
}

/** What the recorder answers. */
interface Leaps {
  heard: number;
  all: number;
}

export interface Recording {
  latency: number;
  /** What the separator's worklet received. */
  received: Channels;
  output: Channels;
  stems: Channels[];
  events: Event[];
  stats: Library.SeparatorStats;
  /** The least and the most of the context clock's leaps that `stats` can have counted. */
  leaps: [number, number];
  manifest: Library.StreamingManifest;
}

/** In which the tones come back to their beginning. */
const TURN_SECONDS = 10;

/** Low tones, apart in frequency as the stems of the "bands" fixture are, with small steps: one turn. */
export function tones(): Channels {
  const parts = [
    [65.4, 0.25],
    [151.7, 0.1],
    [331.3, 0.15],
    [983.1, 0.02],
  ];
  return [0, 1].map((c) =>
    Float32Array.from({ length: TURN_SECONDS * SAMPLE_RATE }, (_, n) =>
      parts.reduce(
        (sum, [frequency, level]) =>
          sum + level * Math.sin((2 * Math.PI * frequency * n) / SAMPLE_RATE + c),
        0,
      ),
    ),
  );
}

/** Plays a signal round and round. */
export function bufferSource(context: AudioContext, signal: Channels): AudioNode {
  const buffer = context.createBuffer(signal.length, signal[0].length, SAMPLE_RATE);
  signal.forEach((channel, c) => buffer.copyToChannel(channel, c));
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.loop = true;
  source.start();
  return source;
}

export async function microphone(context: AudioContext): Promise<AudioNode> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: { ideal: 2 },
    },
  });
  return new MediaStreamAudioSourceNode(context, { mediaStream: stream });
}

/** The recorder that hears a separator. */
const recorders = new WeakMap<Library.StemSeparator, AudioNode>();

/** Where the context and its nodes come from: the browser, or a library in its stead. */
export interface Kit {
  AudioContext: typeof AudioContext;
  AudioWorkletNode: typeof AudioWorkletNode;
}

/** The most that is recorded. */
const LONGEST_SECONDS = 100;

/**
 * Plays a source through a separator and records `seconds` of it, or as long as `during` takes.
 * @param during runs meanwhile; the recording goes on until it has ended as well
 */
export async function record(
  makeSource: (context: AudioContext) => AudioNode | Promise<AudioNode>,
  options: Library.StemSeparatorOptions,
  seconds: number | "during",
  during: (separator: Library.StemSeparator) => Promise<void> = () => Promise.resolve(),
  kit: Kit = { AudioContext, AudioWorkletNode },
): Promise<Recording> {
  const context = new kit.AudioContext({ sampleRate: SAMPLE_RATE });
  await context.audioWorklet.addModule("/recorder.js");
  const source = await makeSource(context);
  const separator = await library.createStemSeparator(context, { adapt: false, ...options });
  const events: Event[] = [];
  for (const type of EVENTS) {
    separator.on(type, (payload) => events.push({ type, payload }));
  }
  const signals = 2 + DEFAULT_STEMS;
  const recorder = new kit.AudioWorkletNode(context, "recorder", {
    numberOfInputs: signals,
    processorOptions: {
      signals,
      frames:
        Math.ceil(((seconds === "during" ? LONGEST_SECONDS : seconds) * SAMPLE_RATE) / 128) * 128,
    },
  });
  recorders.set(separator, recorder);
  const message = () =>
    new Promise<void>((resolve) => {
      recorder.port.onmessage = () => resolve();
    });
  const runs = message();
  recorder.connect(context.destination);
  separator.connect(recorder, 0, 1);
  library.DEFAULT_STEMS.forEach((stem, i) => separator.stems[stem].connect(recorder, 0, 2 + i));
  // Both hear it from the same sample on.
  const both = context.createGain();
  both.connect(recorder, 0, 0);
  both.connect(separator.input);
  await runs;
  const full = message();
  source.connect(both);

  await Promise.all([seconds === "during" || full, during(separator)]);
  const ask = <T>(what: "planes" | "leaps") =>
    new Promise<T>((resolve) => {
      recorder.port.onmessage = ({ data }) => resolve(data as T);
      recorder.port.postMessage(what);
    });
  const planes = await ask<Channels>("planes");
  const leapsBefore = await ask<Leaps>("leaps");
  // What the audio thread has counted so far is reported before the worker's second word from now.
  for (let words = 0; words < 2; words++) {
    await new Promise((resolve) => separator.on("stats", resolve));
  }
  const latency = Math.round(separator.latency * SAMPLE_RATE);
  const { stats, manifest } = separator;
  const leapsAfter = await ask<Leaps>("leaps");
  await separator.dispose();
  await context.close();
  const signal = (i: number) => [planes[2 * i], planes[2 * i + 1]];
  return {
    latency,
    received: signal(0),
    output: signal(1),
    stems: Array.from({ length: DEFAULT_STEMS }, (_, i) => signal(2 + i)),
    events,
    stats,
    leaps: [leapsBefore.heard, leapsAfter.all],
    manifest,
  };
}

/** Blocks the main thread for 300 ms every second. Returns what ends it. */
export function blockPage(): () => void {
  const timer = setInterval(() => {
    for (const end = Date.now() + 300; Date.now() < end;);
  }, 1000);
  return () => clearInterval(timer);
}

/** A minute of sound at "safe" while the page is blocked again and again. */
export async function minute(model: string, transport: "shared" | "ports") {
  const unblock = blockPage();
  const options = { model, transport, latencyMode: "safe" } as const;
  const recording = await record((context) => bufferSource(context, tones()), options, 60);
  unblock();
  // A model with a memory differs from the engine for good once masks were used again.
  const { manifest, events, stats, leaps } = recording;
  return {
    ...fromDelayedInput(recording),
    unlike: manifest.state.length === 0 ? await framesUnlikeEngine(recording, model) : 0,
    errors: events.filter(({ type }) => type === "error").length,
    stats,
    leaps,
  };
}

/** The delay in frames, near `about`, at which the output is most like what was received. */
export function measuredDelay({ received, output }: Recording, about: number): number {
  let best = { delay: NaN, error: Infinity };
  const start = Math.floor(received[0].length / 2);
  for (let delay = about - 600; delay <= about + 600; delay++) {
    let error = 0;
    for (let n = start; n < start + 4096; n++) {
      error += (output[0][n] - received[0][n - delay]) ** 2;
    }
    if (error < best.error) best = { delay, error };
  }
  return best.delay;
}

/**
 * Frames in which some stem is not what the engine gives for the received samples. The model must
 * have no memory. The engine's hops begin where the separator's did, on one of the first quanta.
 */
export async function framesUnlikeEngine(
  { latency, received, stems }: Recording,
  model: string,
): Promise<number> {
  let fewest = Infinity;
  for (let lead = 0; lead < 512; lead += 128) {
    const padded = received.map((channel) => {
      const longer = new Float32Array(lead + channel.length);
      longer.set(channel, lead);
      return longer;
    });
    const engine = await separateWithEngine(model, padded, 64);
    const shift = latency - engine.delay - lead;
    let unlike = 0;
    for (let n = latency; n < received[0].length; n++) {
      const same = stems.every((stem, s) =>
        stem.every((channel, c) => Math.abs(channel[n] - engine.stems[s][c][n - shift]) <= SAME),
      );
      if (!same) unlike++;
    }
    fewest = Math.min(fewest, unlike);
  }
  return fewest;
}

/** Largest step from one sample to the next, from `start` on. */
export function largestStep(channel: Float32Array, start: number): number {
  let largest = 0;
  for (let n = start + 1; n < channel.length; n++) {
    largest = Math.max(largest, Math.abs(channel[n] - channel[n - 1]));
  }
  return largest;
}

/** How far the output, and the sum of all stems, are from the delayed input. */
export function fromDelayedInput({ latency, received, output, stems }: Recording): {
  output: number;
  sum: number;
} {
  return {
    output: difference(received, output, latency).largest,
    sum: difference(received, sumOf(stems), latency).largest,
  };
}

/** The same kit from standardized-audio-context, which the page's import map must know. */
export async function standardizedKit(): Promise<Kit> {
  const library = "standardized-audio-context";
  return (await import(library)) as Kit;
}

/** Resolves when so many more seconds have been played. */
export async function played({ context }: Library.StemSeparator, seconds: number): Promise<void> {
  const until = context.currentTime + seconds;
  while (context.currentTime < until) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Resolves when so many seconds have been played of nothing but stems. */
export async function playedFromStems(
  separator: Library.StemSeparator,
  seconds: number,
): Promise<void> {
  for (let before = NaN; before !== separator.stats.dryFrames;) {
    before = separator.stats.dryFrames;
    await played(separator, seconds);
  }
}

/** Resolves when so many hops have been separated. */
export async function separated(separator: Library.StemSeparator, hops: number): Promise<void> {
  while (separator.stats.hops < hops) {
    await new Promise((resolve) => separator.on("stats", resolve));
  }
}

/** Plays, is disconnected from all that it feeds for a while, and plays on. */
export async function cutOff() {
  const recording = await record(
    (context) => bufferSource(context, tones()),
    { model: "/models/bands.json", latencyMode: "safe" },
    4,
    async (separator) => {
      await played(separator, 1);
      const recorder = recorders.get(separator)!;
      const nodes = [separator.output, ...Object.values(separator.stems)];
      for (const node of nodes) node.disconnect();
      await played(separator, 0.5);
      nodes.forEach((node, i) => node.connect(recorder, 0, 1 + i));
    },
  );
  const { received, output, latency, stats, leaps } = recording;
  let silent = 0;
  let others = 0;
  for (let n = latency; n < output[0].length; n++) {
    const expected = received[0][n - latency];
    if (output[0][n] === 0 && expected !== 0) silent++;
    else if (Math.abs(output[0][n] - expected) > 1e-6) others++;
  }
  return { silent, others, stats, leaps };
}

/** Plays while its context is suspended, until its clock has run ahead a few times, or 100 times. */
export async function suspensions(transport: "shared" | "ports") {
  const recording = await record(
    (context) => bufferSource(context, tones()),
    { model: "/models/bands.json", latencyMode: "safe", transport },
    "during",
    async (separator) => {
      await playedFromStems(separator, 0.5);
      const context = separator.context as AudioContext;
      for (let i = 0; i < 100 && separator.stats.discontinuities < 3; i++) {
        await context.suspend();
        if (i === 0) await separator.settle();
        await context.resume();
        await played(separator, 0.05 * Math.random());
      }
      await playedFromStems(separator, 1);
    },
  );
  const { received, output, latency, events, stats, leaps } = recording;
  const first = received[0].findIndex((x) => x !== 0);
  return {
    ...fromDelayedInput(recording),
    unlike: await framesUnlikeEngine(recording, "/models/bands.json"),
    inputStep: largestStep(received[0], first),
    step: largestStep(output[0], first + latency),
    told: events.filter(({ type }) => type === "discontinuity").length,
    stats,
    leaps,
  };
}

/** What a test has done to a worker, from Node; see `harm` in the tests. */
type Harm = (how: string) => Promise<void>;

export interface Recovery {
  /** Events but "late" and "stats", in their order, with what they tell. */
  events: { type: string; code?: string; message?: string; attempt?: number; seconds?: number }[];
  output: number;
  sum: number;
  /** Share of the last second's frames that are the engine's. */
  like: number;
  inputStep: number;
  step: number;
  stats: Library.SeparatorStats;
  leaps: Recording["leaps"];
  /** At the end, and when the last harm had had its effect. */
  state: Library.SeparatorState;
  failedState: Library.SeparatorState;
}

/**
 * Plays, does `harms` to the workers one after the other, and records it all.
 * @param comesBack mends what keeps workers from starting, and tries again
 */
export async function recovery(
  harms: string[],
  { comesBack, ...options }: Library.StemSeparatorOptions & { comesBack?: boolean } = {},
): Promise<Recovery> {
  const { harm, mend } = globalThis as unknown as { harm: Harm; mend: () => Promise<void> };
  const states = { state: "running", failedState: "running" } as Record<
    "state" | "failedState",
    Library.SeparatorState
  >;
  const recording = await record(
    (context) => bufferSource(context, tones()),
    { model: "/models/bands.json", latencyMode: "safe", ...options },
    "during",
    async (separator) => {
      for (const how of harms) {
        const after = new Promise<void>((resolve) => {
          separator.on("restarted", () => resolve());
          separator.on("error", () => resolve());
        });
        await harm(how);
        await after;
      }
      states.failedState = separator.state;
      if (comesBack) {
        await mend();
        separator.restart();
        await new Promise((resolve) => separator.on("restarted", resolve));
      }
      await playedFromStems(separator, 1.5);
      states.state = separator.state;
    },
  );
  const { events, received, output, stems, latency, stats, leaps } = recording;
  const first = received[0].findIndex((x) => x !== 0);
  const start = Math.floor((received[0].length - latency - SAMPLE_RATE) / 128) * 128;
  const last = (channels: Channels) => channels.map((channel) => channel.slice(start));
  const tail = { ...recording, received: last(received), stems: stems.map(last) };
  return {
    ...fromDelayedInput(recording),
    like: 1 - (await framesUnlikeEngine(tail, "/models/bands.json")) / SAMPLE_RATE,
    inputStep: largestStep(received[0], first),
    step: Math.max(
      ...[output, ...stems].map((channels) => largestStep(channels[0], first + latency)),
    ),
    events: events
      .filter(({ type }) => type !== "late")
      .map(({ type, payload }) => {
        const { error, ...rest } = (payload ?? {}) as { error?: Library.DannaError };
        const told = error ?? (type === "error" ? (payload as Library.DannaError) : undefined);
        return { type, ...rest, ...(told && { code: told.code, message: told.message }) };
      }),
    stats,
    leaps,
    ...states,
  };
}
