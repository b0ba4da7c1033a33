// The layers of a live network as WebAssembly with SIMD: products of matrices, a GRU's gates, norms, and what
// turns spectra into features and masks into spectra. Any thread but the audio thread.
import { DannaError } from "../errors.ts";
import { Heap } from "./heap.ts";
import {
  f32x4,
  i32,
  i32x4,
  moved,
  repeat,
  v128,
  wasmModule,
  type Code,
  type Local,
  type ValueType,
  type WasmFunction,
} from "./wasm-code.ts";

/**
 * out = offset + rows · matrix, for 1, 2 or 4 rows.
 *
 * The matrix lies in panels of columns, each from the first input to the last (`pack`); an even number of inputs.
 * @param end of the first row of `out`
 * @param inputs bytes of a row's inputs
 * @param stride bytes from row to row, and `outStride` in `out`
 */
type Product = (
  rows: number,
  matrix: number,
  offset: number,
  out: number,
  end: number,
  inputs: number,
  stride: number,
  outStride: number,
) => void;

/** Of a matrix: float16 in panels of 8 columns, float32 in panels of 8, and of 4. */
type Packing = "half" | "single" | "narrow";
/** Rows of a product, the most that are left first. */
const ROWS = [4, 2, 1] as const;
type ProductName = `${Packing}${(typeof ROWS)[number]}`;

/** Addresses, ends, strides and sizes are in bytes, and whole vectors but for addresses. */
export interface NetworkKernels extends Readonly<Record<ProductName, Product>> {
  /** out = a + b */
  add(a: number, b: number, out: number, end: number): void;
  /** values = values / (1 + e^−values) */
  silu(values: number, end: number): void;
  /**
   * The next state of a GRU's row in place of `state`, as ONNX has it with linear_before_reset.
   * @param input gates z, r and h of the input, and `recurrent` of the state, `size` bytes each
   */
  gates(input: number, recurrent: number, state: number, end: number, size: number): void;
  /** Layer norm of rows of `NORMED` values. */
  norm(rows: number, gain: number, offset: number, out: number, end: number): void;
  /** Copies rows of `size` bytes, `stride` apart, to others that are `outStride` apart. */
  copyRows(
    rows: number,
    out: number,
    size: number,
    stride: number,
    outStride: number,
    end: number,
  ): void;
  /**
   * Eight planes: log power of left, right, mid and side; real and imaginary part of left, then of right, over the
   * root of the magnitude. As SpectrumNet.features in models/training/model.py.
   * @param left and `right`: interleaved (re, im)
   * @param plane bytes from plane to plane
   * @param end of the first plane
   * @param scale of the spectra
   */
  features(
    left: number,
    right: number,
    out: number,
    plane: number,
    end: number,
    scale: number,
  ): void;
  /**
   * Four stems of a band: three by complex filters of two taps, the last is the rest of the mixture.
   * @param masks by tap, stem, channel and part a row of `size` bytes
   * @param mixture of this frame, and `previous`: two planes of interleaved (re, im), `plane` bytes apart
   * @param out by stem and channel such a plane
   */
  filter(
    masks: number,
    mixture: number,
    previous: number,
    out: number,
    size: number,
    plane: number,
  ): void;
}

/** Values of a row that is normed. */
export const NORMED = 48;
const EPSILON = 1e-5;
const VECTOR = 16;
const FLOAT = 4;

/**
 * A float16 of a `half` matrix has its sign and its 15 lower bits at the same places of a float32, which then is
 * the weight times 2^−102: numbers that a float16 holds as subnormal, slow on many processors, are normal ones.
 * Inputs are taken times 2^100, what is missing comes last.
 */
const HALF = { weight: 2 ** -102, input: 2 ** 100, rest: 2 ** 2 } as const;
const HALF_BITS = 0x8fffe000 | 0;
/** Set where a float32, times 2^−102, is no such float16: too large, or of too many digits. */
const BEYOND_HALF = 0x70001fff;

type Variable = (type: ValueType) => Local;

