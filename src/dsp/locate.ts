// Where a stretch of sound lies within a longer one, to the sample: by cross-correlation, first of both at an eighth
// of their rate, then at their full rate by an eighth of the samples, and by all of them at the best places. Pure; any
// thread.
import type { Planar } from "./planar-queue.ts";

/** Samples that are averaged for the first look. */
const STRIDE = 8;
/** Places of the first look that get a second one, and of that a third: a steady tone is in many. */
const [PLACES, FINALISTS] = [48, 4];
/** Energy of a sample below which there is nothing to find. */
const SILENCE = 1e-6;
/** Part of the energy that may be left of the sound without what it is taken for, at whatever gain. */
const TOLERANCE = 0.25;

/** Where sound lies. */
export interface Place {
  readonly at: number;
  /** By which what lies there is multiplied. */
  readonly gain: number;
  /** Part of the sound's energy that is something else. */
  readonly left: number;
}

/**
 * Finds the first sample of `sound` in `within`; undefined where it is silent, or not there. Takes about as many
 * multiplications as a 64th of the product of both lengths. Allocates.
 * @param sound left and right
 * @param within the same, longer
 */
export function locate(sound: Planar, within: Planar): Place | undefined {
  const [x, y] = [oneOf(sound), oneOf(within)];
  if (y.length < x.length || energyOf(x, x.length) < SILENCE * x.length) return undefined;
  const looks = placesOf(strided(x), strided(y))
    .map((place) => lookAround(place * STRIDE, x, y))
    .sort((a, b) => a.left - b.left)
    .slice(0, FINALISTS)
    .map(({ at }) => placeAt(at, x, y, 1))
    .sort((a, b) => a.left - b.left);
  return looks.length > 0 && looks[0].left < TOLERANCE ? looks[0] : undefined;
}

/** Where `x` is most like `y` within a step of the first look. */
function lookAround(middle: number, x: Float32Array, y: Float32Array): Place {
  const last = Math.min(y.length - x.length, middle + STRIDE);
  let best: Place = { at: middle, gain: 0, left: 1 };
  for (let at = Math.max(0, middle - STRIDE); at <= last; at++) {
    const place = placeAt(at, x, y, STRIDE);
    if (place.left < best.left) best = place;
  }
  return best;
}

/** What `x` has of `y` from a sample on, by each `step`th sample of both. */
function placeAt(at: number, x: Float32Array, y: Float32Array, step: number): Place {
  let product = 0;
  let xEnergy = 0;
  let yEnergy = 0;
  for (let i = 0; i < x.length; i += step) {
    product += x[i] * y[at + i];
    xEnergy += x[i] ** 2;
    yEnergy += y[at + i] ** 2;
  }
  if (!(product > 0)) return { at, gain: 0, left: 1 };
  return { at, gain: product / yEnergy, left: 1 - product ** 2 / (xEnergy * yEnergy) };
}

/** One channel in which neither equal nor opposite sides cancel each other. */
const oneOf = ([left, right]: Planar): Float32Array =>
  left.map((sample, i) => sample + 0.5 * right[i]);

const strided = (samples: Float32Array): Float32Array =>
  Float32Array.from({ length: Math.floor(samples.length / STRIDE) }, (_, i) => {
    let sum = 0;
    for (let k = i * STRIDE; k < (i + 1) * STRIDE; k++) sum += samples[k];
    return sum / STRIDE;
  });

function energyOf(samples: Float32Array, length: number): number {
  let energy = 0;
  for (let i = 0; i < length; i++) energy += samples[i] ** 2;
  return energy;
}

/** Where `x` is most like `y`: the highest of the peaks of their normalised correlation. */
function placesOf(x: Float32Array, y: Float32Array): number[] {
  const count = Math.max(0, y.length - x.length + 1);
  const alike = new Float32Array(count);
  let energy = energyOf(y, x.length);
  for (let at = 0; at < count; at++) {
    let product = 0;
    for (let i = 0; i < x.length; i++) product += x[i] * y[at + i];
    alike[at] = energy > SILENCE ? product / Math.sqrt(energy) : 0;
    energy += y[at + x.length] ** 2 - y[at] ** 2;
  }
  const peaks: number[] = [];
  for (let at = 0; at < count; at++) {
    const [before, here, after] = [alike[at - 1] ?? 0, alike[at], alike[at + 1] ?? 0];
    if (here > 0 && here >= before && here >= after) peaks.push(at);
  }
  return peaks.sort((a, b) => alike[b] - alike[a]).slice(0, PLACES);
}
