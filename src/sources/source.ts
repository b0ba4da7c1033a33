// What all sources share: a node, a state, events, and a watch over the context and the page. Page.
import { DannaError } from "../errors.ts";
import { Emitter } from "../util/emitter.ts";
import { Scope } from "../util/scope.ts";
import { createGain, type AnyAudioContext } from "../util/audio-context.ts";

/**
 * What keeps sound from flowing:
 * - `suspended`: the audio context does not run (autoplay policy, a phone call, the host's wish)
 * - `refused`: no permission for the device or the share
 * - `unplugged`: the device is gone, or cannot be opened
 * - `muted`: the system or a switch on the device has muted it
 * - `stalled`: a media element waits for data
 * - `failed`: a media element cannot play what it was given
 */
export type InterruptionReason =
  | "suspended"
  | "refused"
  | "unplugged"
  | "muted"
  | "stalled"
  | "failed";

export interface Interruption {
  readonly reason: InterruptionReason;
  /** Cause and cure in words, where there is more to say than the reason does. */
  readonly error?: DannaError;
}

export type SourceState = "live" | "interrupted" | "ended";

export interface SourceEvents {
  /** The song is over or the share was stopped. */
  ended: undefined;
  /** Sound stops; `resume()` or the end of the cause brings it back. */
  interrupted: Interruption;
  /** A cause is over: one of the interruptions, or "ended" when a song plays again. */
  resumed: { reason: InterruptionReason | "ended" };
  /** The page was hidden or shown. Sound goes on unless "interrupted" says otherwise. */
  visibility: { hidden: boolean };
  /** The device runs at another rate, in Hz, and was opened again. */
  rate: { before: number; now: number };
  error: DannaError;
}

/** Where sound comes from. Events are told in a task of their own, after what caused them. */
export interface AudioSource {
  readonly context: AnyAudioContext;
  /** Stays the same for the life of the source, whatever happens to the device behind it. */
  readonly node: AudioNode;
  readonly state: SourceState;
  /** In Hz; of a device that is open, its own. */
  readonly sampleRate: number;
  /** All that keeps sound from flowing now, oldest first. */
  readonly interruptions: readonly Interruption[];
  /**
   * Tries to end the interruptions: resumes the context, asks again for the device. Call it from a
   * click or key, without which browsers refuse. Never rejects; state and events tell the outcome.
   */
  resume(): Promise<void>;
  /** @returns the function that ends the subscription */
  on<T extends keyof SourceEvents>(
    type: T,
    listener: (payload: SourceEvents[T]) => void,
  ): () => void;
  /** Frees devices, nodes and listeners. More than one call does no harm. */
  dispose(): void;
}

/** The context's methods that only exist outside of offline rendering. */
export type RealTimeContext = AudioContext;

/**
 * The context as one that plays in real time.
 * @throws DannaError "input" for an offline context, naming what was wanted of it
 */
export function realTime(context: AnyAudioContext, wanted: string): RealTimeContext {
  if (!("createMediaStreamSource" in context)) {
    throw new DannaError("input", `${wanted} needs a real-time AudioContext, not an offline one.`);
  }
  return context as unknown as RealTimeContext;
}

export abstract class BaseSource implements AudioSource {
  readonly context: AnyAudioContext;
  readonly node: GainNode;
  #emitter = new Emitter<SourceEvents>();
  #interruptions = new Map<InterruptionReason, Interruption>();
  #ended = false;
  #disposed = false;
  readonly #scope = new Scope();

  constructor(context: AnyAudioContext) {
    this.context = context;
    this.node = createGain(context);
    this.listen(context as EventTarget, "statechange", () => this.#watchContext());
    this.listen(document, "visibilitychange", () =>
      this.emit("visibility", { hidden: document.hidden }),
    );
    this.#watchContext();
  }

  get state(): SourceState {
    if (this.#ended) return "ended";
    return this.#interruptions.size > 0 ? "interrupted" : "live";
  }

  get sampleRate(): number {
    return this.context.sampleRate;
  }

  get interruptions(): readonly Interruption[] {
    return [...this.#interruptions.values()];
  }

  on<T extends keyof SourceEvents>(
    type: T,
    listener: (payload: SourceEvents[T]) => void,
  ): () => void {
    return this.#emitter.on(type, listener);
  }

  resume(): Promise<void> {
    // Not awaited: without a user's gesture the promise stays pending.
    if ("resume" in this.context) this.context.resume().catch(() => undefined);
    return Promise.resolve();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#scope.end();
    this.node.disconnect();
    this.#emitter.clear();
  }

  protected get disposed(): boolean {
    return this.#disposed;
  }

  /** Tells an event in a task of its own, so that who awaits the source can still subscribe. */
  protected emit<T extends keyof SourceEvents>(type: T, payload: SourceEvents[T]): void {
    setTimeout(() => this.#emitter.emit(type, payload));
  }

  /** Listens until `dispose()`. */
  protected listen(target: EventTarget, type: string, listener: () => void): void {
    this.#scope.listen(target, type, listener);
  }

  protected interrupt(reason: InterruptionReason, error?: DannaError): void {
    const known = this.#interruptions.get(reason);
    if (known && known.error === error) return;
    const interruption: Interruption = error ? { reason, error } : { reason };
    this.#interruptions.set(reason, interruption);
    this.emit("interrupted", interruption);
    if (error) this.emit("error", error);
  }

  protected clear(...reasons: InterruptionReason[]): void {
    for (const reason of reasons) {
      if (this.#interruptions.delete(reason)) this.emit("resumed", { reason });
    }
  }

  protected end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.emit("ended", undefined);
  }

  /** The opposite of `end()`. */
  protected restart(): void {
    if (!this.#ended) return;
    this.#ended = false;
    this.emit("resumed", { reason: "ended" });
  }

  #watchContext(): void {
    const { state } = this.context;
    if (state === "running") this.clear("suspended");
    else if (state === "closed") this.end();
    else this.interrupt("suspended");
  }
}
