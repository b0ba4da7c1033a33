// The table of families: a new one is a file beside this and a line here. Any thread.
import type { GraphFamily, SegmentGraph } from "./family.ts";
import { htdemucs } from "./htdemucs.ts";
import { spectral, type SpectralManifest } from "./spectral.ts";

/** By the "kind" of a manifest's JSON, which is absent for the first. */
export const FAMILIES = { spectral, htdemucs };

/** A manifest of any family. */
export type FamilyManifest = ReturnType<(typeof FAMILIES)[keyof typeof FAMILIES]["parse"]>;

/** Of a family whose graphs the engine does not run. */
export type GraphManifest = Exclude<FamilyManifest, SpectralManifest>;

/** What goes into a model's graph and what its results mean. After loadFft(). */
export function graphOf(manifest: GraphManifest): SegmentGraph {
  const family: GraphFamily<never> = FAMILIES[manifest.family] as GraphFamily<never>;
  return family.graph(manifest as never);
}
