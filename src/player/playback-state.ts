// What is to sound of a song. Plain data; any thread.
import { isLooping, type Loop } from "./loop.ts";

/** Times in seconds of the recording, `key` in semitones. */
export interface PlaybackState {
  readonly position: number;
  readonly loop: Loop;
  readonly tempo: number;
  readonly key: number;
}

/** The loop that it will run into; one that lies behind it does not count. */
export const loopAhead = ({ loop, position }: Pick<PlaybackState, "loop" | "position">) =>
  isLooping(loop) && position < loop.b ? loop : undefined;

/** Where it is so many seconds later. */
export function positionAfter(state: PlaybackState, seconds: number): number {
  const position = state.position + seconds * state.tempo;
  const loop = loopAhead(state);
  if (!loop || position < loop.b) return position;
  return loop.a + ((position - loop.a) % (loop.b - loop.a));
}
