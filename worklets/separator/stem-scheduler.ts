// What the audio thread does with one render quantum: input to the ring, stems and delayed dry
// signal to the outputs; and how it goes from one worker, or one latency, to the next without being
// heard. Pure: no Web Audio, no messages. Runs on the audio thread, so `process` allocates nothing,
// never waits and never throws.
//
// Time is what has been rendered: positions count the frames of input since the first. The context's
// own clock may run ahead of that, see `ProcessorReport`.
//
// Another worker (`succeed`) gets the input beside the present one and takes over when its stems
// are there, with the 5 ms cross-fade of late audio. Another latency (`latency`) is a second voice
// on the same rings, cross-faded with the first over LATENCY_FADE_SECONDS.
import { copySanitised } from "../../src/dsp/sanitise.ts";
import {
  createRing,
  RingReader,
  RingWriter,
  type FrameReader,
  type FrameWriter,
} from "../../src/ring/ring.ts";
import { LATENCY_FADE_SECONDS } from "../../src/live/latency.ts";
import { StemReader, type VoiceCounts } from "./stem-reader.ts";

const QUANTUM = 128;
const CHANNELS = 2;

/** The two rings to one worker. */
export interface WorkerRings {
  /** Takes the input, two channels, from the scheduler's position on. */
  input: FrameWriter;
  /** Gives the stems, two channels each, at the input's positions. */
  output: FrameReader;
  /** Frames of one hop of its engine at the context's rate; need not be whole. */
  hop: number;
}

export interface SchedulerOptions {
  /** Of the context. */
  sampleRate: number;
  /** Frames from input to output. */
  latency: number;
  /** The most that `latency` will be set to. */
  longestLatency: number;
  /** Number of stereo stems. */
  stems: number;
  /** Of the first frame; 0 by default. */
  position?: number;
}

/** Everything that went wrong so far, in plain numbers. */
export interface SchedulerCounts extends VoiceCounts {
  /** Hop-long stretches of which some frames were played dry for lack of stems. */
  underruns: number;
  /** Frames played not wholly from the stems: dry, or within a fade. */
  dryFrames: number;
  /** Input samples that were not numbers, or absurdly large: silence, here and for the workers. */
  faultySamples: number;
}

const NO_WORKER: WorkerRings = {
  input: { position: 0, write() {}, skip() {}, flush() {} },
  output: { available: () => -1, read: () => "early" },
  hop: QUANTUM,
};

const planes = (frames: number) => Array.from({ length: CHANNELS }, () => new Float32Array(frames));

export class StemScheduler {
  readonly counts: SchedulerCounts = { underruns: 0, dryFrames: 0, faultySamples: 0 };
  /** Workers that have taken over so far. */
  handovers = 0;

  #stems: number;
  /** The quantum's input, as everyone gets it. */
  #clean: Float32Array[];
  #delayWriter: RingWriter;
  #voice: StemReader;
  #rings = NO_WORKER;
  /** Position from which the worker has heard the input: its stems before that are not to be believed. */
  #from = -(2 ** 53);
  #nextRings: WorkerRings | undefined;
  #nextFrom = 0;
  /** End of the stems when last seen, and frames played since it moved. */
  #stemsEnd = 0;
  #stalledFrames = 0;

  /** Frames from input to output that are wanted; `#voice` follows. */
  #latency: number;
  /** The voice to be, or the one that was. */
  #spare: StemReader;
  #spareGain = 0;
  #spareStep: number;
  #fading = false;
  #scratch: Float32Array[][];

  constructor({ sampleRate, latency, longestLatency, stems, position = 0 }: SchedulerOptions) {
    this.#stems = stems;
    this.#latency = latency;
    this.#clean = planes(QUANTUM);
    const capacity = 2 ** Math.ceil(Math.log2(2 * longestLatency + 4096));
    const ring = createRing(CHANNELS, capacity, { start: position, shared: false });
    this.#delayWriter = new RingWriter(ring, position);
    const delay = new RingReader(ring);
    this.#voice = new StemReader({ sampleRate, stems, delay });
    this.#voice.counts = this.counts;
    this.#voice.latency = latency;
    this.#spare = new StemReader({ sampleRate, stems, delay });
    this.#spareStep = 1 / Math.round(LATENCY_FADE_SECONDS * sampleRate);
    this.#scratch = this.#buffers(QUANTUM);
  }

  /** Whether the stems are (partly) replaced by the dry signal at this moment. */
  get dry(): boolean {
    return this.#voice.dry;
  }

  /** Position of the next frame of input. */
  get position(): number {
    return this.#delayWriter.position;
  }

