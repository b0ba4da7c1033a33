// The live loop's core: takes input frames by position, runs the engine hop by hop, and puts stems
// at their positions. Knows no worker, no Web Audio; the clock and both rings are handed in.
// Runs on the inference worker.
//
// Falling behind. The audio thread reads stems `latency` frames behind the input, so the input's
// own counter tells how late it is: a hop has (first frame + latency − input written) frames left.
// A hop with less left than an inference takes is separated with the last masks (transforms only),
// which catches up within a few hops; if that comes too late as well, the audio thread plays dry.
//
// Several hops per run cost less each, and come later by all but one of them: for margins that have
// room for that.
import { CHANNELS } from "../../dsp/planar-queue.ts";
import { createRateConversion, type RateConversion } from "../../dsp/resampler.ts";
import type { Engine } from "../../engine/engine.ts";
import { DannaError } from "../../errors.ts";
import type { FrameReader, FrameWriter } from "../../ring/ring.ts";
import type { WorkerStats } from "../protocol.ts";
import { HopTimes } from "./hop-times.ts";

/** What of the engine is needed here. */
export type HopEngine = Pick<
  Engine,
  "hop" | "sampleRate" | "stems" | "delay" | "process" | "reset" | "counts"
>;

/** The most hops in one run of the model. */
export const MOST_HOPS_PER_RUN = 8;
/** Runs without a result of the model after which another worker is the better hope. */
const MOST_FAULTY_RUNS = 40;

/** Part of the time a fresh hop has left that an inference may be expected to take. */
const LARGEST_EXPECTED_SHARE = 0.75;
/** Weight of the newest inference in the expected time. */
const EXPECTATION_WEIGHT = 0.1;
/** Hops to go back to after an overrun, beyond the latency. */
const RESTART_HOPS = 4;

/** Delay of engine and resamplers in frames at the context's rate, and one hop in these frames. */
export function liveDelay(engine: HopEngine, sampleRate: number): { delay: number; hop: number } {
  const delay = conversionFor(engine, sampleRate)?.delay ?? engine.delay;
  return { delay, hop: (engine.hop * sampleRate) / engine.sampleRate };
}

function conversionFor(engine: HopEngine, sampleRate: number): RateConversion | undefined {
  if (sampleRate === engine.sampleRate) return undefined;
  return createRateConversion({
    deviceRate: sampleRate,
    modelRate: engine.sampleRate,
    engineDelay: engine.delay,
    inputs: CHANNELS,
    outputs: CHANNELS * engine.stems.length,
  });
}

function isSilent(channel: Float32Array, frames: number): boolean {
  for (let i = 0; i < frames; i++) if (channel[i] !== 0) return false;
  return true;
}

const planes = (count: number, frames: number) =>
  Array.from({ length: count }, () => new Float32Array(frames));

export interface LiveOptions {
  engine: HopEngine;
  /** Of the context, in Hz. */
  sampleRate: number;
  /** Frames from input to output, as the audio thread reads them. */
  latency: number;
  /**
   * Whether sound is played as it comes, by default true: overdue hops do with earlier masks, and late
   * ones are counted. Rendered offline, it waits for the stems, or is dry if nobody lets it wait.
   */
  realTime?: boolean;
  /** Of the first input frame; 0 by default. */
  position?: number;
  input: FrameReader;
  /** Its position must be `position` minus `liveDelay`. */
  output: FrameWriter;
  /** Milliseconds, monotone. */
  now: () => number;
  /** Lets messages in; a finished inference alone does not turn the event loop. */
  turn: () => Promise<void>;
}

export class LiveSeparator {
  /** Frames from input to output, as the audio thread reads them. */
  latency: number;
  /** Hops in one run of the model, from the next on; from 1 to MOST_HOPS_PER_RUN. */
  hopsPerRun = 1;

  #engine: HopEngine;
  #sampleRate: number;
  #input: FrameReader;
  #output: FrameWriter;
  #now: () => number;
  #turn: () => Promise<void>;
  #realTime: boolean;
  #conversion: RateConversion | undefined;
  #delay: number;

