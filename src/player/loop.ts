// The A–B loop of a transport. Pure; any thread, any runtime.

/** Shortest loop, in seconds: below it, a loop is a tone and hardly wanted. */
export const MIN_LOOP = 0.25;

/** Loop points in seconds. A loop runs only when both are set; then `b >= a + MIN_LOOP`. */
export interface Loop {
  readonly a?: number | undefined;
  readonly b?: number | undefined;
}

export const NO_LOOP: Loop = Object.freeze({});

/** Whether both points are set. */
export function isLooping(loop: Loop): loop is { a: number; b: number } {
  return loop.a !== undefined && loop.b !== undefined;
}

/**
 * The loop with one point set to `time` (clamped to 0 … `duration`). A point set on the wrong side
 * of the other one, or too near to it, takes the other one with it: B before A clears A.
 */
export function setLoopPoint(loop: Loop, point: "a" | "b", time: number, duration: number): Loop {
  const at = Math.min(Math.max(0, time), duration);
  const next = { ...loop, [point]: at };
  if (next.a !== undefined && next.b !== undefined && next.b - next.a < MIN_LOOP) {
    return { [point]: at };
  }
  return next;
}

/** What one button does, press by press: set A, set B, clear. */
export function cycleLoop(loop: Loop, time: number, duration: number): Loop {
  if (loop.a === undefined) return setLoopPoint(loop, "a", time, duration);
  if (loop.b === undefined) return setLoopPoint(loop, "b", time, duration);
  return NO_LOOP;
}
