// A model that is ready to run, whatever runs it. Pure types.
import type { SpectralManifest } from "../model/manifest.ts";
import type { SplitBackend } from "./runtime.ts";

/** What a network carries from run to run, one tensor per entry of the manifest's `state`, in its order. */
export type ModelState = readonly { readonly data: unknown }[];

export interface ModelResult {
  /** frames × stems × 2 × bins × 2 */
  readonly output: Float32Array;
  /** After the last frame. */
  readonly state: ModelState;
}

/** A model's network with its manifest. Holds no state of the signal. Made by `loadModel`. */
export interface ModelSession {
  readonly manifest: SpectralManifest;
  readonly backend: SplitBackend;
  /** Floats of one frame of input: channels × bins × 2. */
  readonly inputFloats: number;
  /** Floats of one frame of output: stems × channels × bins × 2. */
  readonly outputFloats: number;
  /** State for the start of a signal: zeros. */
  createState(): ModelState;
  /**
   * Runs the network over `frames` frames in one go.
   * @param spectrum frames × 2 × bins × 2 floats from the start of the array
   * @param state that this session has given
   * @throws DannaError "model" when the runtime fails or a result has not the manifest's shape
   */
  run(spectrum: Float32Array, frames: number, state: ModelState): Promise<ModelResult>;
  /** Frees the network. */
  dispose(): Promise<void>;
}
