// Browser side of the sources' tests: opens one source at a time, logs its events, listens to it.
import {
  OfflineAudioContext as StandardizedOfflineContext,
  type IAudioNode,
} from "standardized-audio-context";
import {
  displaySource,
  fileSource,
  listInputs,
  mediaElementSource,
  microphoneSource,
  type AudioSource,
  type FileSource,
  type MicrophoneSource,
} from "../../src/sources/index.ts";

export const context = new AudioContext();
export const element = new Audio();
let source: AudioSource;
/** What the source told since it was opened, as "type:detail". */
export const log: string[] = [];

function watch<T extends AudioSource>(opened: T): T {
  log.length = 0;
  source = opened;
  // Chromium does not render, and so does not end, a looped buffer that leads nowhere.
  if (opened.context === context) opened.node.connect(context.destination);
  opened.on("ended", () => log.push("ended"));
  opened.on("interrupted", ({ reason }) => log.push(`interrupted:${reason}`));
  opened.on("resumed", ({ reason }) => log.push(`resumed:${reason}`));
  opened.on("visibility", ({ hidden }) => log.push(`hidden:${hidden}`));
  opened.on("rate", ({ before, now }) => log.push(`rate:${before}:${now}`));
  opened.on("error", ({ code, message }) => log.push(`error:${code}:${message}`));
  return opened;
}

export const openMicrophone = async (
  deviceId?: string,
  channels?: [number, number],
): Promise<void> =>
  void watch(
    await microphoneSource(context, {
      ...(deviceId !== undefined && { deviceId }),
      ...(channels && { channels }),
    }),
  );
export const openDisplay = async (): Promise<void> => void watch(await displaySource(context));
export const openElement = async (): Promise<void> =>
  void watch(await mediaElementSource(context, element));
export const openFile = async (url: string): Promise<void> =>
  void watch(await fileSource(context, await (await fetch(url)).blob()));

export const file = (): FileSource => source as FileSource;
export const microphone = (): MicrophoneSource => source as MicrophoneSource;
export const resume = (): Promise<void> => source.resume();
export const dispose = (): void => source.dispose();
export { listInputs };

export const situation = () => ({
  state: source.state,
  interruptions: source.interruptions.map(({ reason, error }) => `${reason}:${error?.code}`),
});

/** Waits until the log has `entry`, a prefix, and removes all up to it. */
export async function told(entry: string): Promise<string> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const index = log.findIndex((line) => line.startsWith(entry));
    if (index >= 0) return log.splice(0, index + 1)[index];
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`"${entry}" was never told, but: ${log.join(", ") || "nothing"}`);
}

/** Strongest frequency in Hz of each channel, once the source sounds. */
export async function heard(): Promise<number[]> {
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  const analysers = [0, 1].map((channel) => {
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    splitter.connect(analyser, channel);
    return analyser;
  });
  source.node.connect(splitter);
  const spectrum = new Float32Array(2048);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const peaks = analysers.map((analyser) => {
      analyser.getFloatFrequencyData(spectrum);
      const level = Math.max(...spectrum);
      return level > -60 ? (spectrum.indexOf(level) * context.sampleRate) / 4096 : undefined;
    });
    if (peaks.every((peak) => peak !== undefined)) {
      source.node.disconnect(splitter);
      return peaks;
    }
  }
}

/** Seconds of the longest recording, whose end nothing waits for. */
const LONGEST_SECONDS = 20;

async function played(seconds: number): Promise<void> {
  const until = context.currentTime + seconds;
  while (context.currentTime < until) await new Promise((resolve) => setTimeout(resolve, 10));
}

/**
 * What the gain of an open microphone does while the context is suspended and resumed: it passes a
 * constant signal, so that no sample depends on what a device delivers, and when.
 */
export async function gainOverSuspension(): Promise<number[]> {
  await context.resume();
  navigator.mediaDevices.getUserMedia = () =>
    Promise.resolve(context.createMediaStreamDestination().stream);
  await openMicrophone();
  await context.audioWorklet.addModule("/recorder.js");
  const recorder = new AudioWorkletNode(context, "recorder", {
    processorOptions: { signals: 1, frames: 128 * Math.ceil((LONGEST_SECONDS * 48000) / 128) },
  });
  recorder.connect(context.destination);
  const constant = new ConstantSourceNode(context);
  constant.connect(source.node);
  constant.start();
  // Beyond the fade of a context that had not been running.
  await played(0.4);
  source.node.connect(recorder);
  await played(0.1);
  await context.suspend();
  await told("interrupted:suspended");
  await context.resume();
  await played(0.5);
  const planes = new Promise<Float32Array[]>((resolve) => {
    recorder.port.onmessage = ({ data }) => Array.isArray(data) && resolve(data as Float32Array[]);
  });
  recorder.port.postMessage("planes");
  return Array.from((await planes)[0]);
}

/** Plays the ramp 0.001, 0.002, … 0.4 from its 101st sample through an offline context. */
export async function renderOffline(): Promise<{ samples: number[]; latest: string }> {
  const offline = new OfflineAudioContext(1, 1000, 44100);
  const buffer = new AudioBuffer({ length: 400, sampleRate: 44100 });
  buffer.getChannelData(0).forEach((_, i, data) => (data[i] = (i + 1) / 1000));
  const recording = watch(await fileSource(offline, buffer));
  recording.node.connect(offline.destination);
  recording.seek(100 / 44100);
  recording.play();
  const rendered = await offline.startRendering();
  await told("ended");
  return { samples: [...rendered.getChannelData(0)], latest: recording.state };
}

/** Plays a decoded file through an offline context of standardized-audio-context. */
export async function renderStandardized(url: string): Promise<number> {
  const offline = new StandardizedOfflineContext({ length: 44100, sampleRate: 44100 });
  const bytes = await (await fetch(url)).arrayBuffer();
  const recording = await fileSource(offline, bytes);
  (recording.node as unknown as IAudioNode<typeof offline>).connect(offline.destination);
  recording.play();
  const rendered = await offline.startRendering();
  recording.dispose();
  return Math.max(...rendered.getChannelData(0));
}

/** The code and message that opening a recording is refused with. */
export async function refusalOf(recording: Blob | ArrayBuffer): Promise<string> {
  return fileSource(context, recording).then(
    () => "accepted",
    ({ name, code, message }) => `${name} ${code}: ${message}`,
  );
}

/** The same for sources that an offline context cannot have, and an element that is taken. */
export async function refusals(): Promise<string[]> {
  const offline = new OfflineAudioContext(1, 128, 44100);
  const other = new AudioContext();
  const all = [
    microphoneSource(offline),
    displaySource(offline),
    mediaElementSource(offline, new Audio()),
    mediaElementSource(other, element),
  ];
  const reasons = all.map((opening) => opening.then(String, ({ code }) => code as string));
  const codes = await Promise.all(reasons);
  await other.close();
  return codes;
}
