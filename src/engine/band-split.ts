// The shipped live networks without ONNX Runtime, in a third of its time for a hop. Page, worker or Node.
//
// It is known by its fingerprint what such a graph computes: the causal band-split network of
// models/training/model.py. Its weights are read from the file, in the order of the nodes.
import { NetworkHeap, NORMED, loadNetworkKernels, type Matrix } from "../dsp/network-kernels.ts";
import type { HeapFloats } from "../dsp/heap.ts";
import { DannaError } from "../errors.ts";
import type { SpectralManifest } from "../model/manifest.ts";
import { fingerprint, floats, readGraph, type OnnxGraph } from "../model/read-onnx.ts";
import type { ModelResult, ModelSession, ModelState } from "./model-session.ts";

/** Sizes of a network, as in a config of the training recipe. */
interface Layout {
  readonly fftSize: number;
  /** Bands and bins of each, from low to high. */
  readonly bands: readonly (readonly [count: number, width: number])[];
  readonly blocks: number;
  /** Each block delays what passes it by a hop, and masks are what comes out; else stems, by filters of two taps. */
  readonly delayed: boolean;
}

const CHANNELS = NORMED;
const [SQUEEZE, BOTTLENECK, HIDDEN] = [12, 160, 64];
const FEATURES = 8;
const STEMS = 4;
const BANDS = 42;
const FLOAT = 4;
/** Of each bin: real and imaginary parts for two channels, of two taps of all stems but the last, or of all stems. */
const FILTER_ROWS = 2 * (STEMS - 1) * 2 * 2;
const MASK_ROWS = STEMS * 2 * 2;

const LIVE: Layout = {
  fftSize: 2048,
  bands: [
    [16, 4],
    [8, 8],
    [8, 16],
    [4, 32],
    [4, 64],
    [2, 192],
  ],
  blocks: 4,
  delayed: false,
};

const KARAOKE: Layout = {
  fftSize: 4096,
  bands: [
    [16, 8],
    [8, 16],
    [8, 32],
    [4, 64],
    [4, 128],
    [2, 384],
  ],
  blocks: 6,
  delayed: true,
};

/** By the fingerprint of their graphs. The file of `live` is older than the order in which the exporter writes its nodes now. */
const LAYOUTS: ReadonlyMap<string, Layout> = new Map([
  ["28aa79d3f7a0fa60f4c45e7aad928fc91125098847e3220554aca6124ec2cd26", LIVE],
  ["ac485522f2d8ec83a3278bdddebcaaf710f692461bfec42542f69df4bb82639f", LIVE],
  ["103b10746b3ff3d9e62c7a5fe6104d306073787e6743395275298e96050c31e9", KARAOKE],
]);

/** A layer: a matrix, and the address of what is added. */
interface Linear {
  readonly matrix: Matrix;
  readonly offset: number;
}

interface Gru {
  readonly input: Linear;
  readonly recurrent: Linear;
}

interface Norm {
  readonly gain: number;
  readonly offset: number;
}

interface Block {
  readonly timeNorm: Norm;
  readonly time: Gru;
  readonly timeOut: Linear;
  readonly bandNorm: Norm;
  readonly squeeze: Linear;
  readonly down: Linear;
  readonly full: Gru;
  readonly up: Linear;
  readonly expand: Linear;
}

/** The weights of layers in the order of the graph's nodes. */
function* constants({ nodes, tensors }: OnnxGraph): Generator<Float32Array, undefined> {
  const names = new Map([...tensors.keys()].map((name) => [name, name]));
  const products = new Set<string>();
  const values = (name: string) => floats(tensors.get(names.get(name)!)!);
  /** The product that mixes left and right to mid and side. */
  let mixing = true;
  for (const { operator, inputs, outputs } of nodes) {
    const [first, second] = inputs;
    if (operator === "Cast") {
      names.set(outputs[0], first);
    } else if (operator === "LayerNormalization" || operator === "GRU") {
      for (const name of inputs.slice(1)) if (names.has(name)) yield values(name);
    } else if (operator === "MatMul" && mixing) {
      mixing = false;
    } else if (operator === "MatMul") {
      products.add(outputs[0]);
      yield values(second);
    } else if (operator === "Add" && products.has(first) && names.has(second)) {
      yield values(second);
    }
  }
}