  /** Frames played since a worker last delivered stems; 0 without one. */
  get stalledFrames(): number {
    return this.#stalledFrames;
  }

  /** Whether a worker is being listened to until it can take over. */
  get awaiting(): boolean {
    return this.#nextRings !== undefined;
  }

  /** Frames from input to output; may be set at any time, and is cross-faded. */
  get latency(): number {
    return this.#latency;
  }

  set latency(latency: number) {
    this.#latency = latency;
  }

  /** Rings to a first worker, whose input begins with the first frame. */
  connect(rings: WorkerRings): void {
    this.#rings = rings;
    this.#voice.hop = rings.hop;
  }

  /**
   * Rings to another worker, both beginning at `position`. It takes over when its stems are there;
   * until then the present one is heard, or the dry signal.
   */
  succeed(rings: WorkerRings): void {
    this.#nextRings = rings;
    this.#nextFrom = this.position;
    this.#stalledFrames = 0;
  }

  /** The worker is no more: the dry signal, until another succeeds it. */
  disconnect(): void {
    this.#rings = NO_WORKER;
    this.#nextRings = undefined;
    this.#stalledFrames = 0;
  }

  /**
   * One render quantum.
   * @param input its channels: two, or none when nothing is connected
   * @param outputs two channels for each stem and two for the delayed dry signal, all of one length
   */
  process(input: readonly Float32Array[], outputs: readonly (readonly Float32Array[])[]): void {
    const { position } = this;
    const frames = outputs[this.#stems][0].length;
    const clean = input.length === 0 ? input : this.#sanitised(input, frames);
    this.#rings.input.write(clean, frames);
    this.#nextRings?.input.write(clean, frames);
    this.#delayWriter.write(clean, frames);

    if (!this.#fading) this.#handOver(position, frames);
    if (!this.#fading && this.#latency !== this.#voice.latency) this.#startFade();
    this.#voice.process(position, this.#rings.output, this.#from, outputs);
    if (this.#fading) this.#fade(position, frames, outputs);
    this.#watch(position, frames);
  }

  #sanitised(input: readonly Float32Array[], frames: number): readonly Float32Array[] {
    if (this.#clean[0].length !== frames) this.#clean = planes(frames);
    for (let c = 0; c < CHANNELS; c++) {
      this.counts.faultySamples += copySanitised(input[c], 0, this.#clean[c]);
    }
    return this.#clean;
  }

  /** Lets the next worker take over once a quantum and a whole fade of its stems are there. */
  #handOver(position: number, frames: number): void {
    const next = this.#nextRings;
    if (next === undefined) return;
    const voice = this.#voice;
    const start = position - voice.latency;
    if (start < this.#nextFrom) return;
    if (next.output.available(start) < frames + voice.fadeFrames) return;
    this.#rings = next;
    this.#from = this.#nextFrom;
    this.#nextRings = undefined;
    voice.hop = next.hop;
    voice.cut();
    this.handovers++;
  }

  #startFade(): void {
    this.#spare.follow(this.#voice, this.#latency);
    this.#spareGain = 0;
    this.#fading = true;
  }

  #fade(position: number, frames: number, outputs: readonly (readonly Float32Array[])[]): void {
    if (this.#scratch[0][0].length !== frames) this.#scratch = this.#buffers(frames);
    this.#spare.process(position, this.#rings.output, this.#from, this.#scratch);
    let gain = this.#spareGain;
    for (let o = 0; o < outputs.length; o++) {
      for (let c = 0; c < CHANNELS; c++) {
        const output = outputs[o][c];
        const other = this.#scratch[o][c];
        gain = this.#spareGain;
        for (let i = 0; i < frames; i++) {
          gain = Math.min(1, gain + this.#spareStep);
          output[i] += gain * (other[i] - output[i]);
        }
      }
    }
    this.#spareGain = gain;
    if (gain < 1) return;
    const before = this.#voice;
    this.#voice = this.#spare;
    this.#spare = before;
    // One voice counts at a time: the other counts for itself.
    const aside = this.#voice.counts;
    this.#voice.counts = this.counts;
    before.counts = aside;
    this.#fading = false;
  }

  /** Notices a worker that does not deliver any more, be it the present one or the next. */
  #watch(position: number, frames: number): void {
    const rings = this.#nextRings ?? this.#rings;
    const end = position + rings.output.available(position);
    if (end !== this.#stemsEnd || rings === NO_WORKER) this.#stalledFrames = 0;
    else this.#stalledFrames += frames;
    this.#stemsEnd = end;
  }

  #buffers(frames: number): Float32Array[][] {
    return Array.from({ length: this.#stems + 1 }, () => planes(frames));
  }
}
