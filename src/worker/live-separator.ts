// The live loop's core: takes input frames by position, runs the engine hop by hop, and puts stems
// at their positions. Knows no worker, no Web Audio; the clock and both rings are handed in.
// Runs on the inference worker.
//
// Falling behind. The audio thread reads stems `latency` frames behind the input, so the input's
// own counter tells how late it is: a hop has (first frame + latency − input written) frames left.
// A hop with less left than an inference takes is separated with the last masks (transforms only),
// which catches up within a few hops; if that comes too late as well, the audio thread plays dry.
import { createRateConversion, type RateConversion } from "../dsp/resampler.ts";
import type { Engine } from "../engine/engine.ts";
import type { FrameReader, FrameWriter } from "../ring/ring.ts";
import { CHANNELS } from "../separator/protocol.ts";
import type { WorkerStats } from "../separator/protocol.ts";
import { STEMS } from "../stems.ts";
import { HopTimes } from "./hop-times.ts";

/** What of the engine is needed here. */
export type HopEngine = Pick<Engine, "hop" | "sampleRate" | "delay" | "process" | "reset">;

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
    outputs: CHANNELS * STEMS.length,
  });
}

const planes = (count: number, frames: number) =>
  Array.from({ length: count }, () => new Float32Array(frames));

export interface LiveOptions {
  engine: HopEngine;
  /** Of the context, in Hz. */
  sampleRate: number;
  /** Frames from input to output, as the audio thread reads them. */
  latency: number;
  input: FrameReader;
  /** Its position must be minus `liveDelay`. */
  output: FrameWriter;
  /** Milliseconds, monotone. */
  now: () => number;
  /** Lets messages in; a finished inference alone does not turn the event loop. */
  turn: () => Promise<void>;
  /** Told of the first failure of a series; the stems go on with the last masks. */
  onError: (error: unknown) => void;
}

export class LiveSeparator {
  #engine: HopEngine;
  #sampleRate: number;
  #latency: number;
  #input: FrameReader;
  #output: FrameWriter;
  #now: () => number;
  #turn: () => Promise<void>;
  #onError: (error: unknown) => void;
  #conversion: RateConversion | undefined;
  #delay: number;

  /** Position of the next input frame. */
  #position = 0;
  #received: Float32Array[];
  /** Input at the model's rate: one hop, and what the resampler gave beyond it. */
  #hopInput: Float32Array[];
  #filled = 0;
  #hop: Float32Array[];
  #hopOutput: Float32Array[][];
  #hopChannels: Float32Array[];
  #converted: Float32Array[];

  /** Whether there are masks worth using again. */
  #inferred = false;
  #failing = false;
  /** Milliseconds that an inference may be expected to take. */
  #expected = 0;
  #times = new HopTimes();
  #hops = 0;
  #lateHops = 0;
  #reusedMasks = 0;
  #overruns = 0;

  constructor(options: LiveOptions) {
    const { engine, sampleRate } = options;
    this.#engine = engine;
    this.#sampleRate = sampleRate;
    this.#latency = options.latency;
    this.#input = options.input;
    this.#output = options.output;
    this.#now = options.now;
    this.#turn = options.turn;
    this.#onError = options.onError;
    this.#conversion = conversionFor(engine, sampleRate);
    this.#delay = this.#conversion?.delay ?? engine.delay;

    const { hop } = engine;
    const perHop = (hop * sampleRate) / engine.sampleRate;
    const slack = Math.ceil(engine.sampleRate / sampleRate) + 1;
    this.#received = planes(CHANNELS, Math.ceil(perHop) + 1);
    this.#hopInput = planes(CHANNELS, hop + slack);
    this.#hop = this.#hopInput.map((channel) => channel.subarray(0, hop));
    this.#hopOutput = STEMS.map(() => planes(CHANNELS, hop));
    this.#hopChannels = this.#hopOutput.flat();
    this.#converted = planes(CHANNELS * STEMS.length, Math.ceil(perHop) + 1);
  }

