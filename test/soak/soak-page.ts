// Browser side of the soak run: a separator that plays on while everything else happens.
import type * as Library from "../../src/index.ts";
import { library } from "../live/live-page.ts";
import { EVENTS } from "../live/events.ts";
import { LEVEL, PERIOD, type Survey, type ToSurveyor } from "./survey.ts";

const SAMPLE_RATE = 44100;
/** Periods in the song that is sought in. */
const TURNS = 20;

export interface Told {
  type: keyof Library.SeparatorEvents;
  seconds?: number;
  message?: string;
  payload: unknown;
}

export interface PhaseReport {
  survey: Survey;
  events: Told[];
  stats: Library.SeparatorStats;
  latency: number;
  state: Library.SeparatorState;
}

let context: AudioContext;
let separator: Library.StemSeparator;
let surveyor: AudioWorkletNode;
let song: Library.FileSource;
let microphone: Library.MicrophoneSource;
/** What both the surveyor and the separator hear. */
let input: GainNode;
let events: Told[] = [];

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Begins to play. */
export async function start(options: Library.StemSeparatorOptions): Promise<void> {
  context = new AudioContext({ sampleRate: SAMPLE_RATE });
  await context.audioWorklet.addModule("/surveyor.js");
  separator = await library.createStemSeparator(context, options);
  for (const type of EVENTS) {
    separator.on(type, (payload) => {
      const error = payload instanceof Error ? payload : (payload as { error?: Error }).error;
      const { seconds } = payload as { seconds?: number };
      events.push({
        type,
        payload: error ? undefined : payload,
        ...(seconds !== undefined && { seconds }),
        ...(error && { message: error.message }),
      });
    });
  }
  const frames = () => Math.round(separator.latency * SAMPLE_RATE);
  surveyor = new AudioWorkletNode(context, "surveyor", {
    numberOfInputs: 2,
    processorOptions: { latency: frames() },
  });
  separator.on("latency", () => tell({ type: "latency", frames: frames() }));
  const turn = new AudioBuffer({
    numberOfChannels: 2,
    length: TURNS * PERIOD,
    sampleRate: SAMPLE_RATE,
  });
  for (const [c, wave] of [Math.sin, Math.cos].entries()) {
    turn.copyToChannel(
      Float32Array.from(
        { length: turn.length },
        (_, n) => LEVEL * wave((2 * Math.PI * n) / PERIOD),
      ),
      c,
    );
  }
  song = await library.fileSource(context, turn);
  song.loop = true;
  input = new GainNode(context);
  song.node.connect(input);
  input.connect(surveyor, 0, 0);
  input.connect(separator.input);
  separator.connect(surveyor, 0, 1);
  surveyor.connect(context.destination);
  song.play();
  await new Promise((resolve) => separator.on("stats", resolve));
}

function tell(message: ToSurveyor): void {
  surveyor.port.postMessage(message);
}

/** What happened since the last report. */
export async function report(): Promise<PhaseReport> {
  const survey = new Promise<Survey>((resolve) => {
    surveyor.port.onmessage = ({ data }: MessageEvent<Survey>) => resolve(data);
  });
  tell({ type: "take" });
  const told = events;
  events = [];
  const { stats, latency, state } = separator;
  return { survey: await survey, events: told, stats, latency, state };
}

/** Listens to a microphone in place of the song. */
export async function listen(): Promise<void> {
  microphone = await library.microphoneSource(context);
  song.node.disconnect(input);
  microphone.node.connect(input);
}

/** Resolves when the microphone is live, or is not. */
export async function untilMicrophone(state: Library.SourceState): Promise<void> {
  const end = performance.now() + 10_000;
  while (microphone.state !== state) {
    if (performance.now() > end) throw new Error(`the microphone is ${microphone.state}`);
    await pause(10);
  }
}

/** Back to the song. */
export function listenNoMore(): void {
  microphone.dispose();
  song.node.connect(input);
}

export async function stop(): Promise<void> {
  await separator.dispose();
  await context.close();
}

/** What a page can do to itself, for so many seconds. */
export const troubles: Record<string, (seconds: number) => Promise<void>> = {
  "nothing special": (seconds) => pause(1000 * seconds),

  async "memory pressure"(seconds) {
    const held: Float64Array[] = [];
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      held.push(new Float64Array(2 ** 19).fill(Math.random()));
      if (held.length > 60) held.splice(0, 30);
      await pause(20);
    }
  },

  async "main thread blocked"(seconds) {
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      for (const free = performance.now() + 300 + 700 * Math.random(); performance.now() < free;);
      await pause(400);
    }
  },

  async "context suspended and resumed"(seconds) {
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      await context.suspend();
      await pause(1000 * Math.random());
      await context.resume();
      await pause(500 + 1000 * Math.random());
    }
  },

  async "seek storm"(seconds) {
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      song.seek(song.duration * Math.random());
      await pause(20 + 150 * Math.random());
    }
  },

  async "latency mode changes"(seconds) {
    const before = separator.latencyMode;
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      separator.latencyMode = library.LATENCY_MODES[Math.floor(3 * Math.random())];
      await pause(20 + 400 * Math.random());
    }
    separator.latencyMode = before;
    await pause(1000);
  },

  async "output device lost and back"(seconds) {
    const sink = context as AudioContext & {
      setSinkId: (sink: string | { type: "none" }) => Promise<void>;
    };
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      await sink.setSinkId({ type: "none" });
      await pause(800 * Math.random());
      await sink.setSinkId("");
      await pause(300 + 700 * Math.random());
    }
  },

  async "input lost and back"(seconds) {
    for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
      song.node.disconnect(input);
      await pause(700 * Math.random());
      song.node.connect(input);
      await pause(700);
    }
  },
};
