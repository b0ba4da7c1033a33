// The pitch of a voice: the McLeod pitch method, by the normalised square difference of a stretch with itself
// (McLeod and Wyvill, "A smarter way to find pitch", 2005, equations 6 and 9). Pure; any thread.

/** Hertz of the lowest and highest notes that are looked for: a bass's C and a soprano's high C, with some room. */
const LOWEST = 60;
const HIGHEST = 1200;
/** Every second sample is enough for voices. */
const STEP = 2;
/** How like itself a stretch must be to have a pitch, 0 to 1. */
const CLEAR = 0.88;
/** The first peak of this share of the highest counts: those after it are an octave lower. */
const FIRST = 0.9;
/** RMS below which there is no voice. */
const SILENT = 0.003;

export interface Pitch {
  readonly hertz: number;
  /** As a MIDI note number with a fraction; 69 is 440 Hz. */
  readonly note: number;
  /** How much it is one tone, 0 to 1. */
  readonly clarity: number;
}

const noteOf = (hertz: number): number => 69 + 12 * Math.log2(hertz / 440);

/** Seconds of sound that `PitchDetector.detect` is given: two periods of the lowest note, and some more. */
const WINDOW = 0.046;

/** Finds the pitch of stretches of one length. */
export class PitchDetector {
  /** Samples of a stretch. */
  readonly size: number;
  readonly #rate: number;
  readonly #samples: Float32Array;
  readonly #likeness: Float32Array;

  constructor(sampleRate: number) {
    this.size = STEP * Math.round((WINDOW * sampleRate) / STEP);
    this.#rate = sampleRate / STEP;
    this.#samples = new Float32Array(this.size / STEP);
    this.#likeness = new Float32Array(Math.ceil(this.#rate / LOWEST) + 2);
  }

  /** Of the last `size` samples; undefined where there is no tone. */
  detect(samples: Float32Array): Pitch | undefined {
    const voice = this.#samples;
    const from = samples.length - this.size;
    let energy = 0;
    for (let n = 0; n < voice.length; n++) {
      // A mean of two neighbours keeps out what half the rate cannot hold.
      const x = (samples[from + STEP * n] + samples[from + STEP * n + 1]) / 2;
      voice[n] = x;
      energy += x * x;
    }
    if (!(energy > SILENT ** 2 * voice.length)) return undefined;
    this.#compare(energy);
    const lag = this.#peak();
    if (lag === undefined) return undefined;
    const [before, at, after] = this.#likeness.subarray(lag - 1, lag + 2);
    const off = (before - after) / (2 * (before - 2 * at + after));
    const hertz = this.#rate / (lag + off);
    const clarity = Math.min(1, at - ((before - after) * off) / 4);
    if (clarity < CLEAR || hertz > HIGHEST || hertz < LOWEST) return undefined;
    return { hertz, note: noteOf(hertz), clarity };
  }

  /** How like itself the stretch is at each lag: 2 Σ x[n] x[n+lag] over the energy of both parts. */
  #compare(energy: number): void {
    const voice = this.#samples;
    let both = 2 * energy;
    for (let lag = 0; lag < this.#likeness.length; lag++) {
      let same = 0;
      const end = voice.length - lag;
      for (let n = 0; n < end; n++) same += voice[n] * voice[n + lag];
      this.#likeness[lag] = both > 0 ? (2 * same) / both : 0;
      both -= voice[lag] ** 2 + voice[end - 1] ** 2;
    }
  }

  /** The lag of the first high peak after the likeness has once been negative. */
  #peak(): number | undefined {
    const likeness = this.#likeness;
    let start = 1;
    while (start < likeness.length && likeness[start] > 0) start++;
    let highest = 0;
    for (let lag = start; lag < likeness.length - 1; lag++) {
      if (likeness[lag] > highest && this.#isPeak(lag)) highest = likeness[lag];
    }
    for (let lag = start; lag < likeness.length - 1; lag++) {
      if (likeness[lag] >= FIRST * highest && highest > 0 && this.#isPeak(lag)) return lag;
    }
    return undefined;
  }

  #isPeak(lag: number): boolean {
    const likeness = this.#likeness;
    return likeness[lag] >= likeness[lag - 1] && likeness[lag] > likeness[lag + 1];
  }
}
