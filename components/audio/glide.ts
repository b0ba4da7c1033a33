// Moves an AudioParam at once and without a click. Any thread that holds the node.

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
