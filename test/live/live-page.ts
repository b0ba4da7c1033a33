// Browser side of the separator's tests: plays signals through the built library and compares.
import { Engine } from "../../src/engine/engine.ts";
import { runtimeIn } from "../../src/model/built-files.ts";
import { fetchModel } from "../../src/model/fetch.ts";
import { loadModel } from "../../src/engine/session.ts";
import { noise } from "../support/signals.ts";
import type * as Library from "../../src/index.ts";

export type Channels = Float32Array<ArrayBuffer>[];

const STEREO = 2;

const built = new URL("/dist/index.js", location.href).href;
export const library = (await import(built)) as typeof Library;

/** Stereo tones below 18 kHz and 0.41 of the rate, faded in and out: a pair of resamplers must leave them as they are. */
export function bandLimited(seconds: number, sampleRate: number): Channels {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const span = Math.min(18_000, 0.41 * sampleRate) / 30;
  const parts = Array.from({ length: 60 }, () => ({
    frequency: 30 * span ** random(),
    phase: 6.28 * random(),
    side: random(),
    beat: 0.3 + 3 * random(),
  }));
  return Array.from({ length: STEREO }, (_, c) =>
    Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, n) => {
      const t = n / sampleRate;
      const fade = Math.sin((Math.PI / 2) * Math.min(1, 10 * t, 10 * (seconds - t))) ** 2;
      return parts.reduce((sum, { frequency, phase, side, beat }) => {
        const level = fade * (c === 0 ? side : 1 - side) * (0.5 + 0.5 * Math.sin(beat * t));
        return sum + 0.04 * level * Math.sin(2 * Math.PI * frequency * t + phase);
      }, 0);
    }),
  );
}

/** A song from its URL, at the sample rate asked for. */
export async function song(url: string, seconds: number, sampleRate: number): Promise<Channels> {
  const context = new OfflineAudioContext(STEREO, 1, sampleRate);
  const bytes = await (await fetch(url)).arrayBuffer();
  const buffer = await context.decodeAudioData(bytes);
  const frames = Math.min(buffer.length, Math.round(seconds * sampleRate));
  return Array.from({ length: STEREO }, (_, c) =>
    buffer.getChannelData(Math.min(c, buffer.numberOfChannels - 1)).slice(0, frames),
  );
}

export interface Rendering {
  latency: number;
  input: Channels;
  /** By stem, then channel. */
  stems: Channels[];
  output: Channels;
  stats: Library.SeparatorStats;
}

/** What a model makes, by its manifest. */
async function stemsOf(model: string | URL = "/dist/models/live.json"): Promise<readonly string[]> {
  const manifest = (await (await fetch(model)).json()) as Library.StreamingManifest;
  return manifest.stems;
}

/**
 * Renders mono, stereo or, with no channels, nothing through an OfflineAudioContext that waits for the worker every `step` frames, so that
 * nothing depends on the machine's speed.
 */
export async function renderOffline(
  input: Channels,
  sampleRate: number,
  options: Library.StemSeparatorOptions,
  step: number,
  change: (separator: Library.StemSeparator, frame: number) => unknown = () => {},
  /** Scripts with a processor of the same name, to run beside the separator. */
  bystanders: string[] = [],
): Promise<Rendering> {
  const frames = Math.ceil((input[0]?.length ?? 22050) / 128) * 128;
  const stems = await stemsOf(options.model);
  const channels = STEREO * (stems.length + 1);
  const context = new OfflineAudioContext(channels, frames, sampleRate);
  const separator = await library.createStemSeparator(context, options);
  if (input.length > 0) {
    const buffer = new AudioBuffer({ numberOfChannels: input.length, length: frames, sampleRate });
    input.forEach((channel, c) => buffer.copyToChannel(channel, c));
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(separator.input);
    source.start();
  }
  const merger = new ChannelMergerNode(context, { numberOfInputs: channels });
  [...stems.map((stem) => separator.stems[stem]), separator.output].forEach((node, i) => {
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: STEREO });
    node.connect(splitter);
    for (let c = 0; c < STEREO; c++) splitter.connect(merger, c, STEREO * i + c);
  });
  merger.connect(context.destination);
  for (const script of bystanders) {
    await context.audioWorklet.addModule(script);
    new AudioWorkletNode(context, script).connect(merger);
  }
  for (let frame = step; frame < frames; frame += step) {
    void context.suspend(frame / sampleRate).then(async () => {
      await separator.settle();
      await change(separator, frame);
      await context.resume();
    });
  }
  const rendered = await context.startRendering();
  const plane = (i: number) => rendered.getChannelData(i).slice();
  const stats = await finalStats(separator, Math.floor(frames / step) * step);
  const latency = Math.round(separator.latency * sampleRate);
  if (Math.abs(latency - separator.latency * sampleRate) > 1e-6) {
    throw new Error(`latency is ${separator.latency * sampleRate} frames, not a whole number`);
  }
  await separator.dispose();
  return {
    latency,
    input,
    stems: stems.map((_, s) => [plane(2 * s), plane(2 * s + 1)]),
    output: [plane(2 * stems.length), plane(2 * stems.length + 1)],
    stats,
  };
}

