// Sound of an <audio> or <video> element. Page.
import { DannaError } from "../errors.ts";
import type { AnyAudioContext } from "../separator/context.ts";
import { BaseSource, realTime, type AudioSource, type RealTimeContext } from "./source.ts";

/** An element belongs to the first context that captured it, for good; its node is used again. */
const captured = new WeakMap<HTMLMediaElement, { context: AnyAudioContext; node: AudioNode }>();

/**
 * Takes the element's sound into the context; the element itself falls silent and is played, paused
 * and sought by its owner as before. A cross-origin element without `crossorigin` gives silence: so
 * the browser's rules have it.
 * @throws DannaError "input" when the element belongs to another context or the context is offline
 */
export function mediaElementSource(
  context: AnyAudioContext,
  element: HTMLMediaElement,
): Promise<AudioSource> {
  try {
    const realTimeContext = realTime(context, "A media element");
    return Promise.resolve(new MediaElementSource(realTimeContext, element));
  } catch (error) {
    return Promise.reject(error as DannaError);
  }
}

function capture(context: RealTimeContext, element: HTMLMediaElement): AudioNode {
  const known = captured.get(element);
  if (known?.context === context) return known.node;
  try {
    const node = context.createMediaElementSource(element);
    captured.set(element, { context, node });
    return node;
  } catch (cause) {
    throw new DannaError(
      "input",
      "The media element belongs to another AudioContext already, for good; use that context or a new element.",
      { cause },
    );
  }
}

class MediaElementSource extends BaseSource {
  #capture: AudioNode;

  constructor(context: RealTimeContext, element: HTMLMediaElement) {
    super(context);
    try {
      this.#capture = capture(context, element);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#capture.connect(this.node);
    this.listen(element, "ended", () => this.end());
    this.listen(element, "playing", () => this.#flows());
    this.listen(element, "seeked", () => !element.ended && this.restart());
    this.listen(element, "waiting", () => this.interrupt("stalled"));
    this.listen(element, "loadstart", () => this.#flows());
    this.listen(element, "error", () => this.#fail(element));
    if (element.error) this.#fail(element);
    if (element.ended) this.end();
  }

  #flows(): void {
    this.clear("stalled", "failed");
    this.restart();
  }

  #fail(element: HTMLMediaElement): void {
    const reason = element.error?.message || `media error ${element.error?.code}`;
    const message = `The media element cannot play ${element.currentSrc || "its source"} (${reason}).`;
    this.interrupt("failed", new DannaError("input", message));
  }

  override dispose(): void {
    // Only this source's connection: the node serves the element's next source as well.
    if (!this.disposed) this.#capture?.disconnect(this.node);
    super.dispose();
  }
}
