// What models/NAME.json may hold besides a live model: a model that wants whole segments, HTDemucs, or
// a blend of other models. Any thread; pure.
import { DannaError } from "../errors.ts";
import { loadManifest, type ModelManifest } from "./engine-manifest.ts";
import { STEMS, type Stem } from "../stems.ts";

/** What every entry says of itself. */
export interface ModelCard {
  readonly name: string;
  readonly licence: string;
  readonly trainedOn: readonly string[];
  readonly scores: Readonly<Record<string, unknown>>;
}

export interface Segment {
  readonly frames: number;
  /** Share of a segment that the next covers again. */
  readonly overlap: number;
  /** Sampling rates at which the model hears a segment, as if each were its own; its stems are averaged. */
  readonly rates: readonly number[];
}

/** A live model (format 1), or one of the same form that sees whole segments at once. */
export interface EngineEntry extends ModelCard {
  readonly kind: "engine";
  readonly manifest: ModelManifest;
  /** None for live models. */
  readonly segment: Segment | undefined;
}

export interface HtdemucsEntry extends ModelCard {
  readonly kind: "htdemucs";
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sampleRate: number;
  /** Samples that the graph takes. */
  readonly segmentSamples: number;
  /** Share of a segment that the next covers again. */
  readonly overlap: number;
  /** The graph's order of the stems. */
  readonly stems: readonly Stem[];
}

export interface BlendEntry extends ModelCard {
  readonly kind: "blend";
  /** Other entries by name, with weights in the order of STEMS that sum to one over the models. */
  readonly models: readonly { readonly model: string; readonly weights: readonly number[] }[];
  /**
   * The Wiener filter on the blend: its rounds, 0 to leave it out, and by stem the share of its
   * answer, the blend's own having the rest.
   */
  readonly wiener: { readonly iterations: number; readonly weights: readonly number[] };
}

export type ModelEntry = EngineEntry | HtdemucsEntry | BlendEntry;

const MOST_MODELS = 16;
const MOST_FRAMES = 2048;
/** Of a segment, frames times FFT size: 64 times as many bytes of stems are in memory at once. */
const MOST_BINS = 2 ** 22;
const MOST_ITERATIONS = 8;
const MOST_RATES = 4;

type Fields = Record<string, unknown>;

function check(holds: boolean, field: string, expected: string, value: unknown): void {
  if (holds) return;
  const shown = value === undefined ? "missing" : JSON.stringify(value).slice(0, 60);
  throw new DannaError(
    "manifest",
    `Model manifest: "${field}" must be ${expected}, but is ${shown}.`,
  );
}

function object(value: unknown, field: string): Fields {
  const is = typeof value === "object" && value !== null && !Array.isArray(value);
  check(is, field, "an object", value);
  return value as Fields;
}

function number(value: unknown, field: string, least: number, most: number): number {
  const is = typeof value === "number" && value >= least && value <= most;
  check(is, field, `a number from ${least} to ${most}`, value);
  return value as number;
}

function whole(value: unknown, field: string, least: number, most: number): number {
  check(Number.isInteger(value), field, "a whole number", value);
  return number(value, field, least, most);
}

function text(value: unknown, field: string, pattern = /\S/, expected = "a text"): string {
  check(typeof value === "string" && pattern.test(value), field, expected, value);
  return value as string;
}

/** Names of models are names of files: no path can be smuggled in. */
export const MODEL_NAME = /^[\w-][\w.-]*$/;

function card(fields: Fields): ModelCard {
  check(fields.format === 1, "format", "1", fields.format);
  const trainedOn = fields.trainedOn;
  check(
    Array.isArray(trainedOn) && trainedOn.every((name) => typeof name === "string"),
    "trainedOn",
    "a list of texts",
    trainedOn,
  );
  return {
    name: text(fields.name, "name", MODEL_NAME, "a name of letters, digits, dots and dashes"),
    licence: text(fields.licence, "licence"),
    trainedOn: trainedOn as string[],
    scores: object(fields.scores, "scores"),
  };
}