const many = <T>(count: number, one: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => one(i));
const next = (pointer: Local, vectors = 1): Code => moved(pointer, i32.const(vectors * VECTOR));
const until = (pointer: Local, end: Local, body: Code): Code =>
  repeat(body, i32.lessUnsigned(pointer.get, end.get));
/** In pairs, which takes the least time. */
const sum = (values: readonly Code[]): Code =>
  values.length === 1
    ? values[0]
    : f32x4.add(sum(values.slice(0, values.length >> 1)), sum(values.slice(values.length >> 1)));

function product(rows: number, packing: Packing): WasmFunction {
  const half = packing === "half";
  const vectors = packing === "narrow" ? 1 : 2;
  /** A single row has too few sums to keep the processor busy: it has two of each. */
  const unrolled = rows === 1 ? 2 : 1;
  const weightBytes = vectors * (half ? VECTOR / 2 : VECTOR);
  return {
    parameters: Array<"i32">(8).fill("i32"),
    body([row, matrix, offset, out, end, inputs, stride, outStride], variable) {
      const sums = many(unrolled, () => many(rows, () => many(vectors, () => variable("v128"))));
      const weights = many(vectors, () => variable("v128"));
      const inputsOf = many(rows, () => variable("i32"));
      const [value, pair] = many(2, () => variable("v128"));
      const [last, outRow] = many(2, () => variable("i32"));
      const bits = (shifted: Code) => v128.and(i32x4.shiftRight(shifted, 3), i32x4.all(HALF_BITS));
      const loaded = (at: number): Code =>
        half
          ? [
              ...pair.set(v128.load(matrix.get, at)),
              ...weights[0].set(bits(i32x4.shiftLeft(pair.get, 16))),
              ...weights[1].set(bits(pair.get)),
            ]
          : weights.flatMap((weight, i) => weight.set(v128.load(matrix.get, at + VECTOR * i)));
      const scaled = (input: Code) => (half ? f32x4.mul(input, f32x4.all(HALF.input)) : input);
      const step = (k: number): Code => [
        ...loaded(k * weightBytes),
        ...inputsOf.flatMap((input, r) => [
          ...value.set(scaled(v128.loadSplat(input.get, FLOAT * k))),
          ...weights.flatMap((weight, i) =>
            sums[k][r][i].set(f32x4.add(sums[k][r][i].get, f32x4.mul(value.get, weight.get))),
          ),
        ]),
      ];
      const result = (r: number, i: number): Code => {
        const all = sum(sums.map((each) => each[r][i].get));
        return f32x4.add(
          v128.load(offset.get, VECTOR * i),
          half ? f32x4.mul(all, f32x4.all(HALF.rest)) : all,
        );
      };
      return until(out, end, [
        ...sums.flat(2).flatMap((each) => each.set(f32x4.all(0))),
        ...inputsOf.flatMap((input, r) =>
          input.set(r === 0 ? row.get : i32.add(inputsOf[r - 1].get, stride.get)),
        ),
        ...last.set(i32.add(row.get, inputs.get)),
        ...until(inputsOf[0], last, [
          ...many(unrolled, step).flat(),
          ...moved(matrix, i32.const(unrolled * weightBytes)),
          ...inputsOf.flatMap((input) => moved(input, i32.const(unrolled * FLOAT))),
        ]),
        ...outRow.set(out.get),
        ...many(rows, (r) => [
          ...many(vectors, (i) => v128.store(outRow.get, result(r, i), VECTOR * i)).flat(),
          ...moved(outRow, outStride.get),
        ]).flat(),
        ...next(out, vectors),
        ...next(offset, vectors),
      ]);
    },
  };
}

/** Code that has to come first, and the value. */
interface Computed {
  readonly first: Code;
  readonly value: Code;
}

const polynomial = (result: Local, x: Local, coefficients: readonly number[]): Code => [
  ...result.set(f32x4.all(coefficients[0])),
  ...coefficients
    .slice(1)
    .flatMap((each) => result.set(f32x4.add(f32x4.mul(result.get, x.get), f32x4.all(each)))),
];

/** ln 2 in two parts, so that whole multiples of the first are exact. */
const LN2 = [0.693359375, -2.1219444e-4] as const;

