// What the audio thread does with one render quantum: input to the ring, stems and delayed dry
// signal to the outputs. Pure: no Web Audio, no messages. Runs on the audio thread, so `process`
// allocates nothing, never waits and never throws.
//
// Late audio. Where a stem's frames are missing it plays its share of the delayed dry signal:
//   stem[n] = share·dry[n] + rest[n],  rest[n] = stem − share·dry
// When frames run out, the last known rest is held and faded out over FADE_SECONDS; when they are
// back, the true rest is faded in. The shares of all stems add up to one and their rests to zero, so
// the plain sum of the stems is the delayed dry signal throughout.
import {
  createRing,
  RingReader,
  RingWriter,
  type FrameReader,
  type FrameWriter,
} from "../src/ring/ring.ts";

const FADE_SECONDS = 0.005;
/** Time constant in which the shares follow the music. */
const SHARE_SECONDS = 0.1;
const CHANNELS = 2;

export interface SchedulerOptions {
  /** Of the context. */
  sampleRate: number;
  /** Frames from input to output. */
  latency: number;
  /** Frames of one hop of the engine at the context's rate; need not be whole. */
  hop: number;
  /** Number of stereo stems. */
  stems: number;
  /** Takes the input, two channels, from position 0 on. */
  input: FrameWriter;
  /** Gives the stems, two channels each, at the input's positions. */
  output: FrameReader;
}

/** Everything that went wrong so far, in plain numbers. */
export interface SchedulerCounts {
  /** Hop-long stretches of which some frames were played dry for lack of stems. */
  underruns: number;
  /** Frames played not wholly from the stems: dry, or within a fade. */
  dryFrames: number;
  /** Gaps in the input since it was first connected. */
  discontinuities: number;
}

export class StemScheduler {
  readonly counts: SchedulerCounts = { underruns: 0, dryFrames: 0, discontinuities: 0 };
  /** Whether the stems are (partly) replaced by the dry signal at this moment. */
  dry = false;

  #latency: number;
  #hop: number;
  #stems: number;
  #input: FrameWriter;
  #output: FrameReader;
  #delayWriter: RingWriter;
  #delayReader: RingReader;
  /** Whether there has been anything to be lost. */
  #connected = false;
  /** The stems' channels of the quantum at hand: vocals L, vocals R, drums L, … */
  #channels: Float32Array[] = [];

  #fadeFrames: number;
  #fadeStep: number;
  /** Whether the stems are being used or faded in. */
  #wet = true;
  /** Of the true rest. */
  #wetGain = 1;
  /** Of the held rest. */
  #heldGain = 0;
  #held: Float32Array;
  #shares: Float32Array;
  /** Last frame of the last quantum. */
  #lastStems: Float32Array;
  #lastDry = new Float32Array(CHANNELS);
  #lastMissingHop = NaN;

  #decayPerFrame: number;
  /** Smoothed inner products of the dry signal with each stem, and last with itself. */
  #products: Float64Array;

  constructor(options: SchedulerOptions) {
    const { sampleRate, latency, stems } = options;
    this.#latency = latency;
    this.#hop = options.hop;
    this.#stems = stems;
    this.#input = options.input;
    this.#output = options.output;
    const capacity = 2 ** Math.ceil(Math.log2(2 * latency + 4096));
    const delay = createRing(CHANNELS, capacity, { shared: false });
    this.#delayWriter = new RingWriter(delay);
    this.#delayReader = new RingReader(delay);
    this.#fadeFrames = Math.round(FADE_SECONDS * sampleRate);
    this.#fadeStep = 1 / this.#fadeFrames;
    this.#held = new Float32Array(CHANNELS * stems);
    this.#shares = new Float32Array(stems).fill(1 / stems);
    this.#lastStems = new Float32Array(CHANNELS * stems);
    this.#products = new Float64Array(stems + 1);
    this.#decayPerFrame = 1 / (SHARE_SECONDS * sampleRate);
    for (let i = 0; i < CHANNELS * stems; i++) this.#channels.push(this.#held);
  }

