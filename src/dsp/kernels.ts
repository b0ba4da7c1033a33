// The loops over samples and spectra that take most time beside a model, as WebAssembly with SIMD. Any
// thread but the audio thread.
import { DannaError } from "../errors.ts";
import { Heap } from "./heap.ts";
import {
  f32x4,
  f64,
  f64x2,
  i32,
  moved,
  repeat,
  returnUnless,
  v128,
  wasmModule,
  type Code,
  type Local,
  type WasmFunction,
} from "./wasm-code.ts";

/**
 * Addresses are in bytes of a heap; counts are of floats, at least one. Four are worked on at a time, so up to
 * three beyond `count` are read and written: blocks of a heap have room for them.
 */
export interface Kernels {
  /** out = a·b */
  product(a: number, b: number, out: number, count: number): void;
  /** out = a·b of interleaved (re, im) */
  complexProduct(a: number, b: number, out: number, count: number): void;
  /** out = tail + frame·window, then tail = next·nextWindow */
  overlapAdd(
    frame: number,
    window: number,
    next: number,
    nextWindow: number,
    tail: number,
    out: number,
    count: number,
  ): void;
  /** 1 where every value is a number of at most `limit` in magnitude, else 0. `count` is a multiple of four. */
  allWithin(values: number, limit: number, count: number): 0 | 1;
  /**
   * Adds y·yᴴ of one stem's frame to four arrays of doubles, `stride` bytes apart: left, right, and (re, im) of
   * left times conjugate right. Two bins at a time: of an odd number one more.
   * @param left and `right`: interleaved (re, im) of `bins`
   */
  addCovariances(left: number, right: number, sums: number, stride: number, bins: number): void;
  /**
   * For every stem of a frame share·v·R·(Σ v·R + r·I)⁻¹·x + rest·e: see wiener.ts. Two bins at a time.
   * @param stems y: stems × 2 planes of `plane` bytes
   * @param estimates e: the same, or others like them
   * @param mixture x: 2 such planes
   * @param covariances R: by stem four arrays as above, `stride` bytes apart
   * @param shares by stem as doubles: share twice, rest twice
   * @param variances room for two doubles a stem
   * @param out stems × 2 planes of `outPlane` bytes
   * @param end of `variances`, in bytes: it says how many stems there are
   * @param regularisation r
   */
  posteriorMeans(
    stems: number,
    estimates: number,
    mixture: number,
    plane: number,
    covariances: number,
    stride: number,
    shares: number,
    variances: number,
    end: number,
    out: number,
    outPlane: number,
    regularisation: number,
    bins: number,
  ): void;
}

const VECTOR = 16;

/** For pointers that move on together by a vector at a time until `first` is at `end`. */
function overVectors(pointers: readonly Local[], first: Local, end: Local, body: Code): Code {
  const moves = pointers.flatMap((pointer) => moved(pointer, i32.const(VECTOR)));
  return repeat([...body, ...moves], i32.lessUnsigned(first.get, end.get));
}

/**
 * Makes of `count` things the address at which they end, where the first is at `first`.
 * @param shift two to the power of it are the bytes of one
 */
const endOf = (first: Local, count: Local, shift = 2): Code =>
  count.set(i32.add(first.get, i32.shiftLeft(count.get, i32.const(shift))));

/** Of two interleaved complex numbers, as doubles. */
const realParts = (pair: Local): Code =>
  f64x2.promote(f32x4.shuffle(pair.get, pair.get, 0, 2, 0, 2));
const imaginaryParts = (pair: Local): Code =>
  f64x2.promote(f32x4.shuffle(pair.get, pair.get, 1, 3, 1, 3));
const interleaved = (re: Code, im: Code): Code =>
  f32x4.shuffle(f32x4.demote(re), f32x4.demote(im), 0, 4, 1, 5);

const square = (value: Local): Code => f64x2.mul(value.get, value.get);
const times = (a: Local, b: Local): Code => f64x2.mul(a.get, b.get);
const many = (count: number, one: () => Local) => Array.from({ length: count }, one);

