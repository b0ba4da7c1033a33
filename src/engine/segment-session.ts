// A network over whole segments whose graph is cut in three (see the manifest's `cuts`): what each frame is computed
// by itself runs few frames at a time, so that a segment's spectra and masks, most of what the whole graph takes, are
// never in memory at once. Page, worker or Node.
import type { InferenceSession } from "onnxruntime-web";
import { loadFft } from "../dsp/fft.ts";
import { cutGraph } from "../model/cut-onnx.ts";
import type { SpectralSegmentManifest } from "../model/manifest.ts";
import type { ValueSpec } from "../model/write-onnx.ts";
import { release } from "../util/release.ts";
import { Features } from "./features.ts";
import type { ModelResult, ModelSession } from "./model-session.ts";
import { sessionOptions, type Runtime, type SplitBackend } from "./runtime.ts";
import { checkBytes, checkGraph, guarded } from "./session.ts";

const floatsOf = ({ shape: [, ...sizes] }: ValueSpec): number =>
  sizes.reduce<number>((product, size) => product * Number(size), 1);

/** Runs what makes one tensor of another. */
class Part {
  readonly session: InferenceSession;
  readonly #ort: Runtime;
  readonly #from: ValueSpec;
  readonly #to: ValueSpec;

  private constructor(session: InferenceSession, ort: Runtime, from: ValueSpec, to: ValueSpec) {
    this.session = session;
    this.#ort = ort;
    this.#from = from;
    this.#to = to;
  }

  static async load(
    graph: Uint8Array,
    ort: Runtime,
    backend: SplitBackend,
    from: ValueSpec,
    to: ValueSpec,
  ): Promise<Part> {
    const bytes = cutGraph(graph, [from], [to]);
    const session = await ort.InferenceSession.create(bytes, sessionOptions(backend, "large"));
    await release(bytes);
    return new Part(session, ort, from, to);
  }

  async run(data: Float32Array, frames: number): Promise<Float32Array> {
    const [, ...sizes] = this.#from.shape;
    const input = new this.#ort.Tensor("float32", data, [frames, ...sizes.map(Number)]);
    const results = await this.session.run({ [this.#from.name]: input });
    const made = results[this.#to.name].data as Float32Array;
    if (made.length !== frames * floatsOf(this.#to)) {
      throw new RangeError(`"${this.#to.name}" has not the shape that the manifest says`);
    }
    return made;
  }
}

/** What is heard of a segment before it is separated: frames in their order, then `think`. */
export class SegmentSession implements ModelSession {
  readonly manifest: SpectralSegmentManifest;
  readonly backend: SplitBackend;
  readonly inputFloats: number;
  readonly outputFloats: number;
  readonly #features: Features | undefined;
  readonly #parts: readonly Part[];
  /** Floats of a frame between the first and the second part, and between that and the last. */
  readonly #widths: readonly number[];
  /** What the first part has made of the frames heard. */
  #heard = new Float32Array();
  #frames = 0;
  /** What the last part makes masks of, and how many frames of it it has had. */
  #thought = new Float32Array() as Float32Array;
  #given = 0;

  private constructor(
    manifest: SpectralSegmentManifest,
    backend: SplitBackend,
    features: Features | undefined,
    parts: readonly Part[],
  ) {
    const { input, output, segment } = manifest;
    this.manifest = manifest;
    this.backend = backend;
    this.inputFloats = floatsOf(input);
    this.outputFloats = floatsOf(output);
    this.#features = features;
    this.#parts = parts;
    this.#widths = segment.cuts.map(floatsOf);
  }

  /**
   * Checks the model as `loadModel` does.
   * @param manifest has cuts
   * @param bytes the whole ONNX file
   * @throws DannaError "model" that says what differs from the manifest
   */
  static async load(
    manifest: SpectralSegmentManifest,
    bytes: Uint8Array<ArrayBuffer>,
    ort: Runtime,
    backend: SplitBackend,
  ): Promise<SegmentSession> {
    await Promise.all([checkBytes(manifest, bytes), loadFft()]);
    const { input, output, segment } = manifest;
    const features = await Features.of(manifest, bytes);
    const values: ValueSpec[] = [features?.tensor ?? input, ...segment.cuts, output];
    const parts: Part[] = [];
    const model = new SegmentSession(manifest, backend, features, parts);
    try {
      await guarded(manifest, "ONNX Runtime does not load it in parts", async () => {
        for (const [i, from] of values.slice(0, -1).entries()) {
          parts.push(await Part.load(bytes, ort, backend, from, values[i + 1]));
        }
      });
      const [first, , last] = parts.map(({ session }) => session);
      const { inputMetadata } = first;
      checkGraph(
        manifest,
        { inputMetadata, outputMetadata: last.outputMetadata },
        features?.tensor,
      );
      await guarded(manifest, "inference failed", () => model.#frameOfSilence());
      return model;
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  async #frameOfSilence(): Promise<void> {
    this.expect(1);
    await this.hear(new Float32Array(this.inputFloats), 1);
    await this.think();
    await this.run(new Float32Array(), 1);
  }

  /** Forgets the last segment; of the next, `frames` frames will be heard. */
  expect(frames: number): void {
    const floats = frames * this.#widths[0];
    if (this.#heard.length < floats) this.#heard = new Float32Array(floats);
    this.#frames = this.#given = 0;
  }

  async hear(spectrum: Float32Array, frames: number): Promise<void> {
    const data = this.#features?.process(spectrum, frames) ?? spectrum;
    const made = await this.#parts[0].run(data, frames);
    this.#heard.set(made, this.#frames * this.#widths[0]);
    this.#frames += frames;
  }

  async think(): Promise<void> {
    const heard = this.#heard.subarray(0, this.#frames * this.#widths[0]);
    this.#thought = await this.#parts[1].run(heard, this.#frames);
  }

  createState(): [] {
    return [];
  }

  /** The masks of the next frames, whose spectra were heard before. */
  async run(_: Float32Array, frames: number): Promise<ModelResult> {
    const [width, from] = [this.#widths[1], this.#given];
    this.#given += frames;
    const thought = this.#thought.subarray(from * width, this.#given * width);
    return { output: await this.#parts[2].run(thought, frames), state: [] };
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#parts) await session.release();
  }
}
