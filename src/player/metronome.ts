// Clicks on a song's beats, as they are heard. Page thread; loaded when the click or the count-in is first switched on.
import { beatTimes, countIn, type Sounding } from "./beats.ts";

/** How far ahead of time clicks are scheduled, and how often, in seconds: timers sleep in hidden tabs. */
const [AHEAD, INTERVAL] = [2.5, 1];
/** Seconds between a call and the first click that it may schedule. */
const SOON = 0.02;
/** Amplitude of a click, its pitch in Hz (the first of a count-in is an octave higher), length and decay in seconds. */
const [LEVEL, PITCH, LENGTH, DECAY] = [0.35, 1000, 0.05, 0.008];
/** Seconds that a song needs from the call to its first sound. */
const START = 0.25;

export interface MetronomeHost {
  readonly context: BaseAudioContext;
  /** Where clicks are heard: beside the mix, so that no recording has them. */
  readonly destination: AudioNode;
  /** Undefined while nothing sounds. */
  sounding(): Sounding | undefined;
  /** Seconds from what is fed into the separator to what is heard. */
  latency(): number;
  beats(): Float64Array | undefined;
}

export class Metronome {
  readonly #host: MetronomeHost;
  readonly #click: AudioBuffer;
  /** Clicks to come, and when: on beats, and of a count-in. */
  readonly #beats = new Map<AudioBufferSourceNode, number>();
  readonly #counts = new Map<AudioBufferSourceNode, number>();
  /** Of the song's sound, as it is fed: up to when clicks are scheduled. */
  #until = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Ends the count-in that runs; the song does not begin by it. */
  #stopCounting: (() => void) | undefined;

  constructor(host: MetronomeHost) {
    this.#host = host;
    const { sampleRate } = host.context;
    this.#click = new AudioBuffer({ length: Math.round(LENGTH * sampleRate), sampleRate });
    const samples = this.#click.getChannelData(0);
    for (let n = 0; n < samples.length; n++) {
      const t = n / sampleRate;
      samples[n] = LEVEL * Math.exp(-t / DECAY) * Math.sin(2 * Math.PI * PITCH * t);
    }
  }

  /** Clicks on the beats from now on, or no more. */
  set on(on: boolean) {
    clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.#schedule(), INTERVAL * 1000) : undefined;
    this.follow();
  }

  /** What sounds, its latency or its beats have changed. */
  follow(): void {
    const soon = this.#host.context.currentTime + SOON;
    for (const [source, time] of this.#beats) if (time > soon) source.stop();
    this.#until = 0;
    this.#schedule();
  }

  #schedule(): void {
    const { context, sounding, latency, beats } = this.#host;
    const now = sounding();
    const known = beats();
    if (this.#timer === undefined || !now || !known) return;
    const delay = latency();
    const from = Math.max(this.#until, context.currentTime + SOON - delay);
    const to = context.currentTime + AHEAD;
    for (const time of beatTimes(known, now, from, to)) this.#play(this.#beats, time + delay);
    this.#until = Math.max(from, to);
  }

  #play(among: Map<AudioBufferSourceNode, number>, time: number, rate = 1): void {
    const { context, destination } = this.#host;
    const source = new AudioBufferSourceNode(context, { buffer: this.#click, playbackRate: rate });
    source.connect(destination);
    source.onended = () => {
      source.disconnect();
      among.delete(source);
    };
    source.start(time);
    among.set(source, time);
  }

  /**
   * Counts to a song's first beat from `position` on. Resolves in time with the context's time at which the song is to
   * begin; undefined where there is nothing to count, or the count-in was ended.
   */
  countIn(position: number, tempo: number): Promise<number | undefined> {
    this.stopCounting();
    const { context, latency, beats } = this.#host;
    const count = countIn(beats() ?? new Float64Array(), position, tempo);
    if (!count) return Promise.resolve(undefined);
    const begins = context.currentTime + START;
    for (const [i, click] of count.clicks.entries()) {
      this.#play(this.#counts, begins + latency() + click, i === 0 ? 2 : 1);
    }
    return new Promise((resolve) => {
      const end = (time?: number) => {
        clearTimeout(timer);
        this.#stopCounting = undefined;
        resolve(time);
      };
      const timer = setTimeout(() => end(begins + count.lead), count.lead * 1000);
      this.#stopCounting = () => {
        for (const source of this.#counts.keys()) source.stop();
        end();
      };
    });
  }

  /** Ends a count-in that runs. */
  stopCounting(): void {
    this.#stopCounting?.();
  }

  dispose(): void {
    this.on = false;
    this.stopCounting();
  }
}