/** e^x by Cephes's expf (S. L. Moshier): to 2e-7 of itself. */
function exponential(x: Code, variable: Variable): Computed {
  const [rest, power, result] = many(3, () => variable("v128"));
  const coefficients = [
    1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5, 1, 1,
  ];
  const times = (part: number) => f32x4.mul(power.get, f32x4.all(part));
  return {
    first: [
      ...rest.set(f32x4.min(f32x4.max(x, f32x4.all(-87)), f32x4.all(88))),
      ...power.set(f32x4.nearest(f32x4.mul(rest.get, f32x4.all(Math.LOG2E)))),
      ...rest.set(f32x4.sub(f32x4.sub(rest.get, times(LN2[0])), times(LN2[1]))),
      ...polynomial(result, rest, coefficients),
    ],
    value: f32x4.mul(
      result.get,
      i32x4.shiftLeft(i32x4.add(i32x4.truncate(power.get), i32x4.all(127)), 23),
    ),
  };
}

/** ln x of normal positive numbers by Cephes's logf: to 1e-7 of itself or of 1. */
function logarithm(x: Local, variable: Variable): Computed {
  const [power, rest, square, result] = many(4, () => variable("v128"));
  const coefficients = [
    7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  ];
  const rootOfHalf = 0x3f3504f3;
  return {
    first: [
      ...power.set(i32x4.shiftRight(i32x4.sub(x.get, i32x4.all(rootOfHalf)), 23)),
      ...rest.set(f32x4.sub(i32x4.sub(x.get, i32x4.shiftLeft(power.get, 23)), f32x4.all(1))),
      ...power.set(i32x4.convert(power.get)),
      ...square.set(f32x4.mul(rest.get, rest.get)),
      ...polynomial(result, rest, coefficients),
      ...result.set(f32x4.mul(f32x4.mul(result.get, rest.get), square.get)),
      ...result.set(f32x4.add(result.get, f32x4.mul(power.get, f32x4.all(LN2[1])))),
      ...result.set(f32x4.sub(result.get, f32x4.mul(square.get, f32x4.all(0.5)))),
    ],
    value: f32x4.add(f32x4.add(rest.get, result.get), f32x4.mul(power.get, f32x4.all(LN2[0]))),
  };
}

const onePlus = (value: Code) => f32x4.add(f32x4.all(1), value);
const inverse = (value: Code) => f32x4.div(f32x4.all(1), value);
const realParts = (a: Local, b: Local) => f32x4.shuffle(a.get, b.get, 0, 2, 4, 6);
const imaginaryParts = (a: Local, b: Local) => f32x4.shuffle(a.get, b.get, 1, 3, 5, 7);
/** Four complex numbers; `a` and `b` are room. */
const loadComplex = (from: Local, [re, im]: readonly Local[], [a, b]: readonly Local[]): Code => [
  ...a.set(v128.load(from.get)),
  ...b.set(v128.load(from.get, VECTOR)),
  ...re.set(realParts(a, b)),
  ...im.set(imaginaryParts(a, b)),
];
const storeComplex = (to: Local, [re, im]: readonly Local[]): Code => [
  ...v128.store(to.get, f32x4.shuffle(re.get, im.get, 0, 4, 1, 5)),
  ...v128.store(to.get, f32x4.shuffle(re.get, im.get, 2, 6, 3, 7), VECTOR),
];
const times = (a: Local, b: Local) => f32x4.mul(a.get, b.get);

const PRODUCTS = Object.fromEntries(
  (["half", "single", "narrow"] as const).flatMap((packing) =>
    ROWS.map((rows) => [`${packing}${rows}`, product(rows, packing)]),
  ),
) as Record<ProductName, WasmFunction>;

