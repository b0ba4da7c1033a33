// What a consumer's page runs in the tests: separates real music with the package's public face and
// measures what came out. The page brings the library; only its types are imported here.
import type { StemMixer } from "../../components/index.ts";
import type { createStemSeparator, SeparatorStats, StemSeparatorOptions } from "../../src/index.ts";
import type { splitFile } from "../../src/split/index.ts";

const RATE = 44100;
/** Frames between waits for the worker, so that nothing depends on the machine's speed. */
const STEP = 512;

export interface Separated {
  transport: string;
  backend: string;
  model: string;
  isolated: boolean;
  /** Largest difference of the stems' sum, and of the output, from the delayed input. */
  stemError: number;
  outputError: number;
  /** Root mean square of the input and of the stems, left channel. */
  inputLevel: number;
  levels: number[];
}

/** Separates a part of the song at a URL in an OfflineAudioContext. */
export async function separateSong(
  create: typeof createStemSeparator,
  song: string,
  options: StemSeparatorOptions = {},
  seconds = 2,
): Promise<Separated> {
  const bytes = await (await fetch(song)).arrayBuffer();
  const decoded = await new OfflineAudioContext(2, 1, RATE).decodeAudioData(bytes);
  const frames = STEP * Math.floor((seconds * RATE) / STEP);
  const context = new OfflineAudioContext(10, frames, RATE);
  const separator = await create(context, options);
  // From where all four parts play.
  const start = 4 * RATE;
  const buffer = new AudioBuffer({ numberOfChannels: 2, length: frames, sampleRate: RATE });
  for (let c = 0; c < 2; c++) {
    buffer.copyToChannel(decoded.getChannelData(c).slice(start, start + frames), c);
  }
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(separator.input);
  source.start();
  const merger = new ChannelMergerNode(context, { numberOfInputs: 10 });
  [...Object.values(separator.stems), separator.output].forEach((node, i) => {
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    node.connect(splitter);
    for (let c = 0; c < 2; c++) splitter.connect(merger, c, 2 * i + c);
  });
  merger.connect(context.destination);
  for (let frame = STEP; frame < frames; frame += STEP) {
    void context.suspend(frame / RATE).then(async () => {
      await separator.settle();
      await context.resume();
    });
  }
  const rendered = await context.startRendering();
  const latency = Math.round(separator.latency * RATE);
  const { transport, backend, manifest } = separator;
  await separator.dispose();

  const planes = Array.from({ length: 10 }, (_, i) => rendered.getChannelData(i));
  let [stemError, outputError] = [0, 0];
  for (let c = 0; c < 2; c++) {
    const input = buffer.getChannelData(c);
    for (let n = 0; n < frames; n++) {
      const expected = n < latency ? 0 : input[n - latency];
      const sum = planes[c][n] + planes[2 + c][n] + planes[4 + c][n] + planes[6 + c][n];
      stemError = Math.max(stemError, Math.abs(sum - expected));
      outputError = Math.max(outputError, Math.abs(planes[8 + c][n] - expected));
    }
  }
  const rms = (plane: Float32Array) =>
    Math.sqrt(plane.reduce((sum, x) => sum + x * x, 0) / plane.length);
  const levels = [0, 2, 4, 6].map((i) => rms(planes[i]));
  return {
    transport,
    backend,
    model: manifest.name,
    isolated: crossOriginIsolated,
    stemError,
    outputError,
    inputLevel: rms(buffer.getChannelData(0)),
    levels,
  };
}

/** Splits the end of the song at a URL; gives lengths, and what its stems' sum is away from the song. */
export async function splitSong(split: typeof splitFile, song: string, workers: number) {
  const bytes = await (await fetch(song)).arrayBuffer();
  const decoded = await new OfflineAudioContext(2, 1, RATE).decodeAudioData(bytes);
  let [frames, error] = [0, 0];
  const options = { from: decoded.duration - 2, workers };
  for await (const { start, stems } of await split(song, options)) {
    frames += stems.vocals[0].length;
    for (let c = 0; c < 2; c++) {
      const input = decoded.getChannelData(c).subarray(start);
      const planes = Object.values(stems).map((stem) => stem[c]);
      for (let n = 0; n < planes[0].length; n++) {
        const sum = planes.reduce((sum, plane) => sum + plane[n], 0);
        error = Math.max(error, Math.abs(sum - input[n]));
      }
    }
  }
  return { seconds: frames / RATE, error };
}

/** Plays what the page's <stem-mixer> names until the separator has worked on it for a while. */
export async function playMixer(mixer: StemMixer, hops = 20) {
  await customElements.whenDefined("stem-mixer");
  // Better stems would take what the machine has left.
  mixer.quality = "live";
  await mixer.updateComplete;
  const failed = new Promise<never>((_, reject) =>
    mixer.addEventListener("stem-error", ({ detail }) => reject(detail.error)),
  );
  await Promise.race([failed, mixer.play()]);
  const { separator } = mixer;
  if (!separator) throw new Error("the mixer plays without a separator");
  const worked = new Promise<void>((resolve) => {
    const off = separator.on("stats", (stats: SeparatorStats) => {
      if (stats.hops < hops) return;
      off();
      resolve();
    });
  });
  await Promise.race([failed, worked]);
  const { transport, backend, latency, manifest } = separator;
  mixer.pause();
  return { state: mixer.state, transport, backend, latency, model: manifest.name };
}

/** Shifts the key of what the mixer plays: the shifter is a module and a worklet of its own. */
export async function shiftKey(mixer: StemMixer): Promise<void> {
  await mixer.play();
  await new Promise<void>((resolve, reject) => {
    mixer.addEventListener("stem-error", ({ detail }) => reject(detail.error));
    mixer.addEventListener("stem-transport-change", ({ detail }) => detail.key === 2 && resolve());
    mixer.keyShift = 2;
  });
  mixer.pause();
}
