// What the manifests of all families have in common, apart from how it is checked (./schema.ts). Any thread; pure.

/** A manifest as JSON, before it is checked. */
export type Fields = Record<string, unknown>;

/** Names of models are names of files: no path can be smuggled in. */
export const MODEL_NAME = /^[\w-][\w.-]*$/;

/** How a model of whole segments is run over a recording, whatever its family. */
export interface Segment {
  /** Samples of a segment. */
  readonly length: number;
  /** Whether the model takes shorter ones, too. */
  readonly elastic: boolean;
  /** Share of a segment that the next covers again. */
  readonly overlap: number;
  /** Sampling rates as which a segment is given to the model in turn; the stems are averaged. */
  readonly rates: readonly number[];
}
