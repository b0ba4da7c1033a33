// Stems of whole segments from a model that sees no other sound. Page, worker or Node.
import type { Engine } from "../../engine/engine.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";

/** Keeps its arrays from segment to segment: new ones each time would be most of what a split takes. */
export class SegmentEngine {
  readonly #engine: Engine;
  #padded: Float32Array[] = [];
  #stems: Float32Array[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Stems (2 planes each) of a segment (2 planes) by itself, until the next call writes over them: the engine
   * starts again and its delay is taken off. Mirrored sound, then silence, comes after the segment: that
   * is where a bidirectional network begins.
   */
  async separate(mixture: Planar): Promise<Planar> {
    const { delay, hop } = this.#engine;
    const [{ length }] = mixture;
    const samples = Math.ceil((length + delay) / hop) * hop;
    this.#makeRoom(samples);
    const padded = this.#padded.map((plane) => plane.subarray(0, samples));
    padded.forEach((plane, c) => {
      plane.set(mixture[c]);
      const mirrored = mixture[c].slice(Math.max(0, 2 * length - samples)).reverse();
      plane.set(mirrored, length);
      plane.fill(0, length + mirrored.length);
    });
    const stems = this.#stems.map((plane) => plane.subarray(0, samples));
    this.#engine.reset();
    await this.#engine.process(
      padded,
      this.#engine.stems.map((_, stem) => stems.slice(stem * CHANNELS, (stem + 1) * CHANNELS)),
    );
    return stems.map((plane) => plane.subarray(delay, delay + length));
  }

  #makeRoom(samples: number): void {
    if (this.#padded.length > 0 && this.#padded[0].length >= samples) return;
    const planes = (count: number) =>
      Array.from({ length: count }, () => new Float32Array(samples));
    this.#padded = planes(CHANNELS);
    this.#stems = planes(this.#engine.stems.length * CHANNELS);
  }
}
