// Gives the stretcher what it plays: the song around the playhead, as it is played, and more before that ends. So
// little of a song lies in memory once more, and a long one at all. Page thread; loaded with the first song.
//
// The stretcher holds one window at a time: the library (1.3.2) fails where there is another buffer behind. It reads a
// little before and ahead of the playhead, which is kept from a window's ends.
import type { Planar } from "../dsp/planar-queue.ts";
import type { SampleLoop } from "./protocol.ts";
import { loopAhead, type PlaybackState } from "./playback-state.ts";
import type { StretchNode } from "./stretch.ts";

/** Seconds of a window, and of what is kept from its ends. */
const [WINDOW, MARGIN] = [24, 1];

/** What is played: a song, or all its stems. */
export interface StretchSource {
  /** Samples of each channel. */
  readonly length: number;
  readonly sampleRate: number;
  /** All channels from one sample to another, in arrays of their own. */
  read(from: number, to: number): Promise<Planar>;
}

/** In samples of the song. */
interface Window {
  /** The first; below 0 there is silence. */
  readonly from: number;
  /** Where it ends, or jumps: behind the song there is silence. */
  readonly to: number;
  /** The loop at whose end it jumps, and how much of its beginning follows. */
  readonly jump: (SampleLoop & { readonly more: number }) | undefined;
}

const lengthOf = ({ from, to, jump }: Window) => to - from + (jump?.more ?? 0);

export class StretchFeed {
  readonly #stretch: StretchNode;
  readonly #source: StretchSource;
  readonly #size: number;
  readonly #margin: number;
  #held: Window | undefined;
  #next: { readonly window: Window; readonly planes: Planar } | undefined;

  /** @param seconds of a window */
  constructor(stretch: StretchNode, source: StretchSource, seconds = WINDOW) {
    this.#stretch = stretch;
    this.#source = source;
    this.#size = Math.ceil(seconds * source.sampleRate);
    this.#margin = Math.ceil(MARGIN * source.sampleRate);
  }

  get node(): AudioNode {
    return this.#stretch;
  }

  #sample(seconds: number): number {
    return Math.round(seconds * this.#source.sampleRate);
  }

  #loop(state: PlaybackState): SampleLoop | undefined {
    const loop = loopAhead(state);
    return loop && { a: this.#sample(loop.a), b: this.#sample(loop.b) };
  }

  /** Whether the stretcher repeats a loop by itself, of which a window holds all. */
  #isWhole({ from, to, jump }: Window, { a, b }: SampleLoop): boolean {
    return !jump && a >= from + this.#margin && b + this.#margin <= to;
  }

  #suits(window: Window | undefined, state: PlaybackState): boolean {
    if (!window) return false;
    const { from, to, jump } = window;
    const sample = this.#sample(state.position);
    const loop = this.#loop(state);
    if (sample < from + this.#margin) return false;
    if (jump) return sample < jump.b && loop?.a === jump.a && loop.b === jump.b;
    if (loop && this.#isWhole(window, loop)) return true;
    if (loop && loop.b < to) return false;
    return sample + 2 * this.#margin <= to || to === this.#source.length + this.#margin;
  }

  /** Whether it is there, so that `schedule` may come. */
  has(state: PlaybackState): boolean {
    return this.#suits(this.#held, state) || this.#suits(this.#next?.window, state);
  }

  /** Whether the stretcher has it; else what it has ends with `schedule`, at once. */
  isHeld(state: PlaybackState): boolean {
    return this.#suits(this.#held, state) && !this.#suits(this.#next?.window, state);
  }

  /**
   * Gets what is to sound and what follows, and a loop whole where that is short.
   * @throws what reading the samples throws
   */
  async prepare(state: PlaybackState): Promise<void> {
    const window = this.#windowFor(state);
    const planes = await this.#read(window);
    this.#next = { window, planes };
  }

  #windowFor(state: PlaybackState): Window {
    const margin = this.#margin;
    const { length } = this.#source;
    const sample = this.#sample(state.position);
    const loop = this.#loop(state);
    const at = (begin: number): Window => {
      const from = begin - margin;
      return { from, to: Math.min(length + margin, from + this.#size), jump: undefined };
    };
    const whole = loop && at(Math.min(sample, loop.a));
    if (whole && this.#isWhole(whole, loop)) return whole;
    const window = at(sample);
    if (!loop || loop.b >= window.to) return window;
    const more = Math.min(loop.b - loop.a, this.#size - (loop.b - window.from));
    return { ...window, to: loop.b, jump: { ...loop, more } };
  }

  async #read(window: Window): Promise<Float32Array[]> {
    const { from, to, jump } = window;
    const { length } = this.#source;
    const first = Math.max(0, from);
    const parts = [
      { planes: await this.#source.read(first, Math.min(length, to)), at: first - from },
    ];
    if (jump) {
      const planes = await this.#source.read(jump.a, jump.a + jump.more);
      parts.push({ planes, at: to - from });
    }
    return parts[0].planes.map((_, channel) => {
      const whole = new Float32Array(lengthOf(window));
      for (const { planes, at } of parts) whole.set(planes[channel], at);
      return whole;
    });
  }

  /**
   * Plays what it `has` from a time of the context on.
   * @returns seconds of the song after which this must come again; undefined where it need not
   */
  schedule(state: PlaybackState, time: number): number | undefined {
    if (this.#next && this.#suits(this.#next.window, state)) {
      const { window, planes } = this.#next;
      this.#next = undefined;
      this.#held = window;
      // One after the other, so that nothing is rendered in between.
      void this.#stretch.dropBuffers();
      void this.#stretch.addBuffers(
        planes,
        planes.map(({ buffer }) => buffer),
      );
    }
    const window = this.#held;
    if (!window) return 0;
    const { length, sampleRate } = this.#source;
    const loop = loopAhead(state);
    const samples = this.#loop(state);
    const isWhole = loop && samples && this.#isWhole(window, samples);
    const moved = window.from / sampleRate;
    void this.#stretch.schedule({
      active: true,
      output: time,
      outputTime: time,
      input: state.position - moved,
      rate: state.tempo,
      semitones: state.key,
      loopStart: isWhole ? loop.a - moved : 0,
      loopEnd: isWhole ? loop.b - moved : 0,
    });
    if (isWhole || window.to === length + this.#margin) return undefined;
    return (window.from + lengthOf(window) - this.#margin) / sampleRate - state.position;
  }

  /** Frees what the stretcher holds. */
  async dispose(): Promise<void> {
    this.#held = this.#next = undefined;
    await this.#stretch.dropBuffers();
  }
}