  /** Position of the next input frame. */
  #position: number;
  /** Of the input that the next run waits for, once the last one's stems are out. */
  #settled: number;
  #received!: Float32Array[];
  /** Input at the model's rate: one run, and what the resampler gave beyond it. */
  #runInput: Float32Array[] = [];
  #filled = 0;
  #run!: Float32Array[];
  #runOutput!: Float32Array[][];
  #runChannels!: Float32Array[];
  #converted!: Float32Array[];
  #hopsPerRun = 0;

  /** Whether there are masks worth using again. */
  #inferred = false;
  #faultyRuns = 0;
  /** Milliseconds that an inference of one hop may be expected to take. */
  #expected = 0;
  #times = new HopTimes();
  #busy = 0;
  #hops = 0;
  #lateHops = 0;
  /** Frames of silence that the input ends with so far. */
  #silence = Infinity;
  #reusedMasks = 0;
  #overruns = 0;

  constructor(options: LiveOptions) {
    const { engine, sampleRate } = options;
    this.latency = options.latency;
    this.#engine = engine;
    this.#sampleRate = sampleRate;
    this.#position = options.position ?? 0;
    this.#input = options.input;
    this.#output = options.output;
    this.#now = options.now;
    this.#turn = options.turn;
    this.#realTime = options.realTime ?? true;
    this.#conversion = conversionFor(engine, sampleRate);
    this.#delay = this.#conversion?.delay ?? engine.delay;
    this.#resize(1);
    this.#settled = this.wanted;
  }

