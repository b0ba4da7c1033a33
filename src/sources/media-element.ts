// Sound of an <audio> or <video> element. Page.
import { DannaError } from "../errors.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import { BaseSource, realTime, type AudioSource, type RealTimeContext } from "./source.ts";

/** An element belongs to the first context that captured it, for good; its node is used again. */
const captured = new WeakMap<HTMLMediaElement, { context: AnyAudioContext; node: AudioNode }>();

/** See ./index.ts. */
export function mediaElementSource(
  context: AnyAudioContext,
  element: HTMLMediaElement,
): AudioSource {
  const realTimeContext = realTime(context, "A media element");
  const refusal = refusalOf(element);
  if (refusal && !captured.has(element)) throw refusal;
  return new MediaElementSource(realTimeContext, element);
}

/** Why the browser would give silence in place of the element's sound. */
function refusalOf(element: HTMLMediaElement): DannaError | undefined {
  const url = element.currentSrc || element.src;
  if (url === "" || element.crossOrigin !== null || !/^https?:/.test(url)) return undefined;
  if (new URL(url).origin === location.origin) return undefined;
  return new DannaError(
    "input",
    `The sound of ${url} may not be read, because it lies on another origin: add ` +
      'crossorigin="anonymous" to the element, and have its server send Access-Control-Allow-Origin.',
  );
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
    this.listen(element, "playing", () => this.#flows(element));
    this.listen(element, "seeked", () => !element.ended && this.restart());
    this.listen(element, "waiting", () => this.interrupt("stalled"));
    this.listen(element, "loadstart", () => this.#flows(element));
    this.listen(element, "error", () => this.#fail(element));
    if (element.error) this.#fail(element);
    if (element.ended) this.end();
  }

  #flows(element: HTMLMediaElement): void {
    this.clear("stalled", "failed");
    const refusal = refusalOf(element);
    if (refusal) this.interrupt("failed", refusal);
    else this.restart();
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