function engine(json: Fields): EngineEntry {
  const manifest = loadManifest(json);
  const { name, licence, trainedOn, scores } = manifest;
  const base = { kind: "engine", name, licence, trainedOn, scores, manifest } as const;
  if (json.segment === undefined) return { ...base, segment: undefined };
  const segment = object(json.segment, "segment");
  const mostFrames = Math.min(MOST_FRAMES, MOST_BINS / manifest.fftSize);
  const { sampleRate } = manifest;
  const { rates = [sampleRate] } = segment;
  const fits = Array.isArray(rates) && rates.length > 0 && rates.length <= MOST_RATES;
  check(fits, "segment.rates", `a list of 1 to ${MOST_RATES}`, rates);
  return {
    ...base,
    segment: {
      frames: whole(segment.frames, "segment.frames", 2, mostFrames),
      overlap: number(segment.overlap, "segment.overlap", 0, 0.9),
      rates: (rates as unknown[]).map((rate, i) =>
        whole(rate, `segment.rates[${i}]`, sampleRate / 2, sampleRate * 1.25),
      ),
    },
  };
}

function htdemucs(fields: Fields): HtdemucsEntry {
  const { stems } = fields;
  const complete = Array.isArray(stems) && stems.length === STEMS.length;
  check(
    complete && STEMS.every((stem) => stems.includes(stem)),
    "stems",
    `the names ${STEMS.join(", ")} in the graph's order`,
    stems,
  );
  return {
    kind: "htdemucs",
    ...card(fields),
    file: text(fields.file, "file", /^[\w-][\w.-]*\.onnx$/, "the name of an .onnx file beside it"),
    bytes: whole(fields.bytes, "bytes", 1, 2 ** 30),
    sha256: text(fields.sha256, "sha256", /^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"),
    sampleRate: whole(fields.sampleRate, "sampleRate", 8000, 192_000),
    segmentSamples: whole(fields.segmentSamples, "segmentSamples", 4096, 2 ** 22),
    overlap: number(fields.overlap, "overlap", 0, 0.9),
    stems: stems as Stem[],
  };
}

function blend(fields: Fields): BlendEntry {
  const { models } = fields;
  const fits = Array.isArray(models) && models.length > 0 && models.length <= MOST_MODELS;
  check(fits, "models", `a list of 1 to ${MOST_MODELS}`, models);
  const parts = (models as unknown[]).map((entry, i) => {
    const part = object(entry, `models[${i}]`);
    const weights = object(part.weights, `models[${i}].weights`);
    return {
      model: text(part.model, `models[${i}].model`, MODEL_NAME, "the name of a model"),
      weights: STEMS.map((stem) =>
        number(weights[stem], `models[${i}].weights.${stem}`, -1000, 1000),
      ),
    };
  });
  STEMS.forEach((stem, s) => {
    const sum = parts.reduce((total, { weights }) => total + weights[s], 0);
    check(Math.abs(sum - 1) < 1e-3, `weights.${stem}`, "numbers that sum to 1", sum);
    for (const { weights } of parts) weights[s] /= sum;
  });
  const wiener = object(fields.wiener ?? { iterations: 0 }, "wiener");
  const shares = object(wiener.weights ?? {}, "wiener.weights");
  return {
    kind: "blend",
    ...card(fields),
    models: parts,
    wiener: {
      iterations: whole(wiener.iterations, "wiener.iterations", 0, MOST_ITERATIONS),
      weights: STEMS.map((stem) => number(shares[stem] ?? 1, `wiener.weights.${stem}`, 0, 1)),
    },
  };
}

/**
 * Checks a parsed models/NAME.json of any kind.
 * @throws DannaError "manifest" that names the first wrong field and what it must be
 */
export function loadModelEntry(json: unknown): ModelEntry {
  const fields = object(json, "manifest");
  const { kind } = fields;
  if (kind === undefined) return engine(fields);
  check(kind === "htdemucs" || kind === "blend", "kind", '"htdemucs", "blend" or absent', kind);
  return kind === "blend" ? blend(fields) : htdemucs(fields);
}
