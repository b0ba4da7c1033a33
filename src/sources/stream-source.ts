// A source whose sound comes from a media stream that may be refused, lost and opened again. Page.
import { DannaError } from "../errors.ts";
import { BaseSource, type InterruptionReason, type RealTimeContext } from "./source.ts";

/** What the browser's refusal means: the interruption it causes, and an error in words. */
export interface Refusal {
  reason: InterruptionReason;
  error: DannaError;
}

/** Why no stream was opened, from what `getUserMedia` or `getDisplayMedia` rejects with. */
export function refusal(cause: unknown, wanted: string): Refusal {
  if (cause instanceof DannaError) {
    return { reason: cause.code === "permission" ? "refused" : "unplugged", error: cause };
  }
  const name = cause instanceof Error ? cause.name : "";
  const refused = (message: string): Refusal => ({
    reason: "refused",
    error: new DannaError("permission", message, { cause }),
  });
  const missing = (message: string): Refusal => ({
    reason: "unplugged",
    error: new DannaError("device", message, { cause }),
  });
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return refused(
        `Permission for ${wanted} was refused; allow it in the browser's settings of this page and try again.`,
      );
    case "InvalidStateError":
      return refused(`The browser asks for ${wanted} only after a click or a key; try again.`);
    case "NotFoundError":
    case "OverconstrainedError":
      return missing(`No such device for ${wanted}; plug it in or choose another.`);
    default: {
      const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
      return missing(
        `${wanted} cannot be opened (${reason}); close other programs that use it and try again.`,
      );
    }
  }
}

/** Seconds of a stream that a browser may hold back from before a suspension, and play after it. */
const STALE_SECONDS = 0.15;
/** Time constants of the fades around them, and when the rest of the last is cut: below −120 dB. */
const FADE_OUT_SECONDS = 0.001;
const FADE_IN_SECONDS = 0.003;
const FADE_END_SECONDS = 0.045;

function stop(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export abstract class StreamSource extends BaseSource {
  declare readonly context: RealTimeContext;
  #stream: MediaStream | undefined;
  /** From the stream to what leads to the source's node. */
  #capture: readonly AudioNode[] = [];
  #opening = Promise.resolve();

  constructor(context: RealTimeContext) {
    super(context);
    this.listen(context, "statechange", () => this.#skipStale());
    this.#skipStale();
  }

  /** The stream's audio track while it is open. */
  protected get track(): MediaStreamTrack | undefined {
    return this.#stream?.getAudioTracks()[0];
  }

  /** Asks the browser for a stream with one audio track; may reject with what the browser says. */
  protected abstract request(): Promise<MediaStream>;
  /** For messages: "the microphone". */
  protected abstract readonly wanted: string;
  /** The open stream came to its end by itself. */
  protected abstract lost(): void;

  /** Opens the stream, or opens another in its place, one after the other. Never rejects. */
  open(): Promise<void> {
    return (this.#opening = this.#opening.then(() => this.#open()));
  }

  override async resume(): Promise<void> {
    await super.resume();
    await this.#opening;
    if (this.track?.readyState !== "live") await this.open();
  }

  override dispose(): void {
    this.close();
    super.dispose();
  }

  /** When the context plays on, the stream does so where it is by then: with a gap, faded out and in. */
  #skipStale(): void {
    if (this.context.state === "running") return;
    const { gain } = this.node;
    const now = this.context.currentTime;
    const fresh = now + STALE_SECONDS;
    gain.cancelScheduledValues(now);
    gain.setTargetAtTime(0, now, FADE_OUT_SECONDS);
    gain.setTargetAtTime(1, fresh, FADE_IN_SECONDS);
    gain.setValueAtTime(1, fresh + FADE_END_SECONDS);
  }

  /** The way of a stream's sound: the nodes behind `capture`, connected, the last for the source's node. */
  protected route(capture: AudioNode): readonly AudioNode[] {
    return [capture];
  }

  protected close(): void {
    for (const node of this.#capture) node.disconnect();
    this.#capture = [];
    stop(this.#stream);
    this.#stream = undefined;
  }

  async #open(): Promise<void> {
    let stream: MediaStream | undefined;
    try {
      stream = await this.request();
      if (this.disposed) return stop(stream);
      const capture = this.context.createMediaStreamSource(stream);
      this.close();
      this.#stream = stream;
      this.#capture = this.route(capture);
      this.#capture.at(-1)?.connect(this.node);
      this.#watch(stream.getAudioTracks()[0]);
      this.clear("refused", "unplugged");
      this.restart();
    } catch (cause) {
      stop(stream);
      if (this.disposed) return;
      const { reason, error } = refusal(cause, this.wanted);
      // The stream before this one, if it lives, plays on.
      if (this.track?.readyState === "live") this.emit("error", error);
      else this.interrupt(reason, error);
    }
  }

  #watch(track: MediaStreamTrack): void {
    const current = () => track === this.track;
    track.onended = () => {
      if (!current()) return;
      this.close();
      this.clear("muted");
      this.lost();
    };
    track.onmute = () => current() && this.interrupt("muted");
    track.onunmute = () => current() && this.clear("muted");
    if (track.muted) this.interrupt("muted");
    else this.clear("muted");
  }
}
