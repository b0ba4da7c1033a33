// What a family of models says of itself. Any thread; types only.
import type { Planar } from "../../dsp/planar-queue.ts";
import type { Fields } from "../fields.ts";

/** A tensor of 32-bit floats. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What goes into a graph over whole segments and what its results mean. Holds no state of the signal. */
export interface SegmentGraph {
  /** The graph's inputs, in its order, for one segment of the mixture (2 planes). */
  inputs(mixture: Planar): readonly Values[];
  /** The stems (2 planes each, in the manifest's order) from the graph's outputs, in its order. */
  stems(outputs: readonly Float32Array[]): Float32Array[];
  dispose(): void;
}

/** A family whose graphs take and give something of their own. */
export interface GraphFamily<M> {
  /** @throws DannaError "manifest" that names the first wrong field and what it must be */
  parse(json: Fields): M;
  /** After loadFft(). */
  graph(manifest: M): SegmentGraph;
}
