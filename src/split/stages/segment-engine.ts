// Stems of whole segments from a model that sees no other sound. Page, worker or Node.
import type { Engine } from "../../engine/engine.ts";
import type { ModelSession } from "../../engine/model-session.ts";
import { SegmentSession } from "../../engine/segment-session.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";

/** Frames at a time where the graph is cut: their masks are as much as a processor's cache holds. */
const FRAMES = 12;

/** Keeps its arrays from segment to segment: new ones each time would be most of what a split takes. */
export class SegmentEngine {
  readonly #engine: Engine;
  readonly #session: ModelSession;
  #padded: Float32Array[] = [];
  #stems: Float32Array[] = [];

  /** @param session the engine's */
  constructor(engine: Engine, session: ModelSession) {
    this.#engine = engine;
    this.#session = session;
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
    await this.#process(padded, stems);
    return stems.map((plane) => plane.subarray(delay, delay + length));
  }

  async #process(input: Planar, stems: Planar): Promise<void> {
    const [{ length }] = input;
    const session = this.#session;
    let step = length;
    const part = (planes: Planar, at: number) =>
      planes.map((plane) => plane.subarray(at, Math.min(at + step, length)));
    if (session instanceof SegmentSession) {
      const { hop } = this.#engine;
      step = FRAMES * hop;
      session.expect(length / hop);
      for (let at = 0; at < length; at += step) {
        const heard = part(input, at);
        await session.hear(this.#engine.analyse(heard), heard[0].length / hop);
      }
      await session.think();
      this.#engine.reset();
    }
    for (let at = 0; at < length; at += step) {
      const planes = part(stems, at);
      await this.#engine.process(
        part(input, at),
        this.#engine.stems.map((_, stem) => planes.slice(stem * CHANNELS, (stem + 1) * CHANNELS)),
      );
    }
  }

  #makeRoom(samples: number): void {
    if (this.#padded.length > 0 && this.#padded[0].length >= samples) return;
    const planes = (count: number) =>
      Array.from({ length: count }, () => new Float32Array(samples));
    this.#padded = planes(CHANNELS);
    this.#stems = planes(this.#engine.stems.length * CHANNELS);
  }
}
