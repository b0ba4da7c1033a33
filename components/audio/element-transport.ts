// Transport of an <audio> or <video> that the page owns. Page thread.
import { Emitter } from "../../src/events.ts";
import { isLooping, NO_LOOP, type Loop } from "../core/loop.ts";
import { onFrame } from "../frames.ts";
import type { Transport, TransportEvents } from "./transport.ts";

const CHANGES = ["play", "pause", "seeked", "ratechange", "durationchange"] as const;

/**
 * Follows and commands a media element: its own controls keep working. Tempo is the element's
 * playback rate with its pitch preserved by the browser; the loop is as exact as a media element
 * seeks. `node` is the element's sound, made by whoever took it over.
 */
export class ElementTransport extends Emitter<TransportEvents> implements Transport {
  readonly node: AudioNode;
  readonly #media: HTMLMediaElement;
  readonly #listeners = new AbortController();
  readonly #stopFrames: () => void;
  #loop: Loop = NO_LOOP;
  // Whether playing will run into the loop's end: not after a seek to somewhere behind it.
  #ahead = true;

  constructor(media: HTMLMediaElement, node: AudioNode) {
    super();
    this.#media = media;
    this.node = node;
    const { signal } = this.#listeners;
    const change = () => this.emit("change", undefined);
    for (const type of CHANGES) media.addEventListener(type, change, { signal });
    media.addEventListener("seeked", () => (this.#ahead = this.#isAhead()), { signal });
    media.addEventListener("ended", () => this.emit("ended", undefined), { signal });
    // Frames catch the loop's end closely; a hidden tab has none, so the element's own clock too.
    media.addEventListener("timeupdate", () => this.#keepInLoop(), { signal });
    this.#stopFrames = onFrame(() => this.#keepInLoop());
  }

  get duration(): number {
    return this.#media.duration;
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
    this.emit("change", undefined);
  }

  setTempo(tempo: number): Promise<void> {
    this.#media.preservesPitch = true;
    this.#media.playbackRate = tempo;
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    this.#listeners.abort();
    this.#stopFrames();
    this.clear();
    return Promise.resolve();
  }

  #isAhead(): boolean {
    return !isLooping(this.#loop) || this.#media.currentTime < this.#loop.b;
  }

  #keepInLoop(): void {
    if (!isLooping(this.#loop) || !this.#ahead || this.#media.paused || this.#isAhead()) return;
    this.#media.currentTime = this.#loop.a;
  }
}