/** Keeps layers' weights, as they come, in a heap. */
class Reader {
  readonly #heap: NetworkHeap;
  readonly #constants: Generator<Float32Array, undefined>;

  constructor(heap: NetworkHeap, graph: OnnxGraph) {
    this.#heap = heap;
    this.#constants = constants(graph);
  }

  #next(): Float32Array {
    return this.#constants.next().value!;
  }

  #offset(): number {
    return this.#heap.keep(this.#next());
  }

  linear(outputs: number, rows?: "few" | "many"): Linear {
    return { matrix: this.#heap.pack(this.#next(), outputs, rows), offset: this.#offset() };
  }

  /** A layer of its own for each of `count` bands. */
  byBand(count: number, outputs: number): Linear[] {
    const [weights, offsets] = [this.#next(), this.#next()];
    const size = weights.length / count;
    return Array.from({ length: count }, (_, i) => ({
      matrix: this.#heap.pack(weights.subarray(i * size, (i + 1) * size), outputs),
      offset: this.#heap.keep(offsets.subarray(i * outputs, (i + 1) * outputs)),
    }));
  }

  norm(): Norm {
    return { gain: this.#offset(), offset: this.#offset() };
  }

  gru(size: number, rows?: "few" | "many"): Gru {
    const [input, recurrent, offsets] = [this.#next(), this.#next(), this.#next()];
    const gates = 3 * size;
    const layer = (weights: Float32Array, from: number): Linear => {
      // The file has [gates, inputs].
      const inputs = weights.length / gates;
      const turned = new Float32Array(weights.length);
      for (let i = 0; i < gates; i++) {
        for (let j = 0; j < inputs; j++) turned[j * gates + i] = weights[i * inputs + j];
      }
      const offset = this.#heap.keep(offsets.subarray(from, from + gates));
      return { matrix: this.#heap.pack(turned, gates, rows), offset };
    };
    return { input: layer(input, 0), recurrent: layer(recurrent, gates) };
  }

  block(): Block {
    return {
      timeNorm: this.norm(),
      time: this.gru(CHANNELS, "many"),
      timeOut: this.linear(CHANNELS, "many"),
      bandNorm: this.norm(),
      squeeze: this.linear(SQUEEZE, "many"),
      down: this.linear(BOTTLENECK),
      full: this.gru(BOTTLENECK),
      up: this.linear(BANDS * SQUEEZE),
      expand: this.linear(CHANNELS, "many"),
    };
  }
}

const bytes = (count: number) => FLOAT * count;

/** Floats of what a network's layers leave to others. */
const ROOM = {
  features: ({ fftSize }: Layout) => FEATURES * (fftSize / 2),
  /** A band's features. */
  band: ({ bands }: Layout) => FEATURES * Math.max(...bands.map(([, width]) => width)),
  x: () => BANDS * CHANNELS,
  other: () => BANDS * CHANNELS,
  normed: () => BANDS * CHANNELS,
  gates: () => BANDS * 3 * CHANNELS,
  recurrent: () => BANDS * 3 * CHANNELS,
  squeezed: () => BANDS * SQUEEZE,
  narrow: () => BOTTLENECK,
  hidden: () => BANDS * HIDDEN,
} as const;

/** A network with its state, which takes one frame after the other. */
class BandSplit {
  readonly #layout: Layout;
  readonly #heap = new NetworkHeap();
  /** By band. */
  readonly #encoders: readonly Linear[];
  readonly #blocks: readonly Block[];
  readonly #headNorm: Norm;
  /** By band. */
  readonly #head: readonly Linear[];
  /** By width of bands. */
  readonly #decoders: readonly Linear[];
  /** As in the manifest: GRUs of the bands, those of all bands, and the mixture's last frame or what blocks delay. */
  readonly state: readonly [HeapFloats, HeapFloats, HeapFloats];
  readonly #mixture: HeapFloats;
  readonly #masks: HeapFloats;
  readonly output: HeapFloats;
  /** Addresses of what layers leave to others. */
  readonly #room: Readonly<Record<keyof typeof ROOM, number>>;

  constructor(layout: Layout, graph: OnnxGraph) {
    const { bands, blocks, fftSize, delayed } = layout;
    const heap = this.#heap;
    const reader = new Reader(heap, graph);
    const rows = delayed ? MASK_ROWS : FILTER_ROWS;
    this.#layout = layout;
    this.#encoders = bands.flatMap(([count]) => reader.byBand(count, CHANNELS));
    this.#blocks = Array.from({ length: blocks }, () => reader.block());
    this.#headNorm = reader.norm();
    this.#head = reader.byBand(BANDS, HIDDEN);
    this.#decoders = bands.map(([, width]) => reader.linear(rows * width));
    const frame = fftSize + 2;
    const delayedFloats = delayed ? blocks * BANDS * CHANNELS : 2 * frame;
    this.state = [
      heap.allocate(blocks * BANDS * CHANNELS),
      heap.allocate(blocks * BOTTLENECK),
      heap.allocate(delayedFloats),
    ];
    this.#mixture = heap.allocate(2 * frame);
    this.#masks = heap.allocate(Math.max(...bands.map(([count, width]) => count * rows * width)));
    this.output = heap.allocate(STEMS * 2 * frame);
    const names = Object.keys(ROOM) as (keyof typeof ROOM)[];
    this.#room = Object.fromEntries(
      names.map((name) => [name, heap.allocate(ROOM[name](layout)).at]),
    ) as Record<keyof typeof ROOM, number>;
  }

  /** Reads a frame's spectrum; its result is `output`, and `state` is the next. */
  process(spectrum: Float32Array): void {
    this.#mixture.values.set(spectrum);
    this.#encode();
    let { x, other } = this.#room;
    this.#blocks.forEach((block, i) => {
      if (this.#overTime(block, i, x, other)) [x, other] = [other, x];
      this.#acrossBands(block, i, x);
    });
    this.#decode(x);
  }

  /** Features of each band to its channels, in `x`. */
  #encode(): void {
    const { kernels } = this.#heap;
    const { fftSize, bands } = this.#layout;
    const { features, band: inputs, x } = this.#room;
    const plane = bytes(fftSize / 2);
    const [left, right] = [this.#mixture.at, this.#mixture.at + bytes(fftSize + 2)];
    kernels.features(left, right, features, plane, features + plane, FEATURES / fftSize);
    const end = features + FEATURES * plane;
    let [from, to, i] = [features, x, 0];
    for (const [count, width] of bands) {
      for (let band = 0; band < count; band++) {
        kernels.copyRows(from, inputs, bytes(width), plane, bytes(width), end);
        this.#apply(this.#encoders[i++], inputs, to);
        from += bytes(width);
        to += bytes(CHANNELS);
      }
    }
  }

  /** Adds what a GRU over time hears to `x`; where blocks delay, to what `x` was, in `other`. @returns whether there */
  #overTime({ timeNorm, time, timeOut }: Block, i: number, x: number, other: number): boolean {
    const { kernels } = this.#heap;
    const { normed, gates, recurrent } = this.#room;
    const size = bytes(BANDS * CHANNELS);
    const row = bytes(CHANNELS);
    const state = this.state[0].at + i * size;
    this.#norm(timeNorm, x);
    this.#apply(time.input, normed, gates, BANDS);
    this.#apply(time.recurrent, state, recurrent, BANDS);
    for (let band = 0; band < BANDS; band++) {
      const [at, gate] = [state + band * row, 3 * band * row];
      kernels.gates(gates + gate, recurrent + gate, at, at + row, row);
    }
    this.#apply(timeOut, state, normed, BANDS);
    const { delayed } = this.#layout;
    const passed = delayed ? this.state[2].at + i * size : x;
    const sum = delayed ? other : x;
    kernels.add(passed, normed, sum, sum + size);
    if (delayed) kernels.copyRows(x, passed, size, size, size, x + size);
    return delayed;
  }

  /** Adds what all bands tell each other through a narrow GRU to `x`. */
  #acrossBands(block: Block, i: number, x: number): void {
    const { kernels } = this.#heap;
    const { normed, gates, recurrent, squeezed, narrow } = this.#room;
    const state = this.state[1].at + i * bytes(BOTTLENECK);
    const end = squeezed + bytes(BANDS * SQUEEZE);
    this.#norm(block.bandNorm, x);
    this.#apply(block.squeeze, normed, squeezed, BANDS);
    kernels.silu(squeezed, end);
    this.#apply(block.down, squeezed, narrow);
    this.#apply(block.full.input, narrow, gates);
    this.#apply(block.full.recurrent, state, recurrent);
    kernels.gates(gates, recurrent, state, state + bytes(BOTTLENECK), bytes(BOTTLENECK));
    kernels.add(narrow, state, narrow, narrow + bytes(BOTTLENECK));
    this.#apply(block.up, narrow, squeezed);
    kernels.silu(squeezed, end);
    this.#apply(block.expand, squeezed, normed, BANDS);
    kernels.add(x, normed, x, x + bytes(BANDS * CHANNELS));
  }

  /** Channels of each band to its masks, and these to `output`. */
  #decode(x: number): void {
    const { kernels } = this.#heap;
    const { fftSize, bands, delayed } = this.#layout;
    const { normed, hidden } = this.#room;
    this.#norm(this.#headNorm, x);
    this.#head.forEach((layer, band) =>
      this.#apply(layer, normed + band * bytes(CHANNELS), hidden + band * bytes(HIDDEN)),
    );
    kernels.silu(hidden, hidden + BANDS * bytes(HIDDEN));
    const plane = bytes(fftSize + 2);
    let [from, bin] = [hidden, 0];
    bands.forEach(([count, width], i) => {
      const masks = this.#masks.at;
      const size = bytes(this.#decoders[i].matrix.outputs);
      this.#apply(this.#decoders[i], from, masks, count);
      from += count * bytes(HIDDEN);
      for (let at = masks; at < masks + count * size; at += size) {
        const [to, part] = [bytes(2 * bin), bytes(width)];
        if (delayed) {
          kernels.copyRows(at, this.output.at + to, 2 * part, 2 * part, plane, at + size);
        } else {
          const [now, before] = [this.#mixture.at + to, this.state[2].at + to];
          kernels.filter(at, now, before, this.output.at + to, part, plane);
        }
        bin += width;
      }
    });
    if (delayed) this.#lastMasks();
    else this.#lastBins();
  }

  /** Nyquist, which no band covers, shares the masks of the bin below. */
  #lastMasks(): void {
    const { values } = this.output;
    const plane = this.#layout.fftSize + 2;
    for (let end = plane; end <= values.length; end += plane) {
      values.copyWithin(end - 2, end - 4, end - 2);
    }
  }

  /** Filters Nyquist with the masks of the bin below, and keeps the mixture's frame. */
  #lastBins(): void {
    const plane = this.#layout.fftSize + 2;
    const { values } = this.output;
    const frames = [this.#mixture.values, this.state[2].values];
    const [count, width] = this.#layout.bands.at(-1)!;
    const last = (count - 1) * FILTER_ROWS * width + width - 1;
    const masks = this.#masks.values;
    for (let channel = 0; channel < 2; channel++) {
      const bin = (channel + 1) * plane - 2;
      let [restRe, restIm] = frames[0].subarray(bin);
      for (let stem = 0; stem < STEMS - 1; stem++) {
        let [re, im] = [0, 0];
        frames.forEach((frame, tap) => {
          const row = 2 * (2 * ((STEMS - 1) * tap + stem) + channel);
          const [maskRe, maskIm] = [masks[last + row * width], masks[last + (row + 1) * width]];
          re += maskRe * frame[bin] - maskIm * frame[bin + 1];
          im += maskRe * frame[bin + 1] + maskIm * frame[bin];
        });
        values.set([re, im], 2 * stem * plane + bin);
        restRe -= re;
        restIm -= im;
      }
      values.set([restRe, restIm], 2 * (STEMS - 1) * plane + bin);
    }
    this.state[2].values.set(this.#mixture.values);
  }

  #apply({ matrix, offset }: Linear, from: number, to: number, rows?: number): void {
    this.#heap.multiply(from, matrix, offset, to, rows);
  }

  /** `x` to `normed`. */
  #norm({ gain, offset }: Norm, x: number): void {
    const { normed } = this.#room;
    this.#heap.kernels.norm(x, gain, offset, normed, normed + bytes(BANDS * CHANNELS));
  }
}

