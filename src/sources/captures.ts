// Which media elements belong to which contexts: to the first that captured them, for good. Page.
import type { AnyAudioContext } from "../util/audio-context.ts";

export interface Capture {
  readonly context: AnyAudioContext;
  /** The element's sound. */
  readonly node: AudioNode;
  /** Sources that it goes to; with none it goes to the context's destination, as without a capture. */
  readonly users: Set<AudioNode>;
}

export const captures = new WeakMap<HTMLMediaElement, Capture>();

const capturing = new WeakSet<AnyAudioContext>();

export function addCapture(element: HTMLMediaElement, capture: Capture): void {
  captures.set(element, capture);
  capturing.add(capture.context);
}

/** Whether an element's sound passes through the context, which then must not be closed. */
export const isCapturing = (context: AnyAudioContext): boolean => capturing.has(context);

/** Whether an element's sound goes to a source of ours. */
export const isUsed = (element: HTMLMediaElement): boolean =>
  (captures.get(element)?.users.size ?? 0) > 0;

/** The open context that an element belongs to, if any. */
export function contextOf(element: HTMLMediaElement): AnyAudioContext | undefined {
  const context = captures.get(element)?.context;
  return context?.state === "closed" ? undefined : context;
}
