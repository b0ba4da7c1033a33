// Disconnecting single connections, and moving an AudioParam without a click. Page thread.

/**
 * Disconnects `from` from `to`, if they are connected: whoever owns `from` may have disconnected it
 * from everything already, after which asking for one connection throws.
 */
export function detach(from: AudioNode, to: AudioNode): void {
  try {
    from.disconnect(to);
  } catch (error) {
    if ((error as Error).name !== "InvalidAccessError") throw error;
  }
}

/** Time constant of a move, in seconds: it starts within a render quantum and takes 15 ms. */
export const GLIDE = 0.003;

/**
 * Moves `param` to `value` from wherever it is, beginning with the next render quantum; after ten
 * time constants it is exactly there.
 */
export function glide(param: AudioParam, value: number, now: number): void {
  param.cancelScheduledValues(now);
  param.setTargetAtTime(value, now, GLIDE);
  param.setValueAtTime(value, now + 10 * GLIDE);
}

/** Time constant of a switch, and when the rest of its fade is cut: below −120 dB. */
const SWITCH_SECONDS = 0.002;
const SWITCH_END_SECONDS = 0.03;

/**
 * Moves `gain` to 0 or 1. Two that switch in opposite ways at once fade as exponentials of the same
 * shape, so they add up to one at every sample.
 */
export function switchTo(gain: AudioParam, target: 0 | 1, now: number): void {
  gain.cancelScheduledValues(now);
  gain.setTargetAtTime(target, now, SWITCH_SECONDS);
  gain.setValueAtTime(target, now + SWITCH_END_SECONDS);
}
