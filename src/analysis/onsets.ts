// How strongly notes and strokes begin, moment by moment: spectral flux of compressed bands, with a maximum
// filter over neighbours against vibrato (Böck & Widmer, "Maximum filter vibrato suppression for onset
// detection", DAFx 2013). Any thread but the audio thread, after `loadFft()`.
import { Frames, powerOfTwo } from "./frames.ts";

/** Length of a frame and of the step to the next, in seconds, before they are rounded to powers of two. */
const [FRAME, STEP] = [0.046, 0.0116];
/** Bands per octave, from the lowest to the highest frequency in Hz. */
const [PER_OCTAVE, LOWEST, HIGHEST] = [6, 40, 14_000];
/** Amplitude above which a band counts by its logarithm. */
const KNEE = 0.002;
/** Frames between the two whose difference is taken. */
const LAG = 2;
/** Where in its frame, from the end, an onset is when the difference is greatest: as a share. */
const PLACE = 0.5;

/** Strengths at `rate` values in a second, the first at `start` seconds. */
export interface Onsets {
  readonly strengths: Float32Array;
  readonly rate: number;
  readonly start: number;
}

export class OnsetDetector {
  readonly #sampleRate: number;
  readonly #size: number;
  readonly #hop: number;
  readonly #frames: Frames;
  /** First bin of each band, and one more. */
  readonly #edges: readonly number[];
  /** Compressed bands of the last frames; the newest first. */
  #bands: Float32Array[];
  readonly #strengths: number[] = [];

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#size = powerOfTwo(FRAME, sampleRate);
    this.#hop = powerOfTwo(STEP, sampleRate);
    this.#frames = new Frames({ size: this.#size, hop: this.#hop });
    this.#edges = bandEdges(this.#size, sampleRate);
    this.#bands = Array.from({ length: LAG + 1 }, () => new Float32Array(this.#edges.length - 1));
  }

  push(samples: Float32Array): void {
    this.#frames.push(samples, (magnitudes) => this.#take(magnitudes));
  }

  #take(magnitudes: Float32Array): void {
    const bands = this.#bands[LAG];
    this.#bands = [bands, ...this.#bands.slice(0, LAG)];
    const before = this.#bands[LAG];
    const count = bands.length;
    let flux = 0;
    for (let b = 0; b < count; b++) {
      let power = 0;
      for (let k = this.#edges[b]; k < this.#edges[b + 1]; k++) power += magnitudes[k] ** 2;
      bands[b] = Math.log1p(Math.sqrt(power) / KNEE);
      const loudest = Math.max(
        before[Math.max(0, b - 1)],
        before[b],
        before[Math.min(count - 1, b + 1)],
      );
      flux += Math.max(0, bands[b] - loudest);
    }
    this.#strengths.push(flux / count);
  }

  /** Of all that was pushed; frees the transform. */
  finish(): Onsets {
    this.#frames.dispose();
    const rate = this.#sampleRate / this.#hop;
    const start = (this.#hop - this.#size * PLACE) / this.#sampleRate;
    return { strengths: Float32Array.from(this.#strengths), rate, start };
  }
}

function bandEdges(size: number, sampleRate: number): number[] {
  const edges: number[] = [];
  const highest = Math.min(HIGHEST, sampleRate / 2);
  for (let f = LOWEST; f <= highest; f *= 2 ** (1 / PER_OCTAVE)) {
    const bin = Math.max(1, Math.round((f * size) / sampleRate));
    if (bin !== edges.at(-1)) edges.push(bin);
  }
  return edges;
}