const FUNCTIONS: Record<keyof NetworkKernels, WasmFunction> = {
  ...PRODUCTS,
  add: {
    parameters: ["i32", "i32", "i32", "i32"],
    body: ([a, b, out, end]) =>
      until(out, end, [
        ...v128.store(out.get, f32x4.add(v128.load(a.get), v128.load(b.get))),
        ...[a, b, out].flatMap((pointer) => next(pointer)),
      ]),
  },
  silu: {
    parameters: ["i32", "i32"],
    body([values, end], variable) {
      const value = variable("v128");
      const falling = exponential(f32x4.neg(value.get), variable);
      return until(values, end, [
        ...value.set(v128.load(values.get)),
        ...falling.first,
        ...v128.store(values.get, f32x4.div(value.get, onePlus(falling.value))),
        ...next(values),
      ]);
    },
  },
  gates: {
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    body([input, recurrent, state, end, size], variable) {
      const inputs = [input, ...many(2, () => variable("i32"))];
      const recurrents = [recurrent, ...many(2, () => variable("i32"))];
      const [keep, reset, fresh] = many(3, () => variable("v128"));
      const loaded = (pointers: readonly Local[], gate: number) => v128.load(pointers[gate].get);
      const sigmoid = (result: Local, gate: number): Code => {
        const both = f32x4.add(loaded(inputs, gate), loaded(recurrents, gate));
        const falling = exponential(f32x4.neg(both), variable);
        return [...falling.first, ...result.set(inverse(onePlus(falling.value)))];
      };
      const candidate = f32x4.add(loaded(inputs, 2), f32x4.mul(reset.get, loaded(recurrents, 2)));
      // tanh x = 1 − 2 / (1 + e^2x)
      const rising = exponential(f32x4.mul(candidate, f32x4.all(2)), variable);
      return [
        ...[inputs, recurrents].flatMap((pointers) =>
          [1, 2].flatMap((gate) => pointers[gate].set(i32.add(pointers[gate - 1].get, size.get))),
        ),
        ...until(state, end, [
          ...sigmoid(keep, 0),
          ...sigmoid(reset, 1),
          ...rising.first,
          ...fresh.set(f32x4.sub(f32x4.all(1), f32x4.div(f32x4.all(2), onePlus(rising.value)))),
          ...v128.store(
            state.get,
            f32x4.add(fresh.get, f32x4.mul(keep.get, f32x4.sub(v128.load(state.get), fresh.get))),
          ),
          ...[...inputs, ...recurrents, state].flatMap((pointer) => next(pointer)),
        ]),
      ];
    },
  },
  norm: {
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    body([row, gain, offset, out, end], variable) {
      const values = many(NORMED / 4, () => variable("v128"));
      const total = variable("v128");
      /** The sum of its lanes in each of them. */
      const spread: Code = [
        ...total.set(f32x4.add(total.get, f32x4.shuffle(total.get, total.get, 2, 3, 0, 1))),
        ...total.set(f32x4.add(total.get, f32x4.shuffle(total.get, total.get, 1, 0, 3, 2))),
        ...total.set(f32x4.mul(total.get, f32x4.all(1 / NORMED))),
      ];
      return until(out, end, [
        ...values.flatMap((value, i) => value.set(v128.load(row.get, VECTOR * i))),
        ...total.set(sum(values.map(({ get }) => get))),
        ...spread,
        ...values.flatMap((value) => value.set(f32x4.sub(value.get, total.get))),
        ...total.set(sum(values.map((value) => times(value, value)))),
        ...spread,
        ...total.set(inverse(f32x4.sqrt(f32x4.add(total.get, f32x4.all(EPSILON))))),
        ...values.flatMap((value, i) => {
          const scaled = f32x4.mul(times(value, total), v128.load(gain.get, VECTOR * i));
          const normed = f32x4.add(scaled, v128.load(offset.get, VECTOR * i));
          return v128.store(out.get, normed, VECTOR * i);
        }),
        ...next(row, values.length),
        ...next(out, values.length),
      ]);
    },
  },
  copyRows: {
    parameters: ["i32", "i32", "i32", "i32", "i32", "i32"],
    body([row, out, size, stride, outStride, end], variable) {
      const [from, to, last] = many(3, () => variable("i32"));
      return until(row, end, [
        ...from.set(row.get),
        ...to.set(out.get),
        ...last.set(i32.add(row.get, size.get)),
        ...until(from, last, [
          ...v128.store(to.get, v128.load(from.get)),
          ...next(from),
          ...next(to),
        ]),
        ...moved(row, stride.get),
        ...moved(out, outStride.get),
      ]);
    },
  },
  features: {
    parameters: ["i32", "i32", "i32", "i32", "i32", "f32"],
    body([left, right, out, plane, end, scale], variable) {
      const channels = many(4, () => many(2, () => variable("v128")));
      const roots = many(2, () => variable("v128"));
      const [power, factor] = many(2, () => variable("v128"));
      const to = variable("i32");
      const log = logarithm(power, variable);
      const loaded = (from: Local, channel: readonly Local[]): Code => [
        ...loadComplex(from, channel, [power, factor]),
        ...channel.flatMap((part) => part.set(f32x4.mul(part.get, f32x4.splat(scale.get)))),
      ];
      const halves = (channel: readonly Local[], join: typeof f32x4.add): Code =>
        channel.flatMap((part, i) => {
          const both = join(channels[0][i].get, channels[1][i].get);
          return part.set(f32x4.mul(both, f32x4.all(0.5)));
        });
      const stored = (value: Code): Code => [...v128.store(to.get, value), ...moved(to, plane.get)];
      const level = ([re, im]: readonly Local[], i: number): Code => [
        ...power.set(f32x4.add(f32x4.add(times(re, re), times(im, im)), f32x4.all(1e-8))),
        ...(i < 2 ? roots[i].set(inverse(f32x4.sqrt(f32x4.sqrt(power.get)))) : []),
        ...log.first,
        ...stored(f32x4.add(f32x4.mul(log.value, f32x4.all(0.25)), f32x4.all(1.5))),
      ];
      return until(out, end, [
        ...loaded(left, channels[0]),
        ...loaded(right, channels[1]),
        ...halves(channels[2], f32x4.add),
        ...halves(channels[3], f32x4.sub),
        ...to.set(out.get),
        ...channels.flatMap(level),
        ...roots.flatMap((root, i) => channels[i].flatMap((part) => stored(times(part, root)))),
        ...next(left, 2),
        ...next(right, 2),
        ...next(out),
      ]);
    },
  },
  filter: {
    parameters: ["i32", "i32", "i32", "i32", "i32", "i32"],
    body([masks, mixture, previous, out, size, plane], variable) {
      const end = variable("i32");
      const mask = many(2, () => variable("i32"));
      const frames = many(2, () => many(2, () => variable("v128")));
      const taps = many(2, () => many(2, () => variable("v128")));
      const [stem, rest, room] = many(3, () => many(2, () => variable("v128")));
      const [from, to] = many(2, () => variable("i32"));
      const twice = (bytes: Local, times = 1) => i32.shiftLeft(bytes.get, i32.const(times));
      const product = (tap: number) => {
        const [[mr, mi], [xr, xi]] = [taps[tap], frames[tap]];
        return [
          f32x4.sub(times(mr, xr), times(mi, xi)),
          f32x4.add(times(mr, xi), times(mi, xr)),
        ] as const;
      };
      const [now, before] = [product(0), product(1)];
      const oneStem: Code = [
        ...taps.flatMap(([re, im], tap) => [
          ...re.set(v128.load(mask[tap].get)),
          ...im.set(v128.load(i32.add(mask[tap].get, size.get))),
          // Past both parts of both channels.
          ...moved(mask[tap], twice(size, 2)),
        ]),
        ...stem.flatMap((part, i) => part.set(f32x4.add(now[i], before[i]))),
        ...storeComplex(to, stem),
        ...rest.flatMap((part, i) => part.set(f32x4.sub(part.get, stem[i].get))),
        ...moved(to, twice(plane)),
      ];
      const channel = (second: boolean): Code => [
        ...[mixture, previous].flatMap((planes, tap) => [
          ...from.set(second ? i32.add(planes.get, plane.get) : planes.get),
          ...loadComplex(from, frames[tap], room),
        ]),
        ...rest.flatMap((part, i) => part.set(frames[0][i].get)),
        ...mask[0].set(second ? i32.add(masks.get, twice(size)) : masks.get),
        // A tap has three stems of four rows.
        ...mask[1].set(i32.add(mask[0].get, i32.add(twice(size, 3), twice(size, 2)))),
        ...to.set(second ? i32.add(out.get, plane.get) : out.get),
        ...many(3, () => oneStem).flat(),
        ...storeComplex(to, rest),
      ];
      return [
        ...end.set(i32.add(masks.get, size.get)),
        ...until(masks, end, [
          ...channel(false),
          ...channel(true),
          ...next(masks),
          ...[mixture, previous, out].flatMap((pointer) => next(pointer, 2)),
        ]),
      ];
    },
  },
};

