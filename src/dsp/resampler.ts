// Streaming resampler: linear-phase windowed sinc in polyphase form. Any thread but the audio thread.
//
// Written here because the delay must be ours to choose, to a fraction of a sample: the two
// conversions around the model then add up to a whole number of device samples, and the dry signal
// stays aligned with the stems. Speex's and libsamplerate's builds offer no such phase.
import { DannaError } from "../errors.ts";

/** Stop-band attenuation and pass-band error of one conversion, in dB. */
const ATTENUATION = 105;
/** End of the pass band over the lower Nyquist frequency: 20 kHz at 44.1 kHz. */
const PASS_BAND = 0.907;
const LOWEST_RATE = 8000;
const HIGHEST_RATE = 192_000;
/** Ratios with more phases than this interpolate between so many (error below −130 dB). */
const MOST_PHASES = 1024;
/** Input samples taken in at a time; bounds the memory, not the length of a call. */
const CHUNK = 1024;

/** Modified Bessel function of the first kind and order zero (its power series). */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const fraction = (x: number): number => x - Math.floor(x);

export function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * Number of input samples under the filter (Kaiser's formula; Oppenheim & Schafer, Discrete-Time
 * Signal Processing, 7.5.3). The transition band is centred on the lower Nyquist frequency, so only
 * what lies above the pass band can alias, and only to above the pass band.
 */
function tapCount(inputRate: number, outputRate: number): number {
  const transition = (1 - PASS_BAND) * Math.min(1, outputRate / inputRate);
  return 2 * Math.ceil((ATTENUATION - 7.95) / (14.36 * transition) / 2);
}

/** Coefficients for the samples that follow a point, the first 1 − `start` of a sample after it. */
export function filterRow(inputRate: number, outputRate: number, start: number): Float64Array {
  const taps = tapCount(inputRate, outputRate);
  const half = taps / 2;
  const bandwidth = Math.min(1, outputRate / inputRate);
  const beta = 0.1102 * (ATTENUATION - 8.7);
  return Float64Array.from({ length: taps }, (_, tap) => {
    const t = half + start - 1 - tap;
    const angle = Math.PI * bandwidth * t;
    const sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
    const kaiser = besselI0(beta * Math.sqrt(Math.max(0, 1 - (t / half) ** 2))) / besselI0(beta);
    return bandwidth * sinc * kaiser;
  });
}

export interface ResamplerOptions {
  /** Samples per second, whole, from 8000 to 192000. */
  inputRate: number;
  outputRate: number;
  channels: number;
  /** In input samples, any real number from `minimumDelay` on, which is the default. */
  delay?: number;
}

/** Converts planar audio from one sample rate to another, block by block, with an exact delay. */
export class Resampler {
  readonly inputRate: number;
  readonly outputRate: number;
  /** Output sample n is the band-limited input at input sample n·inputRate/outputRate − delay. */
  readonly delay: number;

  // Output n sits at input position n·step/phases = whole + phase/phases.
  readonly #step: number;
  readonly #phases: number;
  #phase = 0;
  /** Whole part of the next output's position, relative to the input still to come. */
  #ahead = 0;

  readonly #taps: number;
  /** From an output's position back to where its filter starts, in input samples. */
  readonly #reach: number;
  readonly #past: number;
  /** Per channel: the last `past` samples, then the chunk that is being worked on. */
  readonly #history: Float64Array[];
  /** Filter coefficients of each phase; for ratios with too many phases, of a grid of fractions. */
  readonly #rows: Float64Array[];
  readonly #mixed: Float64Array | undefined;

  /** @throws DannaError "input" for rates or delays out of range */
  constructor({ inputRate, outputRate, channels, delay }: ResamplerOptions) {
    const least = Resampler.minimumDelay(inputRate, outputRate);
    if (!Number.isInteger(channels) || channels < 1) {
      throw new DannaError("input", `A resampler needs one channel or more, not ${channels}.`);
    }
    if (delay !== undefined && !(delay >= least && delay < inputRate)) {
      throw new DannaError(
        "input",
        `A delay of ${delay} samples is not between ${least} and ${inputRate}.`,
      );
    }
    this.inputRate = inputRate;
    this.outputRate = outputRate;
    this.delay = delay ?? least;

    const divisor = gcd(inputRate, outputRate);
    this.#step = inputRate / divisor;
    this.#phases = outputRate / divisor;
    this.#taps = tapCount(inputRate, outputRate);
    this.#reach = this.delay + this.#taps / 2;
    this.#past = Math.ceil(this.#reach) + 1;
    this.#history = Array.from({ length: channels }, () => new Float64Array(this.#past + CHUNK));
    if (this.#phases <= MOST_PHASES) {
      this.#rows = Array.from({ length: this.#phases }, (_, phase) =>
        filterRow(inputRate, outputRate, fraction(phase / this.#phases - this.#reach)),
      );
    } else {
      this.#rows = Array.from({ length: MOST_PHASES + 1 }, (_, i) =>
        filterRow(inputRate, outputRate, i / MOST_PHASES),
      );
      this.#mixed = new Float64Array(this.#taps);
    }
  }

  /**
   * The least delay in input samples: half the filter's length.
   * @throws DannaError "input" for rates out of range
   */
  static minimumDelay(inputRate: number, outputRate: number): number {
    for (const rate of [inputRate, outputRate]) {
      if (!Number.isInteger(rate) || rate < LOWEST_RATE || rate > HIGHEST_RATE) {
        throw new DannaError(
          "input",
          `Sample rate ${rate} is not a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE}.`,
        );
      }
    }
    return tapCount(inputRate, outputRate) / 2;
  }

