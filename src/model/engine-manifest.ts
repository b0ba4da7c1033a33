// Model manifests (models/NAME.json): type, parser, limits. Any thread.
import { DannaError } from "../errors.ts";
import { STEMS, type Stem } from "../stems.ts";

/** A recurrent state of the graph: float32, zeros at the start. */
export interface StateTensor {
  /** Names of the graph's input that takes the state and of the output that returns the next. */
  readonly input: string;
  readonly output: string;
  readonly shape: readonly number[];
}

/** Everything the engine knows of a model. Shapes count (frames, stems, channels, bins, re/im). */
export interface ModelManifest {
  readonly format: 1;
  readonly name: string;
  /** Name of the ONNX file beside the manifest. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Samples per second. */
  readonly sampleRate: number;
  /** Length of the transform and of the analysis window, in samples. */
  readonly fftSize: number;
  /** Samples between frames: half the synthesis window. */
  readonly hop: number;
  readonly synthesisWindow: number;
  /** What the graph returns for frame n belongs to frame n − lookahead. */
  readonly lookahead: number;
  readonly stems: readonly Stem[];
  readonly input: { readonly name: string; readonly shape: readonly ["frames", 2, number, 2] };
  readonly output: {
    readonly name: string;
    /** "mask": complex factors for the mixture's bins. "spectrum": the stems' bins themselves. */
    readonly kind: "mask" | "spectrum";
    readonly shape: readonly ["frames", number, 2, number, 2];
  };
  readonly state: readonly StateTensor[];
  /** Licence of the weights, an SPDX identifier where there is one. */
  readonly licence: string;
  /** Names of the data sets, empty for a model that was not trained. */
  readonly trainedOn: readonly string[];
  readonly scores: Readonly<Record<string, unknown>>;
  readonly multiplyAccumulatesPerHop: number;
}

/** What a manifest says of its file. */
export type ModelFile = Pick<ModelManifest, "name" | "file" | "bytes" | "sha256">;

/** Models beyond these are refused before anything of their size is allocated. */
export const LIMITS = {
  bytes: 256 * 2 ** 20,
  fftSize: { least: 64, most: 16384 },
  sampleRate: { least: 8000, most: 192_000 },
  lookahead: 64,
  stateTensors: 64,
  stateFloats: 2 ** 22,
} as const;

type Fields = Record<string, unknown>;

