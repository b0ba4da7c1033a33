// What every browser is asked to do, on one page: each check says whether it works, whether the
// browser lacks what it needs, or how it failed.
import type { StemMixer } from "../../components/index.ts";
import { playMixer, separateSong, shiftKey } from "../package/consumer-page.ts";
import { library, song } from "../live/live-page.ts";
import { fromDelayedInput, record } from "../live/realtime-page.ts";

export interface Outcome {
  readonly outcome: "works" | "lacks" | "fails";
  /** What is lacking or went wrong. */
  readonly note: string;
}

const SONG = "/song/song.mp3";
const RATE = 44100;

class Lacks extends Error {}
const needs = (there: unknown, what: string): void => {
  if (!there) throw new Lacks(what);
};
const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** Offline, sample by sample. */
async function rendersSamples(): Promise<void> {
  needs("suspend" in OfflineAudioContext.prototype, "OfflineAudioContext.suspend");
  const result = await separateSong(library.createStemSeparator, SONG);
  const { inputLevel, levels, stemError, outputError } = result;
  must(inputLevel > 0.01, "the song is silent");
  must(stemError < 1e-5, `the stems' sum differs from the input by ${stemError}`);
  must(outputError < 1e-5, `the output differs from the input by ${outputError}`);
  mustDiffer(levels, inputLevel);
}

/** In real time: what the audio thread got and gave, sample by sample. */
async function playsSamples(transport: "shared" | "ports"): Promise<void> {
  const channels = await song(SONG, 12, RATE);
  const part = channels.map((channel) => channel.slice(4 * RATE));
  const play = (context: AudioContext) => {
    const buffer = new AudioBuffer({
      numberOfChannels: 2,
      length: part[0].length,
      sampleRate: RATE,
    });
    part.forEach((channel, c) => buffer.copyToChannel(channel, c));
    const source = new AudioBufferSourceNode(context, { buffer });
    // When recorder and separator are both connected.
    source.start(context.currentTime + 0.5);
    return source;
  };
  const recording = await record(play, { transport, latencyMode: "safe" }, 6);
  const { output, sum } = fromDelayedInput(recording);
  must(output < 1e-5, `the output differs from the input by ${output}`);
  must(sum < 1e-5, `the stems' sum differs from the input by ${sum}`);
  must(recording.stats.hops > 20, `${recording.stats.hops} hops were separated`);
  const levels = recording.stems.map(([left]) => level(left));
  mustDiffer(levels, level(recording.received[0]));
}

const level = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/** Four different stems: dry, each would be a quarter of the input. */
function mustDiffer(levels: readonly number[], input: number): void {
  must(input > 0.01, "the song is silent");
  must(!levels.includes(0), `a stem is silent: ${levels.join()}`);
  const equal = levels.every((level) => Math.abs(level / input - 0.25) < 0.01);
  must(!equal, "the stems are equal shares of the input");
}

function newMixer(): StemMixer {
  document.querySelector("stem-mixer")?.remove();
  const mixer = document.createElement("stem-mixer");
  mixer.src = SONG;
  document.body.append(mixer);
  return mixer;
}

/** In the order of the table. */
const CHECKS: Readonly<Record<string, () => Promise<unknown>>> = {
  "live separation over message ports": () => playsSamples("ports"),
  "live separation over shared memory": async () => {
    needs(globalThis.crossOriginIsolated && "SharedArrayBuffer" in globalThis, "SharedArrayBuffer");
    await playsSamples("shared");
  },
  "offline rendering": rendersSamples,
  "the mixer plays": async () => {
    const { state } = await playMixer(newMixer());
    must(state === "ready", `the mixer's state is ${state}`);
  },
  "key and tempo": () => shiftKey(newMixer()),
  recording: async () => {
    const mixer = newMixer();
    await playMixer(mixer);
    await mixer.play();
    mixer.startRecording("mix");
    while ((mixer.player.recordedSeconds ?? 0) < 0.5) await new Promise((r) => setTimeout(r, 50));
    const [file] = await mixer.stopRecording();
    must(file.size > 0.5 * 44100 * 6, `the recording has ${file.size} bytes`);
  },
  "the model is kept between visits": async () => {
    needs("caches" in globalThis, "Cache API");
    await playMixer(newMixer());
    const cache = await caches.open("danna-sep-models");
    must((await cache.keys()).length > 0, "nothing is kept");
  },
  microphone: () => has(navigator.mediaDevices, "getUserMedia"),
  "sound of a tab": () => has(navigator.mediaDevices, "getDisplayMedia"),
  "choice of the output device": () => has(AudioContext.prototype, "setSinkId"),
  MIDI: () => has(navigator, "requestMIDIAccess"),
  "a video's picture waits for its sound": async () => {
    await has(HTMLVideoElement.prototype, "requestVideoFrameCallback");
    await has(globalThis, "VideoFrame");
  },
  WebGPU: () => has(navigator, "gpu"),
};

const has = (owner: object | undefined, name: string): Promise<void> =>
  Promise.resolve(needs(owner && name in owner, name));

export const names = Object.keys(CHECKS);

export async function run(name: string): Promise<Outcome> {
  try {
    await CHECKS[name]();
    return { outcome: "works", note: "" };
  } catch (error) {
    if (error instanceof Lacks) return { outcome: "lacks", note: error.message };
    return { outcome: "fails", note: String(error) };
  }
}

Object.assign(globalThis, { checks: { names, run } });
