// How much later a sound is heard than it is played: a chirp, and where it is found again. Pure; any thread.

/** Seconds of the chirp; short, so that finding it is cheap, and long enough to be found in noise. */
const LENGTH = 0.06;
/** Hertz: within what small loudspeakers and microphones have. */
const FROM = 600;
const TO = 6000;
/** How far the best place must stand above what is found elsewhere, as a ratio of amplitudes. */
const CLEAR = 6;

/** A rising sine (a linear chirp) with soft ends, at most 1. */
export function makeChirp(sampleRate: number): Float32Array<ArrayBuffer> {
  const length = Math.round(LENGTH * sampleRate);
  return Float32Array.from({ length }, (_, n) => {
    const t = n / sampleRate;
    const phase = 2 * Math.PI * (FROM * t + ((TO - FROM) / (2 * LENGTH)) * t * t);
    return Math.sin(phase) * Math.sin((Math.PI * n) / length) ** 2;
  });
}

/**
 * Where `chirp` begins in `heard`, in samples with a fraction, by the greatest cross-correlation; undefined where
 * it does not stand out.
 */
export function findChirp(heard: Float32Array, chirp: Float32Array): number | undefined {
  const places = heard.length - chirp.length + 1;
  if (places < 3) return undefined;
  const likeness = Float32Array.from({ length: places }, (_, at) => {
    let sum = 0;
    for (let n = 0; n < chirp.length; n++) sum += heard[at + n] * chirp[n];
    return sum;
  });
  let best = 0;
  let energy = 0;
  for (let at = 0; at < places; at++) {
    energy += likeness[at] ** 2;
    if (Math.abs(likeness[at]) > Math.abs(likeness[best])) best = at;
  }
  const usual = Math.sqrt(energy / places);
  if (!(Math.abs(likeness[best]) > CLEAR * usual)) return undefined;
  return best + summitOf(likeness, best);
}

/** Of a parabola through a place and its neighbours: where between them it is highest. */
function summitOf(values: Float32Array, at: number): number {
  if (at === 0 || at === values.length - 1) return 0;
  const [before, middle, after] = [values[at - 1], values[at], values[at + 1]];
  return (before - after) / (2 * (before - 2 * middle + after));
}

/** The middle of delays that agree within `tolerance`; undefined where fewer than half of them do. */
export function agreedDelay(
  delays: readonly (number | undefined)[],
  tolerance: number,
): number | undefined {
  const found = delays.filter((delay) => delay !== undefined).sort((a, b) => a - b);
  const middle = found.at(Math.floor(found.length / 2));
  if (middle === undefined) return undefined;
  const agreeing = found.filter((delay) => Math.abs(delay - middle) <= tolerance);
  return agreeing.length * 2 > delays.length ? middle : undefined;
}
