// Networks over frames of a short-time Fourier transform, which the engine runs: those that run forward
// in time with their state, and those that see a whole segment at once. Any thread; pure.
import type { Fields, Segment } from "../fields.ts";
import {
  CARD,
  check,
  FILE,
  framesOf,
  LIMITS,
  list,
  object,
  oneOf,
  optional,
  overlap,
  parse,
  shape,
  stemNames,
  text,
  whole,
} from "../schema.ts";
import type { Stem } from "../../stems.ts";

/** A recurrent state of the graph: float32, zeros at the start. */
export interface StateTensor {
  /** Names of the graph's input that takes the state and of the output that returns the next. */
  readonly input: string;
  readonly output: string;
  readonly shape: readonly number[];
}

/** Everything the engine knows of a model. Shapes count (frames, stems, channels, bins, re/im). */
export interface SpectralFields {
  readonly family: "spectral";
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
  /** In the graph's order. */
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

/** A model that runs forward in time: live, and over recordings. */
export interface StreamingManifest extends SpectralFields {
  readonly kind: "streaming";
}

/** A tensor of the graph. */
export interface Cut {
  readonly name: string;
  readonly shape: readonly ["frames", ...number[]];
}

/** A model that sees whole segments. */
export interface SpectralSegmentManifest extends SpectralFields {
  readonly kind: "segment";
  readonly segment: Segment & {
    /**
     * Two tensors through which all goes: up to the first, and from the second on, each frame is computed by
     * itself. There the graph is cut, to take less memory. Empty where there are none.
     */
    readonly cuts: readonly Cut[];
  };
}

export type SpectralManifest = StreamingManifest | SpectralSegmentManifest;

const MOST_FRAMES = 2048;
/** Of a segment, frames times FFT size times stems: 16 times as many bytes of stems are in memory at once. */
const MOST_BINS = 2 ** 24;
const MOST_RATES = 4;

const FRAMING = object({
  format: CARD.format,
  ...FILE,
  bytes: whole(1, LIMITS.streamingBytes),
  sampleRate: whole(LIMITS.sampleRate.least, LIMITS.sampleRate.most),
  fftSize: whole(LIMITS.fftSize.least, LIMITS.fftSize.most),
  lookahead: whole(0, LIMITS.lookahead),
  stems: stemNames,
});

const stateTensor = object({
  input: text,
  output: text,
  shape: list(whole(1, LIMITS.stateFloats), 8),
});

/** What depends on the framing. */
const network = (fftSize: number, stems: number) => {
  const bins = fftSize / 2 + 1;
  return object({
    synthesisWindow: whole(2, fftSize),
    hop: whole(1, fftSize),
    input: object({ name: text, shape: shape(["frames", 2, bins, 2]) }),
    output: object({
      name: text,
      kind: oneOf(["mask", "spectrum"], '"mask" or "spectrum"'),
      shape: shape(["frames", stems, 2, bins, 2]),
    }),
    state: list(stateTensor, LIMITS.stateTensors),
    name: text,
    licence: CARD.licence,
    trainedOn: CARD.trainedOn,
    scores: CARD.scores,
    multiplyAccumulatesPerHop: whole(0, Number.MAX_SAFE_INTEGER),
  });
};

function segmentOf(json: Fields, fields: SpectralFields): SpectralSegmentManifest["segment"] {
  const { fftSize, hop, sampleRate, stems } = fields;
  const most = Math.min(MOST_FRAMES, Math.floor(MOST_BINS / fftSize / stems.length));
  const rate = whole(sampleRate / 2, sampleRate * 1.25);
  const segment = object({
    frames: whole(2, most),
    overlap,
    rates: optional(list(rate, MOST_RATES, 1), [sampleRate]),
    cuts: optional(list(object({ name: text, shape: framesOf }), 2), []),
  });
  const { frames, ...rest } = parse(object({ segment }), json).segment;
  check(rest.cuts.length !== 1, "segment.cuts", "two tensors", rest.cuts);
  return { length: frames * hop, elastic: true, ...rest };
}

function checkStates(states: readonly StateTensor[], input: string, output: string): void {
  let floats = 0;
  const taken = { input: new Set([input]), output: new Set([output]) };
  states.forEach((state, i) => {
    for (const side of ["input", "output"] as const) {
      const unused = !taken[side].has(state[side]);
      check(unused, `state[${i}].${side}`, "a name used once", state[side]);
      taken[side].add(state[side]);
    }
    floats += state.shape.reduce((product, size) => product * size, 1);
    check(floats <= LIMITS.stateFloats, "state", `at most ${LIMITS.stateFloats} floats`, floats);
  });
}

function parseSpectral(json: Fields): SpectralManifest {
  const framing = parse(FRAMING, json);
  const { fftSize } = framing;
  check((fftSize & (fftSize - 1)) === 0, "fftSize", "a power of two", fftSize);
  const rest = parse(network(fftSize, framing.stems.length), json);
  const { synthesisWindow, hop, input, output, state } = rest;
  check(synthesisWindow % 2 === 0, "synthesisWindow", "even", synthesisWindow);
  check(2 * hop === synthesisWindow, "hop", "half of synthesisWindow", hop);
  checkStates(state, input.name, output.name);
  const fields = { family: "spectral", ...framing, ...rest } as const;
  if (json.segment === undefined) return { kind: "streaming", ...fields };
  return { kind: "segment", ...fields, segment: segmentOf(json, fields) };
}

export const spectral = { parse: parseSpectral };