const FUNCTIONS: Record<keyof Kernels, WasmFunction> = {
  product: {
    parameters: ["i32", "i32", "i32", "i32"],
    body: ([a, b, out, count]) => [
      ...endOf(a, count),
      ...overVectors(
        [a, b, out],
        a,
        count,
        v128.store(out.get, f32x4.mul(v128.load(a.get), v128.load(b.get))),
      ),
    ],
  },
  complexProduct: {
    parameters: ["i32", "i32", "i32", "i32"],
    body([a, b, out, count], variable) {
      const left = variable("v128");
      const right = variable("v128");
      const [one, other] = [left.get, right.get];
      const re = f32x4.mul(f32x4.shuffle(one, one, 0, 0, 2, 2), other);
      const swapped = f32x4.shuffle(other, other, 1, 0, 3, 2);
      const im = f32x4.mul(f32x4.shuffle(one, one, 1, 1, 3, 3), swapped);
      return [
        ...endOf(a, count),
        ...overVectors([a, b, out], a, count, [
          ...left.set(v128.load(a.get)),
          ...right.set(v128.load(b.get)),
          ...v128.store(out.get, f32x4.add(re, v128.xor(im, f32x4.const(-0, 0, -0, 0)))),
        ]),
      ];
    },
  },
  overlapAdd: {
    parameters: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    body([frame, window, next, nextWindow, tail, out, count]) {
      const windowed = (samples: Local, by: Local) =>
        f32x4.mul(v128.load(samples.get), v128.load(by.get));
      return [
        ...endOf(frame, count),
        ...overVectors([frame, window, next, nextWindow, tail, out], frame, count, [
          ...v128.store(out.get, f32x4.add(v128.load(tail.get), windowed(frame, window))),
          ...v128.store(tail.get, windowed(next, nextWindow)),
        ]),
      ];
    },
  },
  allWithin: {
    parameters: ["i32", "f32", "i32"],
    result: "i32",
    body([values, limit, count], variable) {
      const most = variable("v128");
      const within = f32x4.lessOrEqual(f32x4.abs(v128.load(values.get)), most.get);
      return [
        ...most.set(f32x4.splat(limit.get)),
        ...endOf(values, count),
        ...overVectors([values], values, count, returnUnless(v128.allTrue(within), i32.const(0))),
        ...i32.const(1),
      ];
    },
  },
  addCovariances: {
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    body([left, right, sums, stride, bins], variable) {
      const [l, r] = many(2, () => variable("v128"));
      const [lRe, lIm, rRe, rIm] = many(4, () => variable("v128"));
      const arrays = [sums, ...many(3, () => variable("i32"))];
      const addTo = (sum: Local, value: Code) =>
        v128.store(sum.get, f64x2.add(v128.load(sum.get), value));
      return [
        ...endOf(left, bins, 3),
        ...arrays.slice(1).flatMap((array, i) => array.set(i32.add(arrays[i].get, stride.get))),
        ...overVectors([left, right, ...arrays], left, bins, [
          ...l.set(v128.load(left.get)),
          ...r.set(v128.load(right.get)),
          ...lRe.set(realParts(l)),
          ...lIm.set(imaginaryParts(l)),
          ...rRe.set(realParts(r)),
          ...rIm.set(imaginaryParts(r)),
          ...addTo(arrays[0], f64x2.add(square(lRe), square(lIm))),
          ...addTo(arrays[1], f64x2.add(square(rRe), square(rIm))),
          ...addTo(arrays[2], f64x2.add(times(lRe, rRe), times(lIm, rIm))),
          ...addTo(arrays[3], f64x2.sub(times(lIm, rRe), times(lRe, rIm))),
        ]),
      ];
    },
  },
  posteriorMeans: {
    parameters: [...Array<"i32">(11).fill("i32"), "f64", "i32"],
    body(parameters, variable) {
      const [stems, estimates, mixture, plane, covariances, stride] = parameters;
      const [shares, variances, end, out, outPlane, regularisation, bins] = parameters.slice(6);
      const [stem, covariance, variance, share, refined] = many(5, () => variable("i32"));
      const [l, r, v] = many(3, () => variable("v128"));
      const [lRe, lIm, rRe, rIm] = many(4, () => variable("v128"));
      // Σ v·R + r·I, its determinant, the mixture over it, and the inverse times the mixture.
      const [left, right, crossRe, crossIm, determinant] = many(5, () => variable("v128"));
      const [xlRe, xlIm, xrRe, xrIm] = many(4, () => variable("v128"));
      const [zlRe, zlIm, zrRe, zrIm] = many(4, () => variable("v128"));
      const [c0, c1, re, im] = many(4, () => variable("v128"));
      const pair = (from: Local): Code => [
        ...l.set(v128.load(from.get)),
        ...r.set(v128.load(i32.add(from.get, plane.get))),
        ...lRe.set(realParts(l)),
        ...lIm.set(imaginaryParts(l)),
        ...rRe.set(realParts(r)),
        ...rIm.set(imaginaryParts(r)),
      ];
      const nextCovariance = [c0, c1, re, im].flatMap((value) => [
        ...value.set(v128.load(covariance.get)),
        ...moved(covariance, stride.get),
      ]);
      const overStems = (planes: Local, body: Code): Code => [
        ...stem.set(planes.get),
        ...covariance.set(covariances.get),
        ...variance.set(variances.get),
        ...repeat(
          [
            ...body,
            ...moved(stem, i32.shiftLeft(plane.get, i32.const(1))),
            ...moved(variance, i32.const(VECTOR)),
          ],
          i32.lessUnsigned(variance.get, end.get),
        ),
      ];
      const add = (sum: Local, value: Code) => sum.set(f64x2.add(sum.get, value));
      const half = f64x2.splat(f64.const(0.5));
      const power = f64x2.mul(
        f64x2.add(f64x2.add(f64x2.add(square(lRe), square(lIm)), square(rRe)), square(rIm)),
        half,
      );
      const mixed = (value: Code, estimate: Local) =>
        f64x2.add(
          f64x2.mul(v128.load(share.get), f64x2.mul(v.get, value)),
          f64x2.mul(v128.load(share.get, VECTOR), estimate.get),
        );
      return [
        ...endOf(stems, bins, 3),
        ...repeat(
          [
            ...left.set(f64x2.splat(regularisation.get)),
            ...right.set(left.get),
            ...crossRe.set(f64x2.splat(f64.const(0))),
            ...crossIm.set(crossRe.get),
            ...overStems(stems, [
              ...pair(stem),
              ...nextCovariance,
              ...v.set(power),
              ...v128.store(variance.get, v.get),
              ...add(left, times(v, c0)),
              ...add(right, times(v, c1)),
              ...add(crossRe, times(v, re)),
              ...add(crossIm, times(v, im)),
            ]),
            ...determinant.set(
              f64x2.sub(f64x2.sub(times(left, right), square(crossRe)), square(crossIm)),
            ),
            ...pair(mixture),
            ...xlRe.set(f64x2.div(lRe.get, determinant.get)),
            ...xlIm.set(f64x2.div(lIm.get, determinant.get)),
            ...xrRe.set(f64x2.div(rRe.get, determinant.get)),
            ...xrIm.set(f64x2.div(rIm.get, determinant.get)),
            ...zlRe.set(
              f64x2.sub(times(right, xlRe), f64x2.sub(times(crossRe, xrRe), times(crossIm, xrIm))),
            ),
            ...zlIm.set(
              f64x2.sub(times(right, xlIm), f64x2.add(times(crossRe, xrIm), times(crossIm, xrRe))),
            ),
            ...zrRe.set(
              f64x2.sub(times(left, xrRe), f64x2.add(times(crossRe, xlRe), times(crossIm, xlIm))),
            ),
            ...zrIm.set(
              f64x2.sub(times(left, xrIm), f64x2.sub(times(crossRe, xlIm), times(crossIm, xlRe))),
            ),
            ...share.set(shares.get),
            ...refined.set(out.get),
            ...overStems(estimates, [
              ...pair(stem),
              ...nextCovariance,
              ...v.set(v128.load(variance.get)),
              ...v128.store(
                refined.get,
                interleaved(
                  mixed(
                    f64x2.sub(f64x2.add(times(c0, zlRe), times(re, zrRe)), times(im, zrIm)),
                    lRe,
                  ),
                  mixed(
                    f64x2.add(f64x2.add(times(c0, zlIm), times(re, zrIm)), times(im, zrRe)),
                    lIm,
                  ),
                ),
              ),
              ...moved(refined, outPlane.get),
              ...v128.store(
                refined.get,
                interleaved(
                  mixed(
                    f64x2.add(f64x2.add(times(re, zlRe), times(im, zlIm)), times(c1, zrRe)),
                    rRe,
                  ),
                  mixed(
                    f64x2.add(f64x2.sub(times(re, zlIm), times(im, zlRe)), times(c1, zrIm)),
                    rIm,
                  ),
                ),
              ),
              ...moved(refined, outPlane.get),
              ...moved(share, i32.const(2 * VECTOR)),
            ]),
            ...[stems, estimates, mixture, covariances, out].flatMap((pointer) =>
              moved(pointer, i32.const(VECTOR)),
            ),
          ],
          i32.lessUnsigned(stems.get, bins.get),
        ),
      ];
    },
  },
};

let compiling: Promise<void> | undefined;
let compiled: WebAssembly.Module | undefined;

/** Compiles the kernels, once per thread. Resolves when `new KernelHeap()` may be called. */
export function loadKernels(): Promise<void> {
  compiling ??= WebAssembly.compile(wasmModule(FUNCTIONS)).then((module) => {
    compiled = module;
  });
  return compiling;
}

/** Kernels and what they work on. */
export class KernelHeap extends Heap {
  readonly kernels: Kernels;

  /** @throws DannaError "input" before `loadKernels()` resolved */
  constructor() {
    super();
    if (!compiled) throw new DannaError("input", "Await loadFft() before using its kernels.");
    this.kernels = this.instantiate(compiled) as unknown as Kernels;
  }
}
