// Sample-rate conversion of whole segments by ONNX Runtime, whose matrix products are many times as fast
// as a loop. Page, worker or Node.
import { filterRow, gcd } from "../../dsp/resampler.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";
import { release } from "../../util/release.ts";
import { sessionOptions, type Runtime, type SplitBackend } from "../../engine/runtime.ts";
import { float32, onnxModel } from "../../model/write-onnx.ts";

type Session = Awaited<ReturnType<Runtime["InferenceSession"]["create"]>>;

/** Of the output; a filter for each. With more of them most of a product would be zeros. */
const MOST_PHASES = 64;

/**
 * The same conversion as ResampleStage's, in single precision: output sample n is the input at
 * n·inputRate/outputRate, and M samples become ceil(M·outputRate/inputRate).
 */
export class SegmentResampler {
  readonly #inputRate: number;
  readonly #outputRate: number;
  readonly #session: Session;
  readonly #ort: Runtime;

  private constructor(inputRate: number, outputRate: number, session: Session, ort: Runtime) {
    this.#inputRate = inputRate;
    this.#outputRate = outputRate;
    this.#session = session;
    this.#ort = ort;
  }

  /** Whether the ratio of the rates is simple enough. */
  static takes(inputRate: number, outputRate: number): boolean {
    return outputRate / gcd(inputRate, outputRate) <= MOST_PHASES;
  }

  static async create(
    inputRate: number,
    outputRate: number,
    ort: Runtime,
    backend: SplitBackend,
  ): Promise<SegmentResampler> {
    const options = sessionOptions(backend === "webgpu" ? "wasm" : backend, "large");
    const session = await ort.InferenceSession.create(graph(inputRate, outputRate), options);
    return new SegmentResampler(inputRate, outputRate, session, ort);
  }

  /** Two planes at a time: whole segments of all stems would be most of what a split takes of memory. */
  async convert(signal: Planar): Promise<Planar> {
    const { step, phases, taps } = shape(this.#inputRate, this.#outputRate);
    const [{ length }] = signal;
    const samples = Math.ceil((length * this.#outputRate) / this.#inputRate);
    const rounds = Math.ceil(samples / phases);
    const before = taps / 2 - 1;
    const padded = Math.max(before + length, (rounds - 1) * step + window(step, phases, taps));
    const converted: Float32Array[] = [];
    for (let c = 0; c < signal.length; c += CHANNELS) {
      const planes = signal.slice(c, c + CHANNELS);
      const data = new Float32Array(planes.length * padded);
      planes.forEach((plane, i) => data.set(plane, i * padded + before));
      const input = new this.#ort.Tensor("float32", data, [planes.length, 1, padded]);
      const { output } = await this.#session.run({ input });
      await release(data);
      const all = output.data as Float32Array;
      const each = all.length / planes.length;
      planes.forEach((_, i) => converted.push(all.subarray(i * each, i * each + samples)));
    }
    return converted;
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

/** Every `phases` output samples the filters move on by `step` input samples. */
function shape(inputRate: number, outputRate: number) {
  const divisor = gcd(inputRate, outputRate);
  const taps = filterRow(inputRate, outputRate, 0).length;
  return { step: inputRate / divisor, phases: outputRate / divisor, taps };
}

/** Input samples under the filters of all phases. */
const window = (step: number, phases: number, taps: number) =>
  taps + Math.floor(((phases - 1) * step) / phases);

/** [planes, 1, samples] to [planes, rounds, phases]: a convolution whose channels are the phases. */
function graph(inputRate: number, outputRate: number): Uint8Array<ArrayBuffer> {
  const { step, phases, taps } = shape(inputRate, outputRate);
  const length = window(step, phases, taps);
  const filters = new Float32Array(phases * length);
  for (let phase = 0; phase < phases; phase++) {
    const position = (phase * step) / phases;
    const whole = Math.floor(position);
    filters.set(filterRow(inputRate, outputRate, position - whole), phase * length + whole);
  }
  return onnxModel({
    nodes: [
      {
        op: "Conv",
        inputs: ["input", "filters"],
        outputs: ["phases"],
        attributes: { strides: [step] },
      },
      {
        op: "Transpose",
        inputs: ["phases"],
        outputs: ["output"],
        attributes: { perm: [0, 2, 1] },
      },
    ],
    inputs: [{ name: "input", shape: ["planes", 1, "samples"] }],
    outputs: [{ name: "output", shape: ["planes", "rounds", phases] }],
    initializers: [float32("filters", [phases, 1, length], filters)],
  });
}
