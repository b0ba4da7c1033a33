// Takes a tab's sound apart while the popup is open or closed. Offscreen document of the extension: it has no
// window of its own, and the popup closes it to give the tab its sound back.
import {
  createStemSeparator,
  DEFAULT_STEMS,
  type Stem,
  type StemSeparator,
} from "../../src/index.ts";
import type { Answer, Request } from "./messages.ts";

/** As the mixer's knobs have it: the least is silence. */
const SILENT = -60;
/** Time constant of a knob's move, in seconds. */
const GLIDE = 0.01;

const gains: Record<Stem, number> = Object.fromEntries(DEFAULT_STEMS.map((stem) => [stem, 0]));
let status: Answer["status"] = "off";
let title = "";
let error = "";
let separator: StemSeparator | undefined;
let input: AnalyserNode | undefined;
let output: AnalyserNode | undefined;

chrome.runtime.onMessage.addListener((message, _sender, respond) => {
  const request = message as Request;
  if (request.do === "start") void start(request.stream, request.title);
  if (request.do === "gain") setGain(request.stem, request.decibels);
  respond(tell());
  return undefined;
});

function peakOf(analyser: AnalyserNode | undefined): number {
  if (!analyser) return 0;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return samples.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
}

const tell = (): Answer => ({
  status,
  title,
  error,
  gains,
  input: peakOf(input),
  output: peakOf(output),
});

function setGain(stem: Stem, decibels: number): void {
  gains[stem] = decibels;
  const gain = decibels <= SILENT ? 0 : 10 ** (decibels / 20);
  separator?.gains[stem]?.setTargetAtTime(gain, separator.context.currentTime, GLIDE);
}

async function start(streamId: string, name: string): Promise<void> {
  title = name;
  status = "loading";
  try {
    // At once: what the browser has given for the tab is good for seconds. The tab falls silent with it.
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        mandatory: { chromeMediaSource: "tab", chromeMediaSourceId: streamId },
      } as MediaTrackConstraints,
    });
    const [track] = stream.getAudioTracks();
    track.addEventListener("ended", () => {
      status = "off";
    });
    const context = new AudioContext();
    const source = context.createMediaStreamSource(stream);
    input = new AnalyserNode(context, { fftSize: 4096 });
    output = new AnalyserNode(context, { fftSize: 4096 });
    output.connect(context.destination);
    source.connect(input);
    // The tab as it is, until its stems are there.
    source.connect(output);
    separator = await createStemSeparator(context, {
      model: "karaoke",
      latencyMode: "safe",
      backend: "wasm",
    });
    for (const stem of DEFAULT_STEMS) setGain(stem, gains[stem]);
    source.disconnect(output);
    source.connect(separator.input);
    separator.connect(output);
    status = "on";
  } catch (cause) {
    status = "error";
    error = cause instanceof Error ? cause.message : String(cause);
  }
}
