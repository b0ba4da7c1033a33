// Tempo and beats of a song from its onsets: the beat's period by autocorrelation with a log-normal prior, the
// beats by dynamic programming (Ellis, "Beat tracking by dynamic programming", JNMR 36(1), 2007). Pure; any
// thread.
import type { Onsets } from "./onsets.ts";

export interface Tempo {
  /** Beats in a minute. */
  readonly bpm: number;
  /** Seconds in the song, ascending. */
  readonly beats: Float64Array;
}

/** Beats in a minute that are looked for. */
const [SLOWEST, FASTEST] = [45, 220];
/** Centre of the prior in beats per minute, and its width in octaves. */
const [USUAL, WIDTH] = [112, 0.75];
/** Weights of the autocorrelation at the multiples of a period. */
const MULTIPLES = [1, 0.7, 0.5, 0.5];
/** Seconds by which onsets are blurred for it: strokes of one beat are not exactly together. */
const BLUR = 0.015;
/** How much an interval's deviation costs: α of Ellis, for strengths of unit variance. */
const TIGHTNESS = 120;
/** Seconds over which the mean is taken away from the strengths. */
const MEAN = 0.6;
/** Least autocorrelation at the beat, of 1, from which there is one. */
const CLEAR = 0.06;
/** Least length in seconds. */
const SHORTEST = 5;
/** Most seconds by which the beats of a steady tempo may lie off it, root mean square. */
const STEADY = 0.02;
/** Beats on either side by which one is put straight. */
const NEIGHBOURS = 3;

/** Undefined where nothing is heard that repeats. */
export function findTempo({ strengths, rate, start }: Onsets): Tempo | undefined {
  if (strengths.length < SHORTEST * rate) return undefined;
  const clean = normalised(strengths, Math.round(MEAN * rate));
  if (!clean) return undefined;
  const period = findPeriod(clean, rate);
  if (period === undefined) return undefined;
  const tracked = trackBeats(clean, period);
  if (tracked.length < 4) return undefined;
  const beats = straightened(tracked, STEADY * rate).map((frame) => start + frame / rate);
  return { bpm: 60 / intervalOf(beats), beats: beats.filter((time) => time >= 0) };
}

/** Without their moving mean, not negative, of unit variance; undefined where nothing is left. */
function normalised(strengths: Float32Array, width: number): Float32Array | undefined {
  const { length } = strengths;
  const sums = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) sums[i + 1] = sums[i] + strengths[i];
  const result = new Float32Array(length);
  let power = 0;
  for (let i = 0; i < length; i++) {
    const [from, to] = [Math.max(0, i - width), Math.min(length, i + width + 1)];
    result[i] = Math.max(0, strengths[i] - (sums[to] - sums[from]) / (to - from));
    power += result[i] ** 2;
  }
  const scale = Math.sqrt(power / length);
  if (!(scale > 1e-4)) return undefined;
  for (let i = 0; i < length; i++) result[i] /= scale;
  return result;
}

/** Normalised autocorrelation of the strengths less their mean, for lags up to `most`. */
function autocorrelation(values: Float32Array, most: number): Float64Array {
  const { length } = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  const centred = values.map((value) => value - mean);
  const result = new Float64Array(most + 1);
  for (let lag = 0; lag <= most; lag++) {
    let sum = 0;
    for (let i = lag; i < length; i++) sum += centred[i] * centred[i - lag];
    result[lag] = sum / (length - lag);
  }
  return result.map((value) => value / result[0]);
}

const at = (values: Float64Array, place: number): number => {
  const low = Math.floor(place);
  return low + 1 < values.length
    ? values[low] + (place - low) * (values[low + 1] - values[low])
    : 0;
};