  #resize(hops: number): void {
    const { hop, sampleRate, stems } = this.#engine;
    const frames = hops * hop;
    const slack = Math.ceil(sampleRate / this.#sampleRate) + 1;
    const received = Math.ceil((frames * this.#sampleRate) / sampleRate) + 1;
    const before = this.#runInput;
    this.#hopsPerRun = hops;
    this.#received = planes(CHANNELS, received);
    this.#runInput = planes(CHANNELS, frames + slack);
    // What the resampler gave beyond the last run: less than the slack.
    before.forEach((channel, c) => this.#runInput[c].set(channel.subarray(0, this.#filled)));
    this.#run = this.#runInput.map((channel) => channel.subarray(0, frames));
    this.#runOutput = stems.map(() => planes(CHANNELS, frames));
    this.#runChannels = this.#runOutput.flat();
    this.#converted = planes(CHANNELS * stems.length, received);
  }

  /** Position up to which input must be written before `step` can do anything. */
  get wanted(): number {
    return this.#position + this.#missing();
  }

  /** What `wanted` was when the last stems were put out: input before it waits for more, or is separated. */
  get settled(): number {
    return this.#settled;
  }

  get stats(): WorkerStats {
    const { p50, p99, mean } = this.#times.summary();
    return {
      hops: this.#hops,
      lateHops: this.#lateHops,
      reusedMasks: this.#reusedMasks,
      faultyHops: this.#engine.counts.faultyFrames,
      overruns: this.#overruns,
      hopTimeP50: p50,
      hopTimeP99: p99,
      load: mean / ((1000 * this.#engine.hop) / this.#engine.sampleRate),
      busy: this.#busy,
    };
  }

  /**
   * Separates the next run of hops, if its input is there, and turns the event loop.
   * @returns false if it is not
   * @throws the model's error when it has given nothing of use for long; the stems have gone on with
   *   the last masks until then
   */
  async step(): Promise<boolean> {
    const hops = this.hopsPerRun;
    if (hops !== this.#hopsPerRun) this.#resize(hops);
    const frames = this.#missing();
    const started = this.#now();
    const result = this.#input.read(this.#position, this.#received, frames);
    if (result === "early") {
      this.#settled = this.wanted;
      return false;
    }
    if (result === "lost") {
      this.#restart();
      return true;
    }
    this.#position += frames;
    this.#silence = this.#received.every((channel) => isSilent(channel, frames))
      ? this.#silence + frames
      : 0;
    this.#take(frames);

    const overdue = this.#left(this.#output.position) < this.#expectedFrames();
    const reuseMasks = this.#realTime && this.#inferred && overdue;
    const fault = await this.#separate(reuseMasks);
    const taken = hops * this.#engine.hop;
    for (const channel of this.#runInput) channel.copyWithin(0, taken);
    this.#filled -= taken;

    const first = this.#output.position;
    this.#give();
    this.#settled = this.wanted;
    const time = this.#now() - started;
    this.#busy += time;
    for (let hop = 0; hop < hops; hop++) this.#times.add(time / hops);
    this.#hops += hops;
    if (reuseMasks) this.#reusedMasks += hops;
    else this.#expected += EXPECTATION_WEIGHT * (time / hops - this.#expected);

    await this.#turn();
    const late = Math.ceil(
      (-this.#left(first) * this.#engine.sampleRate) / this.#sampleRate / this.#engine.hop,
    );
    const heard = this.#realTime && this.#silence < this.#past;
    if (heard) this.#lateHops += Math.max(0, Math.min(hops, late));
    if (fault && this.#faultyRuns >= MOST_FAULTY_RUNS) throw fault.cause;
    return true;
  }

  /** @returns why the last masks had to stand in for all of the run's */
  async #separate(reuseMasks: boolean): Promise<{ cause: unknown } | undefined> {
    const { counts } = this.#engine;
    const before = counts.faultyFrames;
    let cause: unknown = new DannaError("model", "The model gives no numbers any more.");
    try {
      await this.#engine.process(this.#run, this.#runOutput, { reuseMasks });
      this.#inferred = true;
    } catch (error) {
      cause = error;
    }
    if (reuseMasks) return undefined;
    const faulty = counts.faultyFrames - before === this.#hopsPerRun;
    this.#faultyRuns = faulty ? this.#faultyRuns + 1 : 0;
    return faulty ? { cause } : undefined;
  }

  /** Input frames still needed for a whole run at the model's rate. */
  #missing(): number {
    const needed = this.#hopsPerRun * this.#engine.hop - this.#filled;
    const { toModel } = this.#conversion ?? {};
    if (toModel === undefined) return needed;
    let frames = Math.max(
      0,
      Math.floor(((needed - 1) * this.#sampleRate) / this.#engine.sampleRate),
    );
    while (toModel.outputLength(frames) < needed) frames++;
    return frames;
  }

  #take(frames: number): void {
    if (this.#conversion) {
      const { toModel } = this.#conversion;
      this.#filled += toModel.process(this.#received, this.#runInput, frames, this.#filled);
    } else {
      this.#received.forEach((channel, c) => this.#runInput[c].set(channel.subarray(0, frames)));
      this.#filled = frames;
    }
  }

  /** Puts the run's stems out, late ones too: at a larger latency they will be heard after all. */
  #give(): void {
    let channels = this.#runChannels;
    let frames = this.#hopsPerRun * this.#engine.hop;
    if (this.#conversion) {
      frames = this.#conversion.fromModel.process(channels, this.#converted);
      channels = this.#converted;
    }
    this.#output.write(channels, frames);
    this.#output.flush();
  }

  /** Frames until the audio thread needs the stem frame at `position`, as far as is known here. */
  #left(position: number): number {
    const written = this.#position + this.#input.available(this.#position);
    return position + this.latency - written;
  }

  #expectedFrames(): number {
    const fresh = this.latency - this.#delay - this.#received[0].length;
    const expected = ((this.#expected * this.#hopsPerRun) / 1000) * this.#sampleRate;
    return Math.min(expected, LARGEST_EXPECTED_SHARE * fresh);
  }

  /** Frames of input that all that is heard from now on depends on. */
  get #past(): number {
    return this.latency + this.#delay + RESTART_HOPS * this.#received[0].length;
  }

  /**
   * Input was overwritten before it was read: starts anew, far enough back that all that is heard
   * from now on has a whole past.
   */
  #restart(): void {
    this.#overruns++;
    const written = this.#position + this.#input.available(this.#position);
    this.#position = written - this.#past;
    this.#engine.reset();
    this.#conversion?.toModel.reset();
    this.#conversion?.fromModel.reset();
    this.#filled = 0;
    this.#inferred = false;
    this.#silence = 0;
    this.#output.skip(this.#position - this.#delay - this.#output.position);
  }
}
