// Sound of an <audio> or <video> element. Page.
import { DannaError } from "../errors.ts";
import { detach } from "../util/audio-node.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import { addCapture, captures, type Capture } from "./captures.ts";
import { BaseSource, realTime, type AudioSource, type RealTimeContext } from "./source.ts";

/** See ./index.ts. */
export async function mediaElementSource(
  context: AnyAudioContext,
  element: HTMLMediaElement,
  signal?: AbortSignal,
): Promise<AudioSource> {
  const realTimeContext = realTime(context, "A media element");
  if (!captures.has(element)) {
    // Before it is captured: after that it would be silent for good.
    const refusal = refusalOf(element) ?? (await redirectRefusal(element));
    if (refusal) throw refusal;
    // A context that is closed meanwhile would have the element for good.
    signal?.throwIfAborted();
  }
  return new MediaElementSource(realTimeContext, element);
}

const urlOf = (element: HTMLMediaElement): string => element.currentSrc || element.src;

const refusal = (url: string): DannaError =>
  new DannaError(
    "input",
    `The sound of ${url} may not be read, because it lies on another origin: add ` +
      'crossorigin="anonymous" to the element, and have its server send Access-Control-Allow-Origin.',
  );

/** Why the browser would give silence in place of the element's sound. */
function refusalOf(element: HTMLMediaElement): DannaError | undefined {
  const url = urlOf(element);
  if (url === "" || element.crossOrigin !== null || !/^https?:/.test(url)) return undefined;
  if (new URL(url).origin === location.origin) return undefined;
  return refusal(url);
}

/** The same of an address that leads to another origin, which the element does not report. */
async function redirectRefusal(element: HTMLMediaElement): Promise<DannaError | undefined> {
  const url = urlOf(element);
  if (url === "" || element.crossOrigin !== null || !/^https?:/.test(url)) return undefined;
  const reaches = (mode: RequestMode) =>
    fetch(url, { method: "HEAD", mode }).then(
      () => true,
      () => false,
    );
  // Where nothing can be reached, as without a network, the element itself reports it.
  const leadsAway = !(await reaches("same-origin")) && (await reaches("no-cors"));
  return leadsAway ? refusal(url) : undefined;
}

function capture(context: RealTimeContext, element: HTMLMediaElement): Capture {
  const known = captures.get(element);
  if (known?.context === context) return known;
  try {
    const node = context.createMediaElementSource(element);
    const capture = { context, node, users: new Set<AudioNode>() };
    addCapture(element, capture);
    element.addEventListener("play", () => {
      // A context that sleeps would hold up an element that nothing but the page plays.
      if (capture.users.size === 0) context.resume().catch(() => undefined);
    });
    return capture;
  } catch (cause) {
    throw new DannaError(
      "input",
      "The media element belongs to another AudioContext already, for good; use that context or a new element.",
      { cause },
    );
  }
}

class MediaElementSource extends BaseSource {
  #capture: Capture;
  /** An address that is known to lead to another origin, and those that do not. */
  #checked = new Map<string, DannaError | undefined>();

  constructor(context: RealTimeContext, element: HTMLMediaElement) {
    super(context);
    try {
      this.#capture = capture(context, element);
    } catch (error) {
      this.dispose();
      throw error;
    }
    const { node, users } = this.#capture;
    if (users.size === 0) detach(node, context.destination);
    users.add(this.node);
    node.connect(this.node);
    this.#checked.set(urlOf(element), undefined);
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
    const url = urlOf(element);
    const refusal = refusalOf(element) ?? this.#checked.get(url);
    if (refusal) return this.interrupt("failed", refusal);
    this.restart();
    if (!this.#checked.has(url)) void this.#check(element, url);
  }

  async #check(element: HTMLMediaElement, url: string): Promise<void> {
    this.#checked.set(url, undefined);
    const refusal = await redirectRefusal(element);
    this.#checked.set(url, refusal);
    if (refusal && urlOf(element) === url) this.interrupt("failed", refusal);
  }

  #fail(element: HTMLMediaElement): void {
    const reason = element.error?.message || `media error ${element.error?.code}`;
    const message = `The media element cannot play ${element.currentSrc || "its source"} (${reason}).`;
    this.interrupt("failed", new DannaError("input", message));
  }

  override dispose(): void {
    // Only this source's connection: the node serves the element's next source as well.
    if (!this.disposed && this.#capture) {
      const { node, users, context } = this.#capture;
      node.disconnect(this.node);
      users.delete(this.node);
      // Heard as it was before anybody captured it.
      if (users.size === 0) node.connect((context as RealTimeContext).destination);
    }
    super.dispose();
  }
}