/** The worker's figures once they cover all input before `position`. */
async function finalStats(
  separator: Library.StemSeparator,
  position: number,
): Promise<Library.SeparatorStats> {
  const { hop, sampleRate } = separator.manifest;
  const hops = Math.floor((position * sampleRate) / separator.context.sampleRate / hop) - 1;
  while (separator.stats.hops < hops) {
    await new Promise<void>((resolve) => {
      const off = separator.on("stats", () => {
        off();
        resolve();
      });
    });
  }
  return separator.stats;
}

/** Largest difference of `actual` from `expected` delayed by `delay`, and the ratio in dB. */
export function difference(
  expected: Channels,
  actual: Channels,
  delay: number,
): { largest: number; ratio: number } {
  let largest = 0;
  let signal = 0;
  let noise = 0;
  actual.forEach((channel, c) => {
    for (let n = 0; n < channel.length; n++) {
      const should = n < delay ? 0 : (expected[c][n - delay] ?? 0);
      const error = channel[n] - should;
      largest = Math.max(largest, Math.abs(error));
      signal += should ** 2;
      noise += error ** 2;
    }
  });
  return { largest, ratio: 10 * Math.log10(signal / noise) };
}

export function peak(samples: Float32Array): number {
  return samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** A signal at another level. */
export const scaled = (signal: Channels, gain: number): Channels =>
  signal.map((plane) => plane.map((sample) => gain * sample));

/** Sum of all stems, by channel. */
export function sumOf(stems: Channels[]): Channels {
  return Array.from({ length: STEREO }, (_, c) =>
    stems[0][c].map((_, n) => stems.reduce((sum, stem) => sum + stem[c][n], 0)),
  );
}

/** The engine on its own, all hops in a few runs of the model. Stems are `delay` behind. */
export async function separateWithEngine(
  manifestUrl: string,
  input: Channels,
  framesPerRun: number,
): Promise<{ stems: Channels[]; delay: number }> {
  const model = await fetchModel(new URL(manifestUrl, location.href));
  const wasmPaths = runtimeIn(`${location.origin}/dist/ort/`);
  const session = await loadModel({ ...model, backend: "wasm", wasmPaths });
  const engine = new Engine(session);
  const hops = Math.floor(input[0].length / engine.hop);
  const stems = engine.stems.map(() => input.map(() => new Float32Array(hops * engine.hop)));
  for (let hop = 0; hop < hops; hop += framesPerRun) {
    const part = (channel: Float32Array) =>
      channel.subarray(hop * engine.hop, Math.min(hops, hop + framesPerRun) * engine.hop);
    await engine.process(
      input.map(part),
      stems.map((stem) => stem.map(part)),
    );
  }
  const { delay } = engine;
  await engine.dispose();
  return { stems, delay };
}

/** A model's outputs for 6 frames of noise, one frame a run, its state handed on. */
export async function masksOf(
  manifestUrl: string,
  backend: "wasm" | "webgpu",
): Promise<Float32Array[]> {
  const model = await fetchModel(new URL(manifestUrl, location.href));
  const wasmPaths = runtimeIn(`${location.origin}/dist/ort/`);
  const session = await loadModel({ ...model, backend, wasmPaths });
  const masks: Float32Array[] = [];
  let state = session.createState();
  for (let frame = 0; frame < 6; frame++) {
    const spectrum = noise(session.inputFloats, frame).map((x) => 30 * x);
    const result = await session.run(spectrum, 1, state);
    masks.push(result.output.slice());
    state = result.state;
  }
  await session.dispose();
  return masks;
}

/** What a separator runs on. */
export async function backendFor(backend: "auto" | "wasm" | "webgpu"): Promise<string> {
  const context = new OfflineAudioContext(2, 128, 44100);
  const model = "/models/recurrent.json";
  const separator = await library.createStemSeparator(context, { model, backend });
  await separator.dispose();
  return separator.backend;
}

let shared: AudioContext | undefined;

/** Plays a tone through a separator, whose only worker it is that is measured, until the page closes. */
export async function playForever(transport: "shared" | "ports"): Promise<void> {
  const context = (shared = new AudioContext());
  const options = { model: "/models/recurrent.json", transport, spare: false };
  const separator = await library.createStemSeparator(context, options);
  const source = new OscillatorNode(context);
  source.connect(separator.input);
  separator.connect(context.destination);
  source.start();
}

/** Resolves when so much more has been played. */
export async function audioSeconds(seconds: number): Promise<void> {
  const context = shared!;
  const until = context.currentTime + seconds;
  while (context.currentTime < until) await new Promise((resolve) => setTimeout(resolve, 100));
}

let source: ConstantSourceNode | undefined;

/**
 * Makes a separator, plays through it and disposes of it, again and again in one context. The source
 * stays connected to all of them, as careless users leave it, until `letGo`.
 */
export async function createAndDispose(times: number): Promise<void> {
  const context = (shared = new AudioContext());
  source = new ConstantSourceNode(context);
  source.start();
  for (let i = 0; i < times; i++) {
    const transport = i % 2 === 0 ? "shared" : "ports";
    const model = "/models/identity.json";
    const separator = await library.createStemSeparator(context, { model, transport });
    source.connect(separator.input);
    separator.connect(context.destination);
    await new Promise((resolve) => separator.on("stats", resolve));
    separator.bypass = true;
    await separator.dispose();
  }
}

export function letGo(): void {
  source?.stop();
  source?.disconnect();
  source = undefined;
}

/** Largest errors of the output with gains set, under bypass, in between, and after it. */
export async function gainsAndBypass() {
  const sampleRate = 44100;
  const gains = [0.25, 1.5, 0, 0.75];
  const on = 200 * 128;
  const off = 500 * 128;
  const settled = 0.035 * sampleRate;
  const options = { model: "/models/bands.json", latencyMode: "monitor" } as const;
  const rendering = await renderOffline(
    bandLimited(2, sampleRate),
    sampleRate,
    options,
    128,
    (separator, frame) => {
      if (frame === 128) {
        library.DEFAULT_STEMS.forEach((stem, i) => (separator.gains[stem].value = gains[i]));
      }
      if (frame === on) separator.bypass = true;
      if (frame === off) separator.bypass = false;
    },
  );
  const { input, stems, output, latency, stats } = rendering;
  const errors = { withGains: 0, bypassed: 0, between: 0, restored: 0, fadeStep: 0 };
  for (let c = 0; c < STEREO; c++) {
    let dryShare = NaN;
    for (let n = 2 * latency; n < output[c].length; n++) {
      const mix = stems.reduce((sum, stem, i) => sum + gains[i] * stem[c][n], 0);
      const dry = input[c][n - latency] ?? 0;
      const toMix = Math.abs(output[c][n] - mix);
      const toDry = Math.abs(output[c][n] - dry);
      const part =
        n < on
          ? "withGains"
          : n < on + settled || (n >= off && n < off + settled)
            ? "between"
            : n < off
              ? "bypassed"
              : "restored";
      const error = {
        withGains: toMix,
        restored: toMix,
        bypassed: toDry,
        between: toMix + toDry - Math.abs(mix - dry),
      }[part];
      errors[part] = Math.max(errors[part], error);
      // How fast the output goes from the one to the other, where they are far enough apart.
      const before = dryShare;
      const apart = dry - mix;
      dryShare = Math.abs(apart) > 0.01 ? (output[c][n] - mix) / apart : NaN;
      errors.fadeStep = Math.max(errors.fadeStep, Math.abs(dryShare - before) || 0);
    }
  }
  return { ...errors, stemsDiffer: difference(stems[0], stems[1], 0).largest, stats };
}

/** How a separator with such options is refused. */
export async function refusal(options: object): Promise<{ code: string; message: string }> {
  const context = new OfflineAudioContext(STEREO, 128, 44100);
  try {
    await library.createStemSeparator(context, options);
  } catch (error) {
    if (error instanceof library.DannaError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("not refused");
}

/** The reason with which an aborted creation rejects. */
export async function aborted(
  moment: "before" | "at once" | "while the model loads",
): Promise<unknown> {
  const context = new OfflineAudioContext(STEREO, 128, 44100);
  const controller = new AbortController();
  const abort = () => controller.abort("no longer wanted");
  if (moment === "before") abort();
  const creation = library.createStemSeparator(context, {
    model: "/models/identity.json",
    signal: controller.signal,
    onProgress: moment === "while the model loads" ? abort : undefined,
  });
  if (moment === "at once") abort();
  return creation.then(
    () => "not aborted",
    (reason: unknown) => reason,
  );
}

export async function afterDispose(model: string) {
  const context = new OfflineAudioContext(STEREO, 128, 44100);
  const separator = await library.createStemSeparator(context, { model });
  let disposeEvents = 0;
  separator.on("dispose", () => disposeEvents++);
  await separator.dispose();
  await separator.dispose();
  const codes: unknown[] = [];
  const uses: (() => unknown)[] = [
    () => separator.connect(context.destination),
    () => separator.disconnect(),
    () => (separator.bypass = true),
    () => separator.settle(),
  ];
  for (const use of uses) {
    try {
      await use();
    } catch (error) {
      codes.push((error as Library.DannaError).code);
    }
  }
  return { disposeEvents, codes };
}
