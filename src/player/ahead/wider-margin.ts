// More time for live audio while work in the background may be in its way. Page thread.
import type { LatencyMode, StemSeparator } from "../../index.ts";

/** Cores with which that work is in nobody's way: the two workers, the audio thread and the page. */
const ENOUGH_CORES = 4;

/**
 * Puts a separator on the latency mode "safe" and back. On fewer cores a thread that wants to run waits for
 * one that does, longer than the small margins hold; a song can wait, what is sung into a microphone
 * cannot, and has no such work beside it. Nothing is done where there are cores enough.
 */
export class WiderMargin {
  readonly #separator: StemSeparator;
  readonly #needed: boolean;
  #before: LatencyMode | undefined;
  readonly #off: () => void;

  constructor(separator: StemSeparator, cores = navigator.hardwareConcurrency) {
    this.#separator = separator;
    this.#needed = cores < ENOUGH_CORES;
    this.#off = separator.on("dispose", () => (this.#before = undefined));
  }

  /** What sounds is cross-faded to what is due at the larger latency. */
  widen(): void {
    const { latencyMode } = this.#separator;
    if (!this.#needed || this.#before !== undefined || latencyMode === "safe") return;
    this.#before = latencyMode;
    this.#separator.latencyMode = "safe";
  }

  /** Back to the latency mode before, unless somebody has chosen another meanwhile. */
  narrow(): void {
    const before = this.#before;
    this.#before = undefined;
    if (before !== undefined && this.#separator.latencyMode === "safe")
      this.#separator.latencyMode = before;
  }

  dispose(): void {
    this.narrow();
    this.#off();
  }
}
