// The stems at one latency: true ones where they are there, shares of the delayed dry signal where
// they are not. Pure. Runs on the audio thread, so `process` allocates nothing, never waits and never
// throws.
//
// Late audio. Where a stem's frames are missing it plays its share of the delayed dry signal:
//   stem[n] = share·dry[n] + rest[n],  rest[n] = stem − share·dry
// When frames run out, the last known rest is held and faded out over FADE_SECONDS; when they are
// back, the true rest is faded in. The shares of all stems add up to one and their rests to zero, so
// the plain sum of the stems is the delayed dry signal throughout.
import type { FrameReader, RingReader } from "../../src/ring/ring.ts";

const FADE_SECONDS = 0.005;
/** Time constant in which the shares follow the music. */
const SHARE_SECONDS = 0.1;
/** Energy below which there is nothing to follow, and what decays is set to zero. */
const SILENCE = 1e-9;
const CHANNELS = 2;

/** What a voice counts; see `SchedulerCounts`. */
export interface VoiceCounts {
  underruns: number;
  dryFrames: number;
}

export interface VoiceOptions {
  /** Of the context. */
  sampleRate: number;
  /** Number of stereo stems. */
  stems: number;
  /** Reads the input of the past, by position. */
  delay: RingReader;
}

export class StemReader {
  counts: VoiceCounts = { underruns: 0, dryFrames: 0 };
  /** Frames from input to output. */
  latency = 0;
  /** Frames of one hop of the engine at the context's rate; need not be whole. */
  hop = 1;
  /** Whether the stems are (partly) replaced by the dry signal at this moment. */
  dry = false;
  /** Of a cross-fade with the dry signal. */
  readonly fadeFrames: number;

  #stems: number;
  #delay: RingReader;
  /** The stems' channels of the quantum at hand: vocals L, vocals R, drums L, … */
  #channels: Float32Array[] = [];

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

  constructor({ sampleRate, stems, delay }: VoiceOptions) {
    this.#stems = stems;
    this.#delay = delay;
    this.fadeFrames = Math.round(FADE_SECONDS * sampleRate);
    this.#fadeStep = 1 / this.fadeFrames;
    this.#held = new Float32Array(CHANNELS * stems);
    this.#shares = new Float32Array(stems).fill(1 / stems);
    this.#lastStems = new Float32Array(CHANNELS * stems);
    this.#products = new Float64Array(stems + 1);
    this.#decayPerFrame = 1 / (SHARE_SECONDS * sampleRate);
    for (let i = 0; i < CHANNELS * stems; i++) this.#channels.push(this.#held);
  }

  /** Begins at another latency with what `other` has learnt of the music; silent before. */
  follow(other: StemReader, latency: number): void {
    this.latency = latency;
    this.hop = other.hop;
    this.#shares.set(other.#shares);
    this.#products.set(other.#products);
    this.#lastStems.fill(0);
    this.#lastDry.fill(0);
    this.#wet = true;
    this.#wetGain = 1;
    this.#heldGain = 0;
    this.dry = false;
  }

  /**
   * One render quantum.
   * @param position absolute position of the input's first frame in this quantum
   * @param output gives the stems, two channels each, at the input's positions
   * @param from position before which `output` is not to be believed
   * @param outputs two channels for each stem and two for the delayed dry signal, all of one length
   */
  process(
    position: number,
    output: FrameReader,
    from: number,
    outputs: readonly (readonly Float32Array[])[],
  ): void {
    const dry = outputs[this.#stems];
    const frames = dry[0].length;
    const start = position - this.latency;
    this.#delay.read(start, dry, frames);
    const channels = this.#channels;
    for (let i = 0; i < channels.length; i++) channels[i] = outputs[i >> 1][i & 1];
    const ahead = start < from ? -1 : output.available(start);
    const usable = this.#read(output, start, Math.max(0, Math.min(ahead, frames)));
    if (usable === frames && this.#wet && this.#wetGain === 1 && this.#heldGain === 0) {
      this.#learn(dry, frames);
    } else {
      this.#mix(start, dry, frames, usable, ahead);
    }
    for (let i = 0; i < channels.length; i++) this.#lastStems[i] = channels[i][frames - 1];
    for (let c = 0; c < CHANNELS; c++) this.#lastDry[c] = dry[c][frames - 1];
    this.dry = !this.#wet || this.#wetGain < 1;
  }

  /** The next quantum's stems are of another origin: fades them in as if these had been missing. */
  cut(): void {
    if (this.#wet) this.#hold(this.#lastStems, this.#lastDry);
  }

  /** Reads stems into the outputs; a ring that was overrun counts as empty. */
  #read(output: FrameReader, start: number, frames: number): number {
    if (frames === 0) return 0;
    return output.read(start, this.#channels, frames) === "ok" ? frames : 0;
  }

  /** Lets the shares follow the music: the projection of each stem onto the dry signal. */
  #learn(dry: readonly Float32Array[], frames: number): void {
    const keep = Math.max(0, 1 - frames * this.#decayPerFrame);
    let energy = 0;
    for (let c = 0; c < CHANNELS; c++) {
      for (let i = 0; i < frames; i++) energy += dry[c][i] * dry[c][i];
    }
    this.#decay(this.#stems, keep, energy);
    for (let stem = 0; stem < this.#stems; stem++) {
      let product = 0;
      for (let c = 0; c < CHANNELS; c++) {
        const channel = this.#channels[CHANNELS * stem + c];
        for (let i = 0; i < frames; i++) product += channel[i] * dry[c][i];
      }
      this.#decay(stem, keep, product);
    }
  }

  /** A product that dies away must end at zero: numbers too small to be normal are slow. */
  #decay(index: number, keep: number, fresh: number): void {
    const product = keep * this.#products[index] + fresh;
    this.#products[index] = Math.abs(product) < SILENCE * SILENCE ? 0 : product;
  }

  /** Turns the projections into shares from 0 to 1 that add up to one; keeps the old in silence. */
  #updateShares(): void {
    if (!(this.#products[this.#stems] >= SILENCE)) return;
    let sum = 0;
    for (let stem = 0; stem < this.#stems; stem++) sum += Math.max(0, this.#products[stem]);
    if (!(sum > 0)) return;
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
      const hop = Math.floor((start + usable) / this.hop);
      if (hop !== this.#lastMissingHop) this.counts.underruns++;
      this.#lastMissingHop = Math.floor((start + frames - 1) / this.hop);
      if (this.#lastMissingHop > hop) this.counts.underruns += this.#lastMissingHop - hop;
    }
    // Back only when a whole fade is there, so as not to flutter at the edge.
    if (!this.#wet && usable === frames && ahead >= this.fadeFrames) this.#wet = true;
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
    if (i > 0) {
      for (let k = 0; k < this.#lastStems.length; k++)
        this.#lastStems[k] = this.#channels[k][i - 1];
      for (let c = 0; c < CHANNELS; c++) this.#lastDry[c] = dry[c][i - 1];
    }
    this.#hold(this.#lastStems, this.#lastDry);
  }

  #hold(stems: Float32Array, dry: Float32Array): void {
    this.#updateShares();
    for (let k = 0; k < this.#held.length; k++) {
      this.#held[k] = stems[k] - this.#shares[k >> 1] * dry[k & 1];
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
