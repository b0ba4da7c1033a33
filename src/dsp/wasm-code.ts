// Assembles small WebAssembly modules of loops over memory, with SIMD. Pure; any thread.
//
// Code is written as expressions: each gives the bytes that leave its value on the stack. Binary format and
// opcodes: WebAssembly Core Specification 2.0, sections 5.4 and 5.5.

/** Instructions. */
export type Code = readonly number[];

const [I32, F32, F64, V128] = [0x7f, 0x7d, 0x7c, 0x7b];
const TYPES = { i32: I32, f32: F32, f64: F64, v128: V128 } as const;
export type ValueType = keyof typeof TYPES;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value > 0x7f ? [low | 0x80, ...unsigned(value >>> 7)] : [low];
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const low = value & 0x7f;
  const last = value >> 6 === 0 || value >> 6 === -1;
  return last ? [low] : [low | 0x80, ...signed(value >> 7)];
}

const vector = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const sized = (code: Code): number[] => [...unsigned(code.length), ...code];

const op =
  (...bytes: number[]) =>
  (...operands: readonly Code[]): Code => [...operands.flat(), ...bytes];
const simd = (opcode: number) => op(0xfd, ...unsigned(opcode));
/** Addresses are those of floats: 4 bytes are all that they are aligned to. */
const ALIGNMENT = 2;
const memory = (opcode: number, offset: number) =>
  simd(opcode)().concat(ALIGNMENT, ...unsigned(offset));

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: op(0x6a),
  shiftLeft: op(0x74),
  lessUnsigned: op(0x49),
};
export const f64 = {
  const: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
};
export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...memory(0, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...memory(11, offset),
  ],
  /** The float there in all four lanes. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...memory(9, offset)],
  and: simd(78),
  xor: simd(81),
  /** i32 */
  allTrue: simd(163),
};
export const f32x4 = {
  splat: simd(19),
  nearest: simd(106),
  abs: simd(224),
  neg: simd(225),
  sqrt: simd(227),
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
  min: simd(232),
  max: simd(233),
  lessOrEqual: simd(69),
  const: (...lanes: readonly [number, number, number, number]): Code => [
    ...simd(12)(),
    ...new Uint8Array(Float32Array.of(...lanes).buffer),
  ],
  /** The number in all four lanes. */
  all: (value: number): Code => f32x4.const(value, value, value, value),
  /** Lanes 0 to 3 of `a`, 4 to 7 of `b`. */
  shuffle: (a: Code, b: Code, ...lanes: readonly [number, number, number, number]): Code => [
    ...a,
    ...b,
    ...simd(13)(),
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  ],
  /** The two numbers of each go to the lower lanes. */
  demote: simd(94),
};
export const i32x4 = {
  all: (value: number): Code => [
    ...simd(12)(),
    ...new Uint8Array(Int32Array.of(value, value, value, value).buffer),
  ],
  shiftLeft: (value: Code, bits: number): Code => simd(171)(value, i32.const(bits)),
  /** Of signed numbers. */
  shiftRight: (value: Code, bits: number): Code => simd(172)(value, i32.const(bits)),
  add: simd(174),
  sub: simd(177),
  /** Of an f32x4, towards zero. */
  truncate: simd(248),
  /** To an f32x4. */
  convert: simd(250),
};
export const f64x2 = {
  splat: simd(20),
  /** Of the lower lanes of an f32x4. */
  promote: simd(95),
  add: simd(240),
  sub: simd(241),
  mul: simd(242),
  div: simd(243),
};

/** A parameter or variable of a function. */
export class Local {
  readonly get: Code;
  readonly #index: number;

  constructor(index: number) {
    this.#index = index;
    this.get = [0x20, ...unsigned(index)];
  }

  set(value: Code): Code {
    return [...value, 0x21, ...unsigned(this.#index)];
  }

  /** Sets it and leaves the value on the stack. */
  tee(value: Code): Code {
    return [...value, 0x22, ...unsigned(this.#index)];
  }
}

/** The pointer, `by` bytes on. */
export const moved = (pointer: Local, by: Code): Code => pointer.set(i32.add(pointer.get, by));

/** Runs `body` again while `condition`, an i32, is not zero. */
export const repeat = (body: Code, condition: Code): Code => [
  0x03,
  0x40,
  ...body,
  ...condition,
  0x0d,
  0x00,
  0x0b,
];

/** Ends the function with `value` where `condition`, an i32, is zero. */
export const returnUnless = (condition: Code, value: Code): Code => [
  ...condition,
  0x45,
  0x04,
  0x40,
  ...value,
  0x0f,
  0x0b,
];

export interface WasmFunction {
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
  /** @param local gives a new variable, or a parameter by its number */
  body(parameter: readonly Local[], variable: (type: ValueType) => Local): Code;
}

/** A module over the imported memory "m" of the module "m" whose functions are exported by their names. */
export function wasmModule(
  functions: Readonly<Record<string, WasmFunction>>,
): Uint8Array<ArrayBuffer> {
  const all = Object.entries(functions);
  const section = (id: number, items: readonly Code[]) => [id, ...sized(vector(items))];
  const name = (text: string) => sized([...new TextEncoder().encode(text)]);
  const types = all.map(([, { parameters, result }]) => [
    0x60,
    ...vector(parameters.map((type) => [TYPES[type]])),
    ...vector(result ? [[TYPES[result]]] : []),
  ]);
  const bodies = all.map(([, { parameters, body }]) => {
    const variables: ValueType[] = [];
    const code = body(
      parameters.map((_, i) => new Local(i)),
      (type) => new Local(parameters.length + variables.push(type) - 1),
    );
    return sized([...vector(variables.map((type) => [1, TYPES[type]])), ...code, 0x0b]);
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [[...name("m"), ...name("m"), 2, 0, 0]]),
    ...section(
      3,
      all.map((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      all.map(([key], i) => [...name(key), 0, ...unsigned(i)]),
    ),
    ...section(10, bodies),
  ]);
}
