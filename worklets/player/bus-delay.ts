// Delays the bus of stems computed ahead by the separator's latency, so that both come out together. Pure; runs on
// the audio thread, and `process` allocates nothing.
import { createRing, RingReader, RingWriter } from "../../src/ring/ring.ts";
import { LATENCY_FADE_SECONDS, QUANTUM } from "../../src/player/protocol.ts";

export interface BusDelayOptions {
  readonly sampleRate: number;
  readonly channels: number;
  /** Frames of delay, and the most that it will be set to. */
  readonly latency: number;
  readonly longestLatency: number;
}

export class BusDelay {
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #next: Float32Array[];
  /** What is heard, what that is being cross-faded to, and what is wanted after that. */
  #latency: number;
  #nextLatency: number;
  #wantedLatency: number;
  /** How far the cross-fade is. */
  #moved = 0;
  readonly #step: number;

  constructor({ sampleRate, channels, latency, longestLatency }: BusDelayOptions) {
    this.#latency = this.#nextLatency = this.#wantedLatency = latency;
    this.#step = 1 / Math.round(LATENCY_FADE_SECONDS * sampleRate);
    const capacity = 2 ** Math.ceil(Math.log2(2 * longestLatency + 4 * QUANTUM));
    const ring = createRing(channels, capacity, { shared: false });
    this.#writer = new RingWriter(ring);
    this.#reader = new RingReader(ring);
    this.#next = Array.from({ length: channels }, () => new Float32Array(QUANTUM));
  }

  /** Lets the bus come later by so many frames; it is cross-faded as the separator's stems are. */
  setLatency(latency: number): void {
    this.#wantedLatency = latency;
  }

  write(bus: readonly Float32Array[], frames: number): void {
    this.#writer.write(bus, frames);
  }

  /**
   * Reads a quantum: what came the latency before `position`, which is that of the quantum written last by default.
   * What is not written yet stays as `bus` has it.
   */
  read(
    bus: readonly Float32Array[],
    frames: number,
    position = this.#writer.position - frames,
  ): void {
    this.#reader.read(position - this.#latency, bus, frames);
    if (this.#nextLatency === this.#latency) {
      this.#nextLatency = this.#wantedLatency;
      this.#moved = 0;
    }
    if (this.#nextLatency === this.#latency) return;
    this.#reader.read(position - this.#nextLatency, this.#next, frames);
    for (let i = 0; i < frames; i++) {
      this.#moved = Math.min(1, this.#moved + this.#step);
      for (let c = 0; c < bus.length; c++) {
        bus[c][i] += this.#moved * (this.#next[c][i] - bus[c][i]);
      }
    }
    if (this.#moved === 1) this.#latency = this.#nextLatency;
  }
}
