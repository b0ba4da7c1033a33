// The one rule of where decoded sound goes, for all containers and codecs: each packet's samples stand
// where its time says. What comes before 0 is left out, what is missing is silence. Pure, any thread.
import type { Planar } from "../dsp/planar-queue.ts";

/**
 * Seconds by which times may be wrong: those of Matroska are whole milliseconds, those of recorders
 * jitter. Below that, sound goes on where the sound before it ends; a lost packet takes longer.
 */
export const TOLERANCE = 0.01;

/** Most seconds of silence for a gap; more is a damaged time. */
const LONGEST_GAP = 3600;

/** Samples of silence that are given at a time. */
const BLOCK = 16_384;

export interface TimelineOptions {
  readonly sampleRate: number;
  /** Sample of the recording up to which there is sound already. */
  readonly position: number;
  /** Sample from which on this sound is heard; what it has before is priming. */
  readonly at: number;
  /** Sample at which the first packet's sound begins, which may lie before 0. */
  readonly start: number;
  /** Sample at which it ends, whatever sound there is behind; Infinity: with the last packet. */
  readonly end: number;
  /** Of the last samples so many are padding. */
  readonly padding: number;
}

export class Timeline {
  readonly #options: TimelineOptions;
  /** Sample that the next sound takes. */
  #next: number;
  /** Samples by which packets' times were ahead of `#next` at the first of them. */
  #offset: number | undefined;
  /** What may turn out to be padding. */
  #held: Planar[] = [];
  #heldSamples = 0;
  #given: number;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#next = options.start;
    this.#given = options.position;
  }

  /** Sample of the recording up to which sound was given. */
  get position(): number {
    return this.#given;
  }

  /** Whether nothing more can be heard. */
  get ended(): boolean {
    return this.#next >= this.#options.end;
  }

  /**
   * What is ready once a packet's sound is there.
   * @param time seconds from the recording's start, as the packet says it
   * @throws Error where it begins an absurd time after the one before
   */
  *add(channels: Planar, time: number): Generator<Planar> {
    const { sampleRate, at, position, start } = this.#options;
    const samples = channels[0].length;
    if (this.#offset === undefined) {
      this.#offset = time * sampleRate - start;
      for (const block of silence(at - position, channels.length, sampleRate)) {
        yield* this.#give(block);
      }
    }
    const gap = time * sampleRate - this.#offset - this.#next;
    if (gap > TOLERANCE * sampleRate) {
      const missing = wholePackets(gap, samples, sampleRate);
      for (const block of silence(missing, channels.length, sampleRate)) yield* this.#put(block);
    }
    yield* this.#put(channels);
  }

  /** What was held back and is no padding. */
  *finish(): Generator<Planar> {
    let rest = this.#heldSamples - this.#options.padding;
    for (const block of this.#held) {
      if (rest <= 0) break;
      yield* this.#hand(part(block, 0, rest));
      rest -= block[0].length;
    }
    this.#held = [];
  }

  *#put(block: Planar): Generator<Planar> {
    const { at, end } = this.#options;
    const [from, to] = [Math.max(0, at - this.#next), end - this.#next];
    this.#next += block[0].length;
    yield* this.#give(part(block, from, to));
  }

  *#give(block: Planar): Generator<Planar> {
    const { padding } = this.#options;
    if (padding === 0) return yield* this.#hand(block);
    this.#held.push(block);
    this.#heldSamples += block[0].length;
    while (this.#held.length > 0 && this.#heldSamples - this.#held[0][0].length >= padding) {
      const [ready] = this.#held.splice(0, 1);
      this.#heldSamples -= ready[0].length;
      yield* this.#hand(ready);
    }
  }

  *#hand(block: Planar): Generator<Planar> {
    this.#given += block[0].length;
    if (block[0].length > 0) yield block;
  }
}

/** Blocks of silence. */
export function* silence(samples: number, channels: number, sampleRate: number): Generator<Planar> {
  if (samples > LONGEST_GAP * sampleRate) throw new Error("its times leave out more than an hour");
  for (let left = samples; left > 0; left -= BLOCK) {
    yield Array.from({ length: channels }, () => new Float32Array(Math.min(left, BLOCK)));
  }
}

const part = (block: Planar, from: number, to: number): Planar =>
  from === 0 && to >= block[0].length
    ? block
    : block.map((plane) => plane.subarray(from, Math.max(from, to)));

/** A gap as the packets that are missing in it, where it is as long as some are, else in samples. */
function wholePackets(gap: number, samples: number, sampleRate: number): number {
  const missing = Math.round(gap / samples) * samples;
  return Math.abs(missing - gap) < 0.0015 * sampleRate ? missing : Math.round(gap);
}