let compiling: Promise<void> | undefined;
let compiled: WebAssembly.Module | undefined;

/** Compiles the kernels, once per thread. Resolves when `new NetworkHeap()` may be called. */
export function loadNetworkKernels(): Promise<void> {
  compiling ??= WebAssembly.compile(wasmModule(FUNCTIONS)).then((module) => {
    compiled = module;
  });
  return compiling;
}

/** A matrix in a heap, as products take it. */
export interface Matrix {
  /** For the numbers of rows in `ROWS`. */
  readonly products: readonly Product[];
  readonly at: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Kernels, weights and what they work on. */
export class NetworkHeap extends Heap {
  readonly kernels: NetworkKernels;

  /** @throws DannaError "input" before `loadNetworkKernels()` resolved */
  constructor() {
    super();
    if (!compiled) throw new DannaError("input", "Await loadNetworkKernels() before a network.");
    this.kernels = this.instantiate(compiled) as unknown as NetworkKernels;
  }

  /** Values in a block of their own. @returns its address */
  keep(values: Float32Array): number {
    const floats = this.allocate(values.length);
    floats.values.set(values);
    return floats.at;
  }

  /**
   * Keeps a matrix [inputs, outputs] in panels. What few rows are multiplied with costs what its bytes cost, and
   * is kept in half as many where float16 holds each weight exactly; many rows are faster with float32.
   * @param outputs a multiple of four
   */
  pack(weights: Float32Array, outputs: number, rows: "few" | "many" = "few"): Matrix {
    const inputs = weights.length / outputs;
    const width = outputs % 8 === 0 ? 8 : 4;
    const panels = new Float32Array(weights.length);
    let to = 0;
    for (let column = 0; column < outputs; column += width) {
      for (let from = column; from < weights.length; from += outputs) {
        for (let i = 0; i < width; i++) panels[to++] = weights[from + i];
      }
    }
    const pairs = width === 8 && rows === "few" ? halves(panels) : undefined;
    const packing = pairs ? "half" : width === 8 ? "single" : "narrow";
    const products = ROWS.map((count) => this.kernels[`${packing}${count}` as const]);
    return { products, at: this.keep(pairs ?? panels), inputs, outputs };
  }

