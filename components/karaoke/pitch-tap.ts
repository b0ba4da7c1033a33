// The pitch of an audio node now. Page thread.
import { detach } from "../../src/player/index.ts";
import type { PitchDetector } from "../../src/player/singer/index.ts";

/** Samples that are kept: more than the longest stretch that a detector takes. */
const SAMPLES = 8192;

export class PitchTap {
  #node: AudioNode | undefined;
  #analyser: AnalyserNode | undefined;
  readonly #samples = new Float32Array(SAMPLES);

  /** Listens to a node, and to the one before no more. */
  follow(node: AudioNode | undefined): void {
    if (node === this.#node) return;
    if (this.#node && this.#analyser) detach(this.#node, this.#analyser);
    this.#node = node;
    this.#analyser = undefined;
    if (!node) return;
    this.#analyser = new AnalyserNode(node.context, { fftSize: SAMPLES });
    node.connect(this.#analyser);
  }

  /** MIDI note number with a fraction; NaN where nothing has a pitch. */
  read(detector: PitchDetector): number {
    this.#analyser?.getFloatTimeDomainData(this.#samples);
    return (this.#analyser && detector.detect(this.#samples)?.note) ?? NaN;
  }
}
