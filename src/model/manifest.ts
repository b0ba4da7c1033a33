// Model manifests (models/NAME.json): one flat union by `kind`, and its reader. Any thread; pure.
import type { GenericSchema } from "valibot";
import { DannaError } from "../errors.ts";
import { DEFAULT_STEMS, type Stem } from "../stems.ts";
import { FAMILIES, type FamilyManifest } from "./families/index.ts";
import type { StreamingManifest } from "./families/spectral.ts";
import type { Fields } from "./fields.ts";
import {
  anyObject,
  CARD,
  check,
  list,
  modelName,
  number,
  object,
  oneOf,
  optional,
  parse,
  stemNames,
  whole,
} from "./schema.ts";

export type {
  SpectralManifest,
  SpectralSegmentManifest,
  StateTensor,
  StreamingManifest,
} from "./families/spectral.ts";
export { MODEL_NAME } from "./fields.ts";

/** A model that takes whole segments. */
export type SegmentManifest = Extract<FamilyManifest, { kind: "segment" }>;

/** A blend of other models. */
export interface BlendManifest {
  readonly kind: "blend";
  readonly format: 1;
  readonly name: string;
  readonly stems: readonly Stem[];
  /** Other models by name, with weights in the order of `stems` that sum to one over the models. */
  readonly models: readonly { readonly model: string; readonly weights: readonly number[] }[];
  /**
   * The Wiener filter on the blend: its rounds, 0 to leave it out, and by stem the share of its
   * answer; the blend's own has the rest.
   */
  readonly wiener: { readonly iterations: number; readonly weights: readonly number[] };
  readonly licence: string;
  readonly trainedOn: readonly string[];
  readonly scores: Readonly<Record<string, unknown>>;
}

/** A model with a graph of its own. */
export type FileManifest = FamilyManifest;
export type ModelManifest = StreamingManifest | SegmentManifest | BlendManifest;

const KINDS = [...(Object.keys(FAMILIES) as (keyof typeof FAMILIES)[]), "blend"] as const;
const KIND = `${KINDS.map((name) => `"${name}"`).join(", ")} or absent`;

/** What a manifest says of its file. */
export type ModelFile = Pick<FileManifest, "name" | "file" | "bytes" | "sha256">;

const MOST_MODELS = 16;
const MOST_WEIGHT = 1000;
const MOST_ITERATIONS = 8;
const NO_FILTER = { iterations: 0 };

function parseBlend(json: Fields): BlendManifest {
  const { stems } = parse(object({ stems: optional(stemNames, DEFAULT_STEMS) }), json);
  const byStem = <T>(one: GenericSchema<unknown, T>) =>
    object(Object.fromEntries(stems.map((stem) => [stem, one])));
  const part = object({ model: modelName, weights: byStem(number(-MOST_WEIGHT, MOST_WEIGHT)) });
  const filter = object({
    iterations: whole(0, MOST_ITERATIONS),
    weights: optional(byStem(optional(number(0, 1), 1)), {}),
  });
  const { models, wiener, ...card } = parse(
    object({ models: list(part, MOST_MODELS, 1), wiener: optional(filter, NO_FILTER), ...CARD }),
    json,
  );
  const sums = stems.map((stem) => {
    const sum = models.reduce((total, { weights }) => total + weights[stem], 0);
    check(Math.abs(sum - 1) < 1e-3, `weights.${stem}`, "numbers that sum to 1", sum);
    return sum;
  });
  return {
    kind: "blend",
    ...card,
    stems,
    models: models.map(({ model, weights }) => ({
      model,
      weights: stems.map((stem, i) => weights[stem] / sums[i]),
    })),
    wiener: {
      iterations: wiener.iterations,
      weights: stems.map((stem) => wiener.weights[stem]),
    },
  };
}

/**
 * Checks a parsed models/NAME.json of any kind.
 * @throws DannaError "manifest" that names the first wrong field and what it must be
 */
export function loadManifest(json: unknown): ModelManifest {
  const fields = parse(anyObject, json);
  const { kind } = parse(object({ kind: optional(oneOf(KINDS, KIND), "spectral") }), fields);
  return kind === "blend" ? parseBlend(fields) : FAMILIES[kind].parse(fields);
}

/**
 * Checks the manifest of a model that is to run live.
 * @throws DannaError "manifest" as `loadManifest`, or where the model cannot
 */
export function loadStreamingManifest(json: unknown): StreamingManifest {
  const manifest = loadManifest(json);
  if (manifest.kind === "streaming") return manifest;
  throw new DannaError(
    "manifest",
    `Model "${manifest.name}" is of the kind "${manifest.kind}", which live audio cannot wait for; it is ` +
      'for recordings. Live, a model of the kind "streaming" runs, such as "live".',
  );
}