  /** out = offset + x · matrix for `rows` rows of x that lie one after the other. */
  multiply(x: number, matrix: Matrix, offset: number, out: number, rows = 1): void {
    const { products, at, inputs, outputs } = matrix;
    const [stride, outStride] = [FLOAT * inputs, FLOAT * outputs];
    let [from, to, left] = [x, out, rows];
    for (let i = 0; left > 0; i++) {
      for (; left >= ROWS[i]; left -= ROWS[i]) {
        products[i](from, at, offset, to, to + outStride, stride, stride, outStride);
        from += ROWS[i] * stride;
        to += ROWS[i] * outStride;
      }
    }
  }
}

/** Eight weights of a panel in four words: the first four in their lower halves. Undefined where one is no float16. */
function halves(panels: Float32Array): Float32Array | undefined {
  const scaled = new Float32Array(panels.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = panels[i] * HALF.weight;
  const bits = new Int32Array(scaled.buffer);
  let beyond = 0;
  for (let i = 0; i < bits.length; i++) beyond |= bits[i];
  if ((beyond & BEYOND_HALF) !== 0) return undefined;
  const half = (word: number) => ((word >>> 16) & 0x8000) | ((word >>> 13) & 0x7fff);
  const words = new Int32Array(bits.length / 2);
  for (let i = 0; i < words.length; i++) {
    const first = 2 * i - (i & 3);
    words[i] = half(bits[first]) | (half(bits[first + 4]) << 16);
  }
  return new Float32Array(words.buffer);
}
