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
