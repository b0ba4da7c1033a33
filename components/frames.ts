// One drawing loop for all meters and pictures of a page. Page thread.

/** Called with the time since this callback's last frame, in seconds (at most 0.25). */
export type FrameCallback = (elapsed: number) => void;

/**
 * Pause between two frames in milliseconds, after which the next frame of the screen is taken: 12
 * frames a second. Meters do not read better at 60, playheads move by themselves, and it is the page's frames
 * that cost, not what is drawn in them: style, layers and commit take more than all the drawing. At 15 a second
 * a mixer with its spectrogram takes more than 4 % of a slow core.
 */
const PAUSE = 75;

const callbacks = new Map<FrameCallback, number>();
let timer: ReturnType<typeof setTimeout> | undefined;
let request = 0;

function schedule(): void {
  timer = setTimeout(() => (request = requestAnimationFrame(frame)), PAUSE);
}

function frame(now: number): void {
  timer = undefined;
  // A copy: who leaves and comes back while being called is not called twice.
  for (const [callback, last] of [...callbacks]) {
    if (!callbacks.has(callback)) continue;
    callbacks.set(callback, now);
    callback(Math.min(0.25, Math.max(0, (now - last) / 1000)));
  }
  // A callback may have begun the next round by adding itself again.
  if (callbacks.size > 0 && timer === undefined) schedule();
}

/** Calls `callback` each frame until the returned function is called. A hidden page has no frames. */
export function onFrame(callback: FrameCallback): () => void {
  callbacks.set(callback, performance.now());
  if (timer === undefined) schedule();
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0) return;
    clearTimeout(timer);
    cancelAnimationFrame(request);
    timer = undefined;
  };
}
