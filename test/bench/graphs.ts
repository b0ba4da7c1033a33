// Networks with random weights whose cost the benchmark measures: one of ours in several sizes, and the
// published ones. Pure; what they compute means nothing, what it costs is the same. Norms of a few
// multiply-accumulates a channel are left out.
import { float32, onnxModel, type NodeSpec, type TensorSpec } from "../../src/model/write-onnx.ts";

export interface Network {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Shapes of the float inputs, by name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Per run. */
  readonly multiplyAccumulates: number;
  /** Seconds of audio that one run is for. */
  readonly seconds: number;
  /** How many such networks a separator runs side by side. */
  readonly copies: number;
}

/** Collects nodes and weights; every method returns its result's name. */
class Builder {
  readonly nodes: NodeSpec[] = [];
  readonly weights: TensorSpec[] = [];
  multiplyAccumulates = 0;

  weight(...dims: number[]): string {
    const name = `w${this.weights.length}`;
    const size = dims.reduce((product, each) => product * each, 1);
    const values = new Float32Array(size);
    const scale = 2 / Math.sqrt(dims.at(-1)!) / 2 ** 31;
    let seed = this.weights.length + 1;
    for (let i = 0; i < size; i++) {
      seed = (seed * 16807) % (2 ** 31 - 1);
      values[i] = (seed - 2 ** 30) * scale;
    }
    this.weights.push(float32(name, dims, values));
    return name;
  }

  op(op: string, inputs: string[], attributes: NodeSpec["attributes"] = {}, outputs = 1): string {
    const names = Array.from({ length: outputs }, (_, i) => `v${this.nodes.length}_${i}`);
    this.nodes.push({ op, inputs, outputs: names, attributes });
    return names[0];
  }

  /** x [rows, from] · [from, to]. */
  linear(x: string, from: number, to: number, rows = 1): string {
    this.multiplyAccumulates += rows * from * to;
    return this.op("MatMul", [x, this.weight(from, to)]);
  }

  /** One step of a recurrent layer on x [1, 1, width]. */
  recurrent(op: "GRU" | "LSTM", x: string, width: number): string {
    const gates = op === "GRU" ? 3 : 4;
    this.multiplyAccumulates += gates * 2 * width * width;
    const weights = [this.weight(1, gates * width, width), this.weight(1, gates * width, width)];
    const outputs = op === "GRU" ? 2 : 3;
    const all = this.op(op, [x, ...weights], { hidden_size: width }, outputs);
    return this.op("Reshape", [all, this.shape(1, 1, width)]);
  }

  shape(...sizes: number[]): string {
    const name = `s${this.weights.length}`;
    const raw = new Uint8Array(BigInt64Array.from(sizes, BigInt).buffer);
    this.weights.push({ name, dims: [sizes.length], type: 7, raw });
    return name;
  }

  finish(
    name: string,
    inputs: Network["inputs"],
    output: string,
    seconds: number,
    copies = 1,
  ): Network {
    const bytes = onnxModel({
      nodes: [...this.nodes, { op: "Identity", inputs: [output], outputs: ["result"] }],
      initializers: this.weights,
      inputs: Object.entries(inputs).map(([name, shape]) => ({ name, shape })),
      outputs: [{ name: "result", shape: ["a", "b", "c"] }],
    });
    const { multiplyAccumulates } = this;
    return { name, bytes, inputs, multiplyAccumulates, seconds, copies };
  }
}

const RATE = 44_100;
const HOP = 512;

/** Spectrum to masks of four stereo stems through two recurrent layers of `width`, hop by hop. */
export function recurrentNetwork(width: number): Network {
  const [inputs, outputs] = [4 * 1025, 16 * 1025];
  const g = new Builder();
  let x = g.linear("x", inputs, width);
  for (let i = 0; i < 2; i++) x = g.recurrent("GRU", x, width);
  const masks = g.linear(x, width, outputs);
  return g.finish(`GRU ${width}`, { x: [1, 1, inputs] }, masks, HOP / RATE);
}

/**
 * Open-Unmix (Stöter, Uhlich, Liutkus, Mitsufuji, 2019) with forward LSTMs, as live use needs: 1487 of
 * 2049 bins in, 512 hidden, three layers, hop 1024; one such network a stem.
 */
export function openUnmix(): Network {
  const hidden = 512;
  const g = new Builder();
  const encoded = g.op("Tanh", [g.linear("x", 2 * 1487, hidden)]);
  let x = encoded;
  for (let i = 0; i < 3; i++) x = g.recurrent("LSTM", x, hidden);
  const joined = g.op("Concat", [encoded, x], { axis: 2 });
  const decoded = g.op("Relu", [g.linear(joined, 2 * hidden, hidden)]);
  const mask = g.op("Relu", [g.linear(decoded, hidden, 2 * 2049)]);
  return g.finish("Open-Unmix, forward", { x: [1, 1, 2 * 1487] }, mask, 1024 / RATE, 4);
}

/**
 * Conv-TasNet, causal, with the sizes used for music at 44.1 kHz (Luo, Mesgarani, 2019; Défossez,
 * Usunier, Bottou, Bach, 2019): 256 filters of 20 samples, 4 times 8 blocks, over one hop of ours.
 */
export function convTasNet(): Network {
  const [filters, bottleneck, hidden, stride] = [256, 256, 512, 10];
  const frames = Math.ceil(HOP / stride);
  const g = new Builder();
  const conv = (
    x: string,
    from: number,
    to: number,
    options: { size?: number; groups?: number; dilation?: number; stride?: number } = {},
  ) => {
    const { size = 1, groups = 1, dilation = 1 } = options;
    g.multiplyAccumulates += (frames * from * to * size) / groups;
    return g.op("Conv", [x, g.weight(to, from / groups, size)], {
      kernel_shape: [size],
      strides: [options.stride ?? 1],
      dilations: [dilation],
      group: groups,
      pads: [options.stride ? 0 : (size - 1) * dilation, 0],
    });
  };
  const encoded = g.op("Relu", [conv("x", 2, filters, { size: 2 * stride, stride })]);
  let x = conv(encoded, filters, bottleneck);
  let skip = "";
  for (let i = 0; i < 32; i++) {
    const wide = g.op("Relu", [conv(x, bottleneck, hidden)]);
    const options = { size: 3, groups: hidden, dilation: 2 ** (i % 8) };
    const spread = g.op("Relu", [conv(wide, hidden, hidden, options)]);
    const part = conv(spread, hidden, bottleneck);
    skip = skip ? g.op("Add", [skip, part]) : part;
    x = g.op("Add", [x, conv(spread, hidden, bottleneck)]);
  }
  const masks = g.op("Sigmoid", [conv(g.op("Relu", [skip]), bottleneck, 4 * filters)]);
  g.multiplyAccumulates += frames * 4 * filters * 2 * 2 * stride;
  const decoded = g.op("ConvTranspose", [masks, g.weight(4 * filters, 2, 2 * stride)], {
    kernel_shape: [2 * stride],
    strides: [stride],
    group: 4,
  });
  const samples = (frames - 1) * stride + 2 * stride;
  return g.finish("Conv-TasNet, causal", { x: [1, 2, samples] }, decoded, HOP / RATE);
}

/** x [1, rows, size] · [size, size]: how fast the runtime multiplies matrices, or one row at a time. */
export function product(rows: number, size = 1024): Network {
  const g = new Builder();
  const result = g.linear("x", size, size, rows);
  return g.finish(`product ${rows}`, { x: [1, rows, size] }, result, 1);
}
