// Transport of an <audio> or <video> that the page owns. Page thread.
import { Emitter } from "../util/emitter.ts";
import { isLooping, NO_LOOP, type Loop } from "./loop.ts";
import type { Transport, TransportEvents } from "./transport.ts";

const CHANGES = ["play", "pause", "seeked", "ratechange", "durationchange"] as const;

/**
 * Follows and commands a media element: its own controls keep working. Tempo is the element's
 * playback rate with its pitch preserved by the browser; the loop is as exact as a media element
 * seeks. `node` is the element's sound, made by whoever took it over.
 */
export class ElementTransport extends Emitter<TransportEvents> implements Transport {
  readonly node: AudioNode;
  #isOriginal = false;
  readonly #media: HTMLMediaElement;
  readonly #listeners = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loop: Loop = NO_LOOP;
  // Whether playing will run into the loop's end: not after a seek to somewhere behind it.
  #ahead = true;

  constructor(media: HTMLMediaElement, node: AudioNode) {
    super();
    this.#media = media;
    this.node = node;
    const { signal } = this.#listeners;
    media.addEventListener("seeked", () => (this.#ahead = !this.#isBehind()), { signal });
    media.addEventListener("ended", () => this.#onEnded(), { signal });
    const change = () => {
      this.#keepInLoop();
      this.emit("change", undefined);
    };
    for (const type of CHANGES) media.addEventListener(type, change, { signal });
    // The element's clock and a timer's drift apart: this sets the timer anew.
    media.addEventListener("timeupdate", () => this.#keepInLoop(), { signal });
  }

  /** 0 while the element does not know, and for streams without an end. */
  get duration(): number {
    const { duration } = this.#media;
    return Number.isFinite(duration) ? duration : 0;
  }

  get position(): number {
    return this.#media.currentTime;
  }

  get paused(): boolean {
    return this.#media.paused;
  }

  get loop(): Loop {
    return this.#loop;
  }

  get tempo(): number {
    return this.#media.playbackRate;
  }

  /** Whether its sound is known to be its file's, sample by sample: where better stems are heard. */
  get isOriginal(): boolean {
    return this.#isOriginal;
  }

  setOriginal(isOriginal: boolean): void {
    this.#isOriginal = isOriginal;
    this.emit("change", undefined);
  }

  play(): Promise<void> {
    return this.#media.play();
  }

  pause(): void {
    this.#media.pause();
  }

  seek(position: number): void {
    this.#media.currentTime = position;
  }

  setLoop(loop: Loop): void {
    this.#loop = loop;
    this.#ahead = true;
    this.#keepInLoop();
    this.emit("change", undefined);
  }

  setTempo(tempo: number): Promise<void> {
    // The page's own rate stays as the page has set it.
    if (tempo === this.#media.playbackRate) return Promise.resolve();
    this.#media.preservesPitch = true;
    this.#media.playbackRate = tempo;
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    this.#listeners.abort();
    clearTimeout(this.#timer);
    this.clear();
    return Promise.resolve();
  }

  #isBehind(): boolean {
    return isLooping(this.#loop) && this.#media.currentTime >= this.#loop.b;
  }

  /** A loop up to the end goes on; a browser may end before the clock has reached it. */
  #onEnded(): void {
    if (!isLooping(this.#loop) || !this.#ahead) return this.emit("ended", undefined);
    this.#media.currentTime = this.#loop.a;
    void this.#media.play();
  }

  /** Goes back to the loop's start at its end, and comes again when that is due. */
  #keepInLoop(): void {
    clearTimeout(this.#timer);
    const media = this.#media;
    if (!isLooping(this.#loop) || !this.#ahead || media.paused || media.seeking) return;
    const left = (this.#loop.b - media.currentTime) / media.playbackRate;
    // At the rate 0 it never comes there.
    if (left === Infinity) return;
    if (left > 0) this.#timer = setTimeout(() => this.#keepInLoop(), left * 1000);
    else media.currentTime = this.#loop.a;
  }
}