function show(value: unknown): string {
  const text = value === undefined ? "missing" : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function wrong(field: string, expected: string, value: unknown): DannaError {
  return new DannaError(
    "manifest",
    `Model manifest: "${field}" must be ${expected}, but is ${show(value)}.`,
  );
}

function check(holds: boolean, field: string, expected: string, value: unknown): void {
  if (!holds) throw wrong(field, expected, value);
}

function object(value: unknown, field: string): Fields {
  const is = typeof value === "object" && value !== null && !Array.isArray(value);
  check(is, field, "an object", value);
  return value as Fields;
}

function list(value: unknown, field: string, most: number): unknown[] {
  check(Array.isArray(value) && value.length <= most, field, `a list of at most ${most}`, value);
  return value as unknown[];
}

function text(value: unknown, field: string): string {
  const is = typeof value === "string" && value.trim() !== "";
  check(is && !/\p{Surrogate}/u.test(value), field, "a non-empty string", value);
  return value as string;
}

function whole(value: unknown, field: string, least: number, most: number): number {
  const is = Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  check(is, field, `a whole number from ${least} to ${most}`, value);
  return value as number;
}

function shape<T extends readonly (number | string)[]>(value: unknown, field: string, expected: T) {
  const is = Array.isArray(value) && JSON.stringify(value) === JSON.stringify(expected);
  check(is, field, JSON.stringify(expected), value);
  return expected;
}

function states(value: unknown, taken: string[]): StateTensor[] {
  let floats = 0;
  const inputs = new Set([taken[0]]);
  const outputs = new Set([taken[1]]);
  return list(value, "state", LIMITS.stateTensors).map((entry, i) => {
    const field = `state[${i}]`;
    const fields = object(entry, field);
    const input = text(fields.input, `${field}.input`);
    const output = text(fields.output, `${field}.output`);
    check(!inputs.has(input), `${field}.input`, "a name used once", input);
    check(!outputs.has(output), `${field}.output`, "a name used once", output);
    inputs.add(input);
    outputs.add(output);
    const dimensions = list(fields.shape, `${field}.shape`, 8).map((size, axis) =>
      whole(size, `${field}.shape[${axis}]`, 1, LIMITS.stateFloats),
    );
    floats += dimensions.reduce((product, size) => product * size, 1);
    check(floats <= LIMITS.stateFloats, "state", `at most ${LIMITS.stateFloats} floats`, floats);
    return { input, output, shape: dimensions };
  });
}

/**
 * Checks a parsed manifest and returns its known fields.
 * @param json what `JSON.parse` gave for NAME.json
 * @throws DannaError "manifest" that names the first wrong field and what it must be
 */
export function loadManifest(json: unknown): ModelManifest {
  const fields = object(json, "manifest");
  check(fields.format === 1, "format", "1", fields.format);

  const file = text(fields.file, "file");
  check(/^[\w-][\w.-]*\.onnx$/.test(file), "file", "the name of an .onnx file beside it", file);
  const sha256 = text(fields.sha256, "sha256");
  check(/^[0-9a-f]{64}$/.test(sha256), "sha256", "64 lower-case hexadecimal digits", sha256);

  const { least, most } = LIMITS.fftSize;
  const fftSize = whole(fields.fftSize, "fftSize", least, most);
  check((fftSize & (fftSize - 1)) === 0, "fftSize", "a power of two", fftSize);
  const synthesisWindow = whole(fields.synthesisWindow, "synthesisWindow", 2, fftSize);
  check(synthesisWindow % 2 === 0, "synthesisWindow", "even", synthesisWindow);
  const hop = whole(fields.hop, "hop", 1, fftSize);
  check(2 * hop === synthesisWindow, "hop", "half of synthesisWindow", hop);

  const stems = list(fields.stems, "stems", STEMS.length);
  shape(stems, "stems", STEMS);

  const input = object(fields.input, "input");
  const output = object(fields.output, "output");
  const inputName = text(input.name, "input.name");
  const outputName = text(output.name, "output.name");
  const kind = output.kind;
  if (kind !== "mask" && kind !== "spectrum") {
    throw wrong("output.kind", '"mask" or "spectrum"', kind);
  }
  const bins = fftSize / 2 + 1;
  const scores = object(fields.scores, "scores");

  return {
    format: 1,
    name: text(fields.name, "name"),
    file,
    bytes: whole(fields.bytes, "bytes", 1, LIMITS.bytes),
    sha256,
    sampleRate: whole(
      fields.sampleRate,
      "sampleRate",
      LIMITS.sampleRate.least,
      LIMITS.sampleRate.most,
    ),
    fftSize,
    hop,
    synthesisWindow,
    lookahead: whole(fields.lookahead, "lookahead", 0, LIMITS.lookahead),
    stems: STEMS,
    input: {
      name: inputName,
      shape: shape(input.shape, "input.shape", ["frames", 2, bins, 2] as const),
    },
    output: {
      name: outputName,
      kind,
      shape: shape(output.shape, "output.shape", ["frames", STEMS.length, 2, bins, 2] as const),
    },
    state: states(fields.state, [inputName, outputName]),
    licence: text(fields.licence, "licence"),
    trainedOn: list(fields.trainedOn, "trainedOn", 1000).map((entry, i) =>
      text(entry, `trainedOn[${i}]`),
    ),
    scores,
    multiplyAccumulatesPerHop: whole(
      fields.multiplyAccumulatesPerHop,
      "multiplyAccumulatesPerHop",
      0,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}