class BandSplitSession implements ModelSession {
  readonly manifest: SpectralManifest;
  readonly backend = "wasm";
  readonly inputFloats: number;
  readonly outputFloats: number;
  /** Undefined when disposed of. */
  #network: BandSplit | undefined;

  constructor(manifest: SpectralManifest, network: BandSplit) {
    this.manifest = manifest;
    this.inputFloats = 2 * (manifest.fftSize + 2);
    this.outputFloats = STEMS * this.inputFloats;
    this.#network = network;
  }

  createState(): ModelState {
    return this.manifest.state.map(({ shape }) => ({
      data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
    }));
  }

  async run(spectrum: Float32Array, frames: number, state: ModelState): Promise<ModelResult> {
    const network = this.#network;
    if (!network) {
      throw new DannaError("model", `Model "${this.manifest.name}": it was disposed of.`);
    }
    const { inputFloats, outputFloats } = this;
    const output = new Float32Array(frames * outputFloats);
    network.state.forEach(({ values }, i) => values.set(state[i].data as Float32Array));
    for (let frame = 0; frame < frames; frame++) {
      network.process(spectrum.subarray(frame * inputFloats, (frame + 1) * inputFloats));
      output.set(network.output.values, frame * outputFloats);
    }
    return { output, state: network.state.map(({ values }) => ({ data: values.slice() })) };
  }