  /** Position up to which input must be written before `step` can do anything. */
  get wanted(): number {
    return this.#position + this.#missing();
  }

  get stats(): WorkerStats {
    const { p50, p99, mean } = this.#times.summary();
    return {
      hops: this.#hops,
      lateHops: this.#lateHops,
      reusedMasks: this.#reusedMasks,
      overruns: this.#overruns,
      hopTimeP50: p50,
      hopTimeP99: p99,
      load: mean / ((1000 * this.#engine.hop) / this.#engine.sampleRate),
    };
  }

  /**
   * Separates the next hop, if its input is there, and turns the event loop.
   * @returns false if it is not
   */
  async step(): Promise<boolean> {
    const frames = this.#missing();
    const started = this.#now();
    const result = this.#input.read(this.#position, this.#received, frames);
    if (result === "early") return false;
    if (result === "lost") {
      this.#restart();
      return true;
    }
    this.#position += frames;
    this.#take(frames);

    const reuseMasks = this.#inferred && this.#left(this.#output.position) < this.#expectedFrames();
    await this.#separate(reuseMasks);
    for (const channel of this.#hopInput) channel.copyWithin(0, this.#engine.hop);
    this.#filled -= this.#engine.hop;

    const first = this.#output.position;
    this.#give();
    const time = this.#now() - started;
    this.#times.add(time);
    this.#hops++;
    if (reuseMasks) this.#reusedMasks++;
    else this.#expected += EXPECTATION_WEIGHT * (time - this.#expected);

    await this.#turn();
    if (this.#left(first) < 0) this.#lateHops++;
    return true;
  }

  async #separate(reuseMasks: boolean): Promise<void> {
    try {
      await this.#engine.process(this.#hop, this.#hopOutput, { reuseMasks });
      if (!reuseMasks) this.#failing = false;
      this.#inferred = true;
    } catch (error) {
      if (!this.#failing) this.#onError(error);
      this.#failing = true;
    }
  }

  /** Input frames still needed for a whole hop at the model's rate. */
  #missing(): number {
    const needed = this.#engine.hop - this.#filled;
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
      this.#filled += toModel.process(this.#received, this.#hopInput, frames, this.#filled);
    } else {
      this.#received.forEach((channel, c) => this.#hopInput[c].set(channel.subarray(0, frames)));
      this.#filled = frames;
    }
  }

  /** Puts the hop's stems out; what the audio thread has already passed is only stepped over. */
  #give(): void {
    let channels = this.#hopChannels;
    let frames = this.#engine.hop;
    if (this.#conversion) {
      frames = this.#conversion.fromModel.process(channels, this.#converted);
      channels = this.#converted;
    }
    if (this.#left(this.#output.position + frames) <= 0) {
      this.#output.skip(frames);
    } else {
      this.#output.write(channels, frames);
      this.#output.flush();
    }
  }

  /** Frames until the audio thread needs the stem frame at `position`, as far as is known here. */
  #left(position: number): number {
    const written = this.#position + this.#input.available(this.#position);
    return position + this.#latency - written;
  }

  #expectedFrames(): number {
    const fresh = this.#latency - this.#delay - this.#received[0].length;
    const expected = (this.#expected / 1000) * this.#sampleRate;
    return Math.min(expected, LARGEST_EXPECTED_SHARE * fresh);
  }

  /**
   * Input was overwritten before it was read: starts anew, far enough back that all that is heard
   * from now on has a whole past.
   */
  #restart(): void {
    this.#overruns++;
    const written = this.#position + this.#input.available(this.#position);
    const back = this.#latency + this.#delay + RESTART_HOPS * this.#received[0].length;
    this.#position = written - back;
    this.#engine.reset();
    this.#conversion?.toModel.reset();
    this.#conversion?.fromModel.reset();
    this.#filled = 0;
    this.#inferred = false;
    this.#output.skip(this.#position - this.#delay - this.#output.position);
  }
}