/** Frames from beat to beat; undefined where none is clear. */
function findPeriod(clean: Float32Array, rate: number): number | undefined {
  const longest = (60 * rate) / SLOWEST;
  const most = Math.min(Math.ceil(MULTIPLES.length * longest), Math.floor(clean.length / 2));
  const lags = autocorrelation(smoothed(clean, BLUR * rate), most);
  const whole = MULTIPLES.reduce((sum, weight) => sum + weight);
  let best: number | undefined;
  let [highest, clarity] = [0, 0];
  for (let period = (60 * rate) / FASTEST; period <= longest; period *= 1.005) {
    const octaves = Math.log2((60 * rate) / period / USUAL) / WIDTH;
    const comb = MULTIPLES.reduce((sum, weight, m) => sum + weight * at(lags, (m + 1) * period), 0);
    const score = comb * Math.exp(-0.5 * octaves ** 2);
    if (score > highest) [highest, best, clarity] = [score, period, comb / whole];
  }
  return clarity >= CLEAR ? best : undefined;
}

/** By a Gaussian of so many frames. */
function smoothed(values: Float32Array, deviation: number): Float32Array {
  const reach = Math.ceil(3 * deviation);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / deviation) ** 2),
  );
  const sum = kernel.reduce((a, b) => a + b);
  return values.map((_, i) => {
    let value = 0;
    for (let k = -reach; k <= reach; k++) value += kernel[k + reach] * (values[i + k] ?? 0);
    return value / sum;
  });
}

/** Frames of the beats: those that lie on onsets, and most evenly. */
function trackBeats(clean: Float32Array, period: number): number[] {
  const local = smoothed(clean, period / 32);
  const { length } = local;
  const score = new Float32Array(length);
  const from = new Int32Array(length).fill(-1);
  const [nearest, farthest] = [Math.round(period / 2), Math.round(2 * period)];
  const costs = Float32Array.from({ length: farthest + 1 }, (_, gap) =>
    gap < nearest ? 0 : TIGHTNESS * Math.log(gap / period) ** 2,
  );
  for (let i = 0; i < length; i++) {
    let best = 0;
    for (let gap = nearest; gap <= Math.min(farthest, i); gap++) {
      const value = score[i - gap] - costs[gap];
      if (value > best) [best, from[i]] = [value, i - gap];
    }
    score[i] = local[i] + best;
  }
  // The last beat is the best of the last period.
  let last = length - 1;
  for (let i = Math.max(0, length - Math.round(period)); i < length; i++) {
    if (score[i] > score[last]) last = i;
  }
  const beats: number[] = [];
  for (let i = last; i >= 0; i = from[i]) beats.push(i);
  return beats.reverse();
}

/** The line through all beats where they lie on one, else each on the line through its neighbours. */
function straightened(beats: readonly number[], tolerance: number): Float64Array {
  const [slope, offset] = line(beats);
  const errors = beats.reduce((sum, beat, i) => sum + (beat - offset - slope * i) ** 2, 0);
  if (Math.sqrt(errors / beats.length) < tolerance) {
    return Float64Array.from(beats, (_, i) => offset + slope * i);
  }
  return Float64Array.from(beats, (_, i) => {
    const last = beats.length - 2 * NEIGHBOURS - 1;
    const first = Math.max(0, Math.min(i - NEIGHBOURS, last));
    const [slope, offset] = line(beats.slice(first, first + 2 * NEIGHBOURS + 1));
    return offset + slope * (i - first);
  });
}

/** Least-squares line through values at 0, 1, 2 …. */
function line(values: ArrayLike<number>): [slope: number, offset: number] {
  const n = values.length;
  let [sum, weighted] = [0, 0];
  for (let i = 0; i < n; i++) {
    sum += values[i];
    weighted += (i - (n - 1) / 2) * values[i];
  }
  const slope = (12 * weighted) / (n * (n * n - 1));
  return [slope, sum / n - (slope * (n - 1)) / 2];
}

/** Median of the intervals. */
function intervalOf(beats: Float64Array): number {
  const intervals = beats.slice(1).map((beat, i) => beat - beats[i]);
  return intervals.sort()[intervals.length >> 1];
}