  async dispose(): Promise<void> {
    this.#network = undefined;
  }
}

/** Whether a manifest says of its graph what it is. */
function fits(manifest: SpectralManifest, { fftSize, blocks, delayed }: Layout): boolean {
  const { output, lookahead, stems, state } = manifest;
  const shapes = [
    [blocks, BANDS, CHANNELS],
    [blocks, 1, BOTTLENECK],
    delayed ? [blocks, BANDS, CHANNELS] : [1, 2, fftSize / 2 + 1, 2],
  ];
  const names = ["bands", "full", delayed ? "passed" : "previous"];
  const wanted = names.map((name, i) => ({
    input: name,
    output: `next_${name}`,
    shape: shapes[i],
  }));
  return (
    manifest.kind === "streaming" &&
    manifest.fftSize === fftSize &&
    lookahead === (delayed ? blocks : 0) &&
    stems.length === STEMS &&
    output.name === (delayed ? "masks" : "spectra") &&
    output.kind === (delayed ? "mask" : "spectrum") &&
    manifest.input.name === "spectrum" &&
    JSON.stringify(state) === JSON.stringify(wanted)
  );
}

/** Whether the model looks as if ONNX Runtime were not needed for it; its graph has the last word. */
export const looksKnown = (manifest: SpectralManifest): boolean =>
  [...LAYOUTS.values()].some((layout) => fits(manifest, layout));

/**
 * @param bytes the ONNX file, which is sound and the manifest's
 * @returns undefined for any other network than those that are known here
 */
export async function openBandSplit(
  manifest: SpectralManifest,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<ModelSession | undefined> {
  if (!looksKnown(manifest)) return undefined;
  const graph = readGraph(bytes);
  const layout = LAYOUTS.get(await fingerprint(graph));
  if (!layout || !fits(manifest, layout)) return undefined;
  await loadNetworkKernels();
  return new BandSplitSession(manifest, new BandSplit(layout, graph));
}