  /** The row of the next output, whose filter starts at a point `start` past a whole sample. */
  #coefficients(start: number): Float64Array {
    const mixed = this.#mixed;
    if (!mixed) return this.#rows[this.#phase];
    const place = start * MOST_PHASES;
    const index = Math.min(Math.floor(place), MOST_PHASES - 1);
    const weight = place - index;
    const low = this.#rows[index];
    const high = this.#rows[index + 1];
    for (let i = 0; i < mixed.length; i++) mixed[i] = low[i] + weight * (high[i] - low[i]);
    return mixed;
  }

  /**
   * Samples that the next `process` of `length` samples writes. After M input samples in all,
   * exactly ceil(M·outputRate/inputRate) output samples have been written.
   */
  outputLength(length: number): number {
    const left = (length - this.#ahead) * this.#phases - this.#phase;
    return Math.max(0, Math.ceil(left / this.#step));
  }

  /**
   * Takes `length` samples of every input channel (all of it by default) and writes every output
   * sample that became known from `offset` on. Allocates nothing.
   * @returns the number of samples written, `outputLength(length)`
   * @throws DannaError "input" when channels are missing or an output is too short
   */
  process(
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    length = input[0]?.length ?? 0,
    offset = 0,
  ): number {
    const channels = this.#history.length;
    const written = this.outputLength(length);
    if (input.length < channels || output.length < channels) {
      throw new DannaError(
        "input",
        `A resampler of ${channels} channels got ${input.length} inputs and ${output.length} outputs.`,
      );
    }
    for (let c = 0; c < channels; c++) {
      if (input[c].length < length || output[c].length < offset + written) {
        throw new DannaError(
          "input",
          `Resampling ${length} samples gives ${written}; a channel is shorter than that.`,
        );
      }
    }
    for (let start = 0; start < length; start += CHUNK) {
      const end = Math.min(length, start + CHUNK);
      for (let c = 0; c < channels; c++) {
        const history = this.#history[c];
        const samples = input[c];
        for (let i = start, j = this.#past; i < end; i++, j++) history[j] = samples[i];
      }
      offset = this.#convert(end - start, output, offset);
      for (const history of this.#history)
        history.copyWithin(0, end - start, end - start + this.#past);
    }
    return written;
  }

  #convert(length: number, output: readonly Float32Array[], offset: number): number {
    const reach = this.#reach;
    const step = this.#step;
    const phases = this.#phases;
    while (this.#ahead < length) {
      const position = this.#phase / phases - reach;
      const before = Math.floor(position);
      const row = this.#coefficients(position - before);
      this.#filter(row, this.#past + this.#ahead + before + 1, output, offset);
      offset++;
      this.#phase += step;
      const whole = Math.floor(this.#phase / phases);
      this.#ahead += whole;
      this.#phase -= whole * phases;
    }
    this.#ahead -= length;
    return offset;
  }

  /** One output sample of every channel. Two channels at a time share the loads of the row. */
  #filter(row: Float64Array, first: number, output: readonly Float32Array[], offset: number): void {
    const taps = row.length;
    const last = this.#history.length - 1;
    for (let c = 0; c <= last; c += 2) {
      const d = Math.min(c + 1, last);
      const left = this.#history[c];
      const right = this.#history[d];
      let leftEven = 0;
      let leftOdd = 0;
      let rightEven = 0;
      let rightOdd = 0;
      for (let tap = 0, i = first; tap < taps; tap += 2, i += 2) {
        const even = row[tap];
        const odd = row[tap + 1];
        leftEven += even * left[i];
        leftOdd += odd * left[i + 1];
        rightEven += even * right[i];
        rightOdd += odd * right[i + 1];
      }
      output[c][offset] = leftEven + leftOdd;
      output[d][offset] = rightEven + rightOdd;
    }
  }

  /** Forgets the signal so far and starts again at output sample 0. */
  reset(): void {
    this.#phase = 0;
    this.#ahead = 0;
    for (const history of this.#history) history.fill(0);
  }
}

/** The conversions on the two sides of an engine that runs at another rate than the device. */
export interface RateConversion {
  readonly toModel: Resampler;
  readonly fromModel: Resampler;
  /** From the device's input to its output, both conversions and the engine: whole device samples. */
  readonly delay: number;
}

/**
 * Conversions whose delays, with the engine's, add up to the least whole number of device samples.
 * @param engineDelay in samples at the model's rate
 * @param outputs channels that come back: stems times channels
 * @throws DannaError "input" for rates out of range
 */
export function createRateConversion(options: {
  deviceRate: number;
  modelRate: number;
  engineDelay: number;
  inputs: number;
  outputs: number;
}): RateConversion {
  const { deviceRate, modelRate, engineDelay } = options;
  const perModelSample = deviceRate / modelRate;
  const toModel = new Resampler({
    inputRate: deviceRate,
    outputRate: modelRate,
    channels: options.inputs,
  });
  const least = Resampler.minimumDelay(modelRate, deviceRate);
  const delay = Math.ceil(toModel.delay + (engineDelay + least) * perModelSample - 1e-9);
  const fromModel = new Resampler({
    inputRate: modelRate,
    outputRate: deviceRate,
    channels: options.outputs,
    delay: Math.max(least, (delay - toModel.delay) / perModelSample - engineDelay),
  });
  return { toModel, fromModel, delay };
}