  /**
   * One render quantum.
   * @param position absolute position of its first frame; later than expected means a gap
   * @param input its channels: two, or none when nothing is connected
   * @param outputs two channels for each stem and two for the delayed dry signal, all of one length
   */
  process(
    position: number,
    input: readonly Float32Array[],
    outputs: readonly (readonly Float32Array[])[],
  ): void {
    const dry = outputs[this.#stems];
    const frames = dry[0].length;
    const gap = position - this.#delayWriter.position;
    if (gap > 0) {
      // Chromium runs a new processor for a moment before it is connected to anything.
      if (this.#connected) this.counts.discontinuities++;
      this.#input.skip(gap);
      this.#delayWriter.skip(gap);
    }
    if (input.length > 0) this.#connected = true;
    this.#input.write(input, frames);
    this.#delayWriter.write(input, frames);

    const start = position - this.#latency;
    this.#delayReader.read(start, dry, frames);
    const channels = this.#channels;
    for (let i = 0; i < channels.length; i++) {
      channels[i] = outputs[i >> 1][i & 1];
    }
    const ahead = this.#output.available(start);
    const usable = this.#read(start, Math.max(0, Math.min(ahead, frames)));
    if (usable === frames && this.#wet && this.#wetGain === 1 && this.#heldGain === 0) {
      this.#follow(dry, frames);
    } else {
      this.#mix(start, dry, frames, usable, ahead);
    }
    for (let i = 0; i < channels.length; i++) this.#lastStems[i] = channels[i][frames - 1];
    for (let c = 0; c < CHANNELS; c++) this.#lastDry[c] = dry[c][frames - 1];
    this.dry = !this.#wet || this.#wetGain < 1;
  }

  /** Reads stems into the outputs; a ring that was overrun counts as empty. */
  #read(start: number, frames: number): number {
    if (frames === 0) return 0;
    return this.#output.read(start, this.#channels, frames) === "ok" ? frames : 0;
  }

  /** Lets the shares follow the music: the projection of each stem onto the dry signal. */
  #follow(dry: readonly Float32Array[], frames: number): void {
    const keep = Math.max(0, 1 - frames * this.#decayPerFrame);
    let energy = 0;
    for (let c = 0; c < CHANNELS; c++) {
      for (let i = 0; i < frames; i++) energy += dry[c][i] * dry[c][i];
    }
    this.#products[this.#stems] = keep * this.#products[this.#stems] + energy;
    for (let stem = 0; stem < this.#stems; stem++) {
      let product = 0;
      for (let c = 0; c < CHANNELS; c++) {
        const channel = this.#channels[CHANNELS * stem + c];
        for (let i = 0; i < frames; i++) product += channel[i] * dry[c][i];
      }
      this.#products[stem] = keep * this.#products[stem] + product;
    }
  }

  /** Turns the projections into shares from 0 to 1 that add up to one; keeps the old in silence. */
  #updateShares(): void {
    if (this.#products[this.#stems] < 1e-9) return;
    let sum = 0;
    for (let stem = 0; stem < this.#stems; stem++) sum += Math.max(0, this.#products[stem]);
    if (sum <= 0) return;
    for (let stem = 0; stem < this.#stems; stem++) {
      this.#shares[stem] = Math.max(0, this.#products[stem]) / sum;
    }
  }

  /** A quantum in which stems are missing or being faded; overwrites them in place. */
  #mix(
    start: number,
    dry: readonly Float32Array[],
    frames: number,
    usable: number,
    ahead: number,
  ): void {
    const channels = this.#channels;
    if (usable < frames) {
      const hop = Math.floor((start + usable) / this.#hop);
      if (hop !== this.#lastMissingHop) this.counts.underruns++;
      this.#lastMissingHop = Math.floor((start + frames - 1) / this.#hop);
      if (this.#lastMissingHop > hop) this.counts.underruns += this.#lastMissingHop - hop;
    }
    // Back only when a whole fade is there, so as not to flutter at the edge.
    if (!this.#wet && usable === frames && ahead >= this.#fadeFrames) this.#wet = true;
    for (let i = 0; i < frames; i++) {
      if (this.#wet && i >= usable) this.#goDry(dry, i);
      else this.#advance();
      if (this.#wetGain === 1 && this.#heldGain === 0) continue;
      this.counts.dryFrames++;
      for (let k = 0; k < channels.length; k++) {
        const channel = channels[k];
        const share = this.#shares[k >> 1] * dry[k & 1][i];
        let rest = this.#held[k] * this.#heldGain;
        if (this.#wetGain > 0) rest += this.#wetGain * (channel[i] - share);
        channel[i] = share + rest;
      }
    }
  }

  /** Frame `i` is the first that lacks its stems: holds the rest of the frame before it. */
  #goDry(dry: readonly Float32Array[], i: number): void {
    this.#updateShares();
    for (let k = 0; k < this.#held.length; k++) {
      const stem = i > 0 ? this.#channels[k][i - 1] : this.#lastStems[k];
      const before = i > 0 ? dry[k & 1][i - 1] : this.#lastDry[k & 1];
      this.#held[k] = stem - this.#shares[k >> 1] * before;
    }
    this.#wet = false;
    this.#wetGain = 0;
    this.#heldGain = 1;
  }

  #advance(): void {
    if (this.#wet) this.#wetGain = Math.min(1, this.#wetGain + this.#fadeStep);
    this.#heldGain = Math.max(0, this.#heldGain - this.#fadeStep);
  }
}
