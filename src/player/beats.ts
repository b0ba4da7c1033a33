// When a song's beats sound: for the click, the count-in, and loops that begin and end on beats. Pure; any thread, any
// runtime. Beats are seconds of the song, ascending.
import { isLooping, type Loop } from "./loop.ts";

/** What sounds: `position` (seconds of the song) at `time` (of the context), and how it goes on from there. */
export interface Sounding {
  readonly position: number;
  readonly time: number;
  readonly tempo: number;
  readonly loop: Loop;
}

/** Beats that are counted before a song begins. */
export const COUNT = 4;
/** Seconds by which a beat may lie before the position and still be the one that begins there. */
const NEAR = 0.05;

/** Index of the first beat at or after a time. */
function firstFrom(beats: Float64Array, time: number): number {
  let [low, high] = [0, beats.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (beats[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Times of the context, from `from` to before `to`, at which beats sound; the loop goes round and round. */
export function beatTimes(
  beats: Float64Array,
  { position, time, tempo, loop }: Sounding,
  from: number,
  to: number,
): number[] {
  const times: number[] = [];
  const goesRound = isLooping(loop) && position < loop.b;
  let [start, begins] = [position, time];
  while (begins < to) {
    const end = goesRound ? loop.b : Infinity;
    for (let i = firstFrom(beats, start); i < beats.length && beats[i] < end; i++) {
      const at = begins + (beats[i] - start) / tempo;
      if (at >= to) break;
      if (at >= from) times.push(at);
    }
    if (!goesRound) break;
    begins += (loop.b - start) / tempo;
    start = loop.a;
  }
  return times;
}

/** The beat that is nearest to a time; the time itself where there is none. */
export function nearestBeat(beats: Float64Array | undefined, time: number): number {
  if (!beats?.length) return time;
  const after = firstFrom(beats, time);
  const [before, behind] = [beats[after - 1], beats[after]];
  if (before === undefined) return behind;
  return behind === undefined || time - before < behind - time ? before : behind;
}

export interface CountIn {
  /** Seconds, at the tempo that is heard, from the first click to the song's beginning. */
  readonly lead: number;
  /** Seconds from the first click to each. */
  readonly clicks: readonly number[];
}

/**
 * Clicks that lead to the first beat at or after `position`, from where the song plays on; undefined where no two
 * beats are left.
 */
export function countIn(beats: Float64Array, position: number, tempo: number): CountIn | undefined {
  const first = firstFrom(beats, position - NEAR);
  if (first + 1 >= beats.length) return undefined;
  const period = (beats[first + 1] - beats[first]) / tempo;
  const upbeat = (beats[first] - position) / tempo;
  return {
    lead: Math.max(0, COUNT * period - upbeat),
    clicks: Array.from(
      { length: COUNT },
      (_, i) => Math.max(0, upbeat - COUNT * period) + i * period,
    ),
  };
}
