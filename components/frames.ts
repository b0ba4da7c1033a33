// One animation-frame loop for all meters and pictures of a page. Page thread.

/** Called with the time since this callback's last frame, in seconds (at most 0.25). */
export type FrameCallback = (elapsed: number) => void;

const callbacks = new Map<FrameCallback, number>();
let pending = 0;

function frame(now: number): void {
  pending = callbacks.size > 0 ? requestAnimationFrame(frame) : 0;
  for (const [callback, last] of callbacks) {
    callbacks.set(callback, now);
    callback(Math.min(0.25, Math.max(0, (now - last) / 1000)));
  }
}

/** Calls `callback` each frame until the returned function is called. A hidden page has no frames. */
export function onFrame(callback: FrameCallback): () => void {
  callbacks.set(callback, performance.now());
  if (pending === 0) pending = requestAnimationFrame(frame);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0 && pending !== 0) {
      cancelAnimationFrame(pending);
      pending = 0;
    }
  };
}
