// How much of each pitch class a song has, and how it is tuned: peaks of the spectrum, by interpolation (after
// Gómez, "Tonal description of music audio signals", 2006, chapter 3). Any thread but the audio thread, after
// `loadFft()`.
import { Frames, powerOfTwo } from "./frames.ts";

/** Length of a frame and of the step to the next, in seconds, before they are rounded to powers of two. */
const [FRAME, STEP] = [0.37, 0.093];
/** Pitches that count, in Hz, and those of them that are the bass's. */
const [LOWEST, HIGHEST, BASS] = [40, 2000, 220];
/** Bins of an octave: tenths of a semitone. */
const FINE = 120;
const PER_SEMITONE = FINE / 12;
/** Peaks below this share of the frame's highest do not count. */
const LEAST = 0.02;
/** Amplitude below which a frame is silence. */
const SILENCE = 1e-4;

export interface Chroma {
  /** Of each pitch class from C on; the sum is 1. */
  readonly classes: Float64Array;
  /** The same of the bass alone. */
  readonly bass: Float64Array;
  /** Frequency of a' in Hz, 427 to 453. */
  readonly tuning: number;
}

export class ChromaMeter {
  readonly #sampleRate: number;
  readonly #size: number;
  readonly #frames: Frames;
  /** By tenths of a semitone above C, as a' = 440 Hz has it. */
  readonly #all = new Float64Array(FINE);
  readonly #bass = new Float64Array(FINE);
  readonly #frame = new Float64Array(2 * FINE);

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#size = powerOfTwo(FRAME, sampleRate);
    this.#frames = new Frames({ size: this.#size, hop: powerOfTwo(STEP, sampleRate) });
  }

  push(samples: Float32Array): void {
    this.#frames.push(samples, (magnitudes) => this.#take(magnitudes));
  }

  #take(magnitudes: Float32Array): void {
    const perBin = this.#sampleRate / this.#size;
    const [first, last] = [Math.ceil(LOWEST / perBin), Math.floor(HIGHEST / perBin)];
    let loudest = SILENCE;
    for (let k = first; k <= last; k++) loudest = Math.max(loudest, magnitudes[k]);
    if (loudest === SILENCE) return;
    const frame = this.#frame.fill(0);
    let sum = 0;
    for (let k = first; k <= last; k++) {
      const [a, b, c] = [magnitudes[k - 1], magnitudes[k], magnitudes[k + 1]];
      if (b <= a || b < c || b < LEAST * loudest) continue;
      // The parabola through the logarithms.
      const [left, mid, right] = [Math.log(a + 1e-12), Math.log(b), Math.log(c + 1e-12)];
      const offset = (0.5 * (left - right)) / (left - 2 * mid + right);
      const hertz = (k + offset) * perBin;
      // Semitones above C, in tenths; a' is 9 above it.
      const place = FINE * (Math.log2(hertz / 440) + 0.75);
      const bin = ((Math.round(place) % FINE) + FINE) % FINE;
      const weight = Math.sqrt(b);
      frame[bin] += weight;
      if (hertz < BASS) frame[FINE + bin] += weight;
      sum += weight;
    }
    if (sum === 0) return;
    for (let i = 0; i < FINE; i++) {
      this.#all[i] += frame[i] / sum;
      this.#bass[i] += frame[FINE + i] / sum;
    }
  }

  /** Of all that was pushed; undefined where that had no pitches. Frees the transform. */
  finish(): Chroma | undefined {
    this.#frames.dispose();
    const offset = tuningOf(this.#all);
    if (offset === undefined) return undefined;
    return {
      classes: classesOf(this.#all, offset),
      bass: classesOf(this.#bass, offset),
      tuning: 440 * 2 ** (offset / 12),
    };
  }
}

/** Semitones, -0.5 to 0.5, by which the pitches lie above those of a' = 440 Hz: their circular mean. */
function tuningOf(fine: Float64Array): number | undefined {
  let [re, im] = [0, 0];
  for (let i = 0; i < FINE; i++) {
    const angle = (2 * Math.PI * i) / PER_SEMITONE;
    re += fine[i] * Math.cos(angle);
    im += fine[i] * Math.sin(angle);
  }
  return re === 0 && im === 0 ? undefined : Math.atan2(im, re) / (2 * Math.PI);
}

function classesOf(fine: Float64Array, offset: number): Float64Array {
  const classes = new Float64Array(12);
  let sum = 0;
  for (let i = 0; i < FINE; i++) {
    const semitone = i / PER_SEMITONE - offset;
    const nearest = Math.round(semitone);
    // What lies between two classes belongs to neither.
    const weight = fine[i] * Math.cos(Math.PI * (semitone - nearest)) ** 2;
    classes[(nearest + 12) % 12] += weight;
    sum += weight;
  }
  return sum > 0 ? classes.map((value) => value / sum) : classes;
}
