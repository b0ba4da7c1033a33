// What the fields of a model manifest may hold, as schemas of valibot, and the one error that names the
// first wrong field. Any thread; pure.
//
// The message of each schema is what it expects, so that every error reads: field, cause, cure.
import * as v from "valibot";
import { DannaError } from "../errors.ts";
import { MODEL_NAME, type Fields } from "./fields.ts";

/** Models beyond these are refused before anything of their size is allocated. */
export const LIMITS = {
  bytes: 2 ** 30,
  /** Of a model that runs live, in whose memory there is no room for more. */
  streamingBytes: 256 * 2 ** 20,
  fftSize: { least: 64, most: 16384 },
  sampleRate: { least: 8000, most: 192_000 },
  lookahead: 64,
  /** An output of an AudioWorkletNode has 32 channels at most: two for each stem, and one more. */
  stems: { least: 2, most: 12 },
  stateTensors: 64,
  stateFloats: 2 ** 22,
} as const;

function show(value: unknown): string {
  const text = value === undefined ? "missing" : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** @throws DannaError "manifest" that names the field, unless `holds` */
export function check(holds: boolean, field: string, expected: string, value: unknown): void {
  if (holds) return;
  throw new DannaError(
    "manifest",
    `Model manifest: "${field}" must be ${expected}, but is ${show(value)}.`,
  );
}

/**
 * The value as the schema gives it.
 * @throws DannaError "manifest" that names the first wrong field and what it must be
 */
export function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [{ path, message, input }] = result.issues;
  const field = (path ?? []).reduce((name, { key }) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? String(key) : `${name}.${String(key)}`;
  }, "");
  check(false, field || "manifest", message, input);
  throw new TypeError("check() throws");
}

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Any object, with all that it holds. */
export const anyObject = v.custom<Fields>(isObject, "an object");

/** An object whose `entries` are checked in their order; what else it holds is left out. */
export function object<const T extends Readonly<Record<string, v.GenericSchema<unknown>>>>(
  entries: T,
): v.GenericSchema<unknown, { readonly [K in keyof T]: v.InferOutput<T[K]> }> {
  const names = Object.keys(entries);
  // A missing field is given to its own schema, whose message says what it must be.
  const known = (fields: Fields) => Object.fromEntries(names.map((name) => [name, fields[name]]));
  const schema: unknown = v.pipe(anyObject, v.transform(known), v.object(entries) as never);
  return schema as v.GenericSchema<unknown, { readonly [K in keyof T]: v.InferOutput<T[K]> }>;
}

export function list<T>(
  item: v.GenericSchema<unknown, T>,
  most: number,
  least = 0,
): v.GenericSchema<unknown, readonly T[]> {
  const expected = least > 0 ? `a list of ${least} to ${most}` : `a list of at most ${most}`;
  const fits = (value: unknown) =>
    Array.isArray(value) && value.length >= least && value.length <= most;
  return v.pipe(v.custom<unknown[]>(fits, expected), v.array(item));
}

export const number = (least: number, most: number) => {
  const expected = `a number from ${least} to ${most}`;
  return v.pipe(
    v.unknown(),
    v.number(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
};

export const whole = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.unknown(),
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
};

/** Exactly this number. */
export const exactly = <const T extends number>(value: T, expected: string) =>
  v.pipe(v.unknown(), v.literal(value, expected));

/** What stands for a field that is missing. */
export const optional = <T>(
  schema: v.GenericSchema<unknown, T>,
  missing: unknown,
): v.GenericSchema<unknown, T> => v.optional(schema, missing) as v.GenericSchema<unknown, T>;

const TEXT = "a non-empty string";
export const text = v.pipe(
  v.unknown(),
  v.string(TEXT),
  v.check((value) => value.trim() !== "" && !/\p{Surrogate}/u.test(value), TEXT),
);

export const matching = (pattern: RegExp, expected: string) =>
  v.pipe(v.unknown(), v.string(expected), v.regex(pattern, expected));

export const oneOf = <const T extends string>(values: readonly T[], expected: string) =>
  v.pipe(v.unknown(), v.picklist(values, expected));

/** Exactly these dimensions. */
export function shape<const T extends readonly (number | string)[]>(expected: T) {
  const text = JSON.stringify(expected);
  return v.custom<T>((value) => Array.isArray(value) && JSON.stringify(value) === text, text);
}

/** So many floats for each frame. */
export const framesOf = v.custom<readonly ["frames", ...number[]]>(
  (value) =>
    Array.isArray(value) &&
    value[0] === "frames" &&
    value.length > 1 &&
    value.slice(1).every((size) => Number.isInteger(size) && size > 0) &&
    value.slice(1).reduce((product, size) => product * size, 1) <= LIMITS.stateFloats,
  `["frames", …], of at most ${LIMITS.stateFloats} floats a frame`,
);

export const modelName = matching(MODEL_NAME, "a name of letters, digits, dots and dashes");

/** They name files and parts of addresses, too. */
const STEM_NAMES = `${LIMITS.stems.least} to ${LIMITS.stems.most} different names of up to 24 lower-case letters, digits and dashes`;
export const stemNames = v.pipe(
  v.custom<readonly unknown[]>(
    (value) =>
      Array.isArray(value) &&
      value.length >= LIMITS.stems.least &&
      value.length <= LIMITS.stems.most &&
      new Set(value).size === value.length,
    STEM_NAMES,
  ),
  v.array(
    matching(/^[a-z][a-z0-9-]{0,23}$/, "a name of up to 24 lower-case letters, digits and dashes"),
  ),
);

/** What every manifest says of its model. */
export const CARD = {
  format: exactly(1, "1"),
  name: modelName,
  /** Licence of the weights, an SPDX identifier where there is one. */
  licence: text,
  /** Names of the data sets, empty for a model that was not trained. */
  trainedOn: list(text, 1000),
  scores: anyObject,
};

/** What a manifest says of its ONNX file, which lies beside it, plain or as planes.ts has it. */
export const FILE = {
  file: matching(/^[\w-][\w.-]*\.onnx(\.planes\.gz)?$/, "the name of an .onnx file beside it"),
  bytes: whole(1, LIMITS.bytes),
  /** Of the plain file. */
  sha256: matching(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"),
};

export const overlap = number(0, 0.9);
