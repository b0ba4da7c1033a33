// HTDemucs: an ONNX graph of two branches over whole segments. Any thread; pure.
//
// The graph takes the waveform and its spectrogram and returns both branches' stems; transforms are
// left outside of it. (Rouard, Massa, Défossez, "Hybrid transformers for music source separation",
// ICASSP 2023; framing as in Demucs' `_spec` and `_ispec`.)
import { RealFft } from "../../dsp/fft.ts";
import { CHANNELS, type Planar } from "../../dsp/planar-queue.ts";
import { inDefaultOrder, type Stem } from "../../stems.ts";
import type { Fields, Segment } from "../fields.ts";
import { CARD, FILE, LIMITS, object, overlap, parse, stemNames, whole } from "../schema.ts";
import type { GraphFamily, SegmentGraph, Values } from "./family.ts";

export interface HtdemucsManifest {
  readonly kind: "segment";
  readonly family: "htdemucs";
  readonly format: 1;
  readonly name: string;
  /** Name of the ONNX file beside the manifest. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly sampleRate: number;
  readonly segment: Segment;
  readonly stems: readonly Stem[];
  /** The graph's order of the stems. */
  readonly graphStems: readonly Stem[];
  readonly licence: string;
  readonly trainedOn: readonly string[];
  readonly scores: Readonly<Record<string, unknown>>;
}

const SCHEMA = object({
  stems: stemNames,
  ...CARD,
  ...FILE,
  sampleRate: whole(LIMITS.sampleRate.least, LIMITS.sampleRate.most),
  /** Samples that the graph takes. */
  segmentSamples: whole(4096, 2 ** 22),
  overlap,
});

function parseHtdemucs(json: Fields): HtdemucsManifest {
  const { segmentSamples: length, overlap, stems, ...fields } = parse(SCHEMA, json);
  return {
    kind: "segment",
    family: "htdemucs",
    ...fields,
    segment: { length, elastic: false, overlap, rates: [fields.sampleRate] },
    stems: inDefaultOrder(stems),
    graphStems: stems,
  };
}

const FFT_SIZE = 4096;
const HOP = 1024;
/** The Nyquist bin is left out. */
const BINS = FFT_SIZE / 2;
/** From the segment's start back to the first frame's. */
const PAD = (3 * HOP) / 2;
/** Transforms are scaled by 1/√N both ways, as torch's `normalized`. */
const SCALE = 1 / Math.sqrt(FFT_SIZE);
/** Sum of the squared Hann windows over one sample at an overlap of 3/4. */
const OVERLAP_GAIN = 1.5;

const HANN = Float32Array.from(
  { length: FFT_SIZE },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_SIZE),
);

/** Index of sample `i` of a signal that is mirrored at both ends, which are not repeated. */
function mirrored(i: number, length: number): number {
  if (i < 0) return -i;
  return i < length ? i : 2 * (length - 1) - i;
}

class HtdemucsGraph implements SegmentGraph {
  readonly #manifest: HtdemucsManifest;
  readonly #fft = new RealFft(FFT_SIZE);
  readonly #frames: number;

  constructor(manifest: HtdemucsManifest) {
    this.#manifest = manifest;
    this.#frames = Math.ceil(manifest.segment.length / HOP);
  }

  /** The waveform, then its spectrogram. */
  inputs(mixture: Planar): Values[] {
    const samples = this.#manifest.segment.length;
    const waveform = new Float32Array(CHANNELS * samples);
    mixture.forEach((plane, c) => waveform.set(plane, c * samples));
    return [
      { data: waveform, shape: [1, CHANNELS, samples] },
      { data: this.#spectrogram(mixture), shape: [1, 2 * CHANNELS, BINS, this.#frames] },
    ];
  }

  /** Of the stems' spectrograms and of their waveforms. */
  stems([spectrum, wave]: readonly Float32Array[]): Float32Array[] {
    const { segment, stems, graphStems } = this.#manifest;
    const samples = segment.length;
    const plane = BINS * this.#frames;
    return stems.flatMap((stem) =>
      Array.from({ length: CHANNELS }, (_, c) => {
        const index = graphStems.indexOf(stem) * CHANNELS + c;
        const sum = this.#waveform(spectrum.subarray(2 * index * plane, 2 * (index + 1) * plane));
        for (let i = 0; i < samples; i++) sum[i] += wave[index * samples + i];
        return sum;
      }),
    );
  }

  /** Channel by channel, re then im: bins × frames. */
  #spectrogram(mixture: Planar): Float32Array {
    const frames = this.#frames;
    const spectrogram = new Float32Array(2 * CHANNELS * BINS * frames);
    const spectrum = new Float32Array(FFT_SIZE + 2);
    mixture.forEach((plane, c) => {
      for (let frame = 0; frame < frames; frame++) {
        const { buffer } = this.#fft;
        const start = frame * HOP - PAD;
        for (let n = 0; n < FFT_SIZE; n++) {
          buffer[n] = plane[mirrored(start + n, plane.length)] * HANN[n] * SCALE;
        }
        this.#fft.forward(spectrum);
        for (let part = 0; part < 2; part++) {
          const at = (2 * c + part) * BINS * frames + frame;
          for (let bin = 0; bin < BINS; bin++) {
            spectrogram[at + bin * frames] = spectrum[2 * bin + part];
          }
        }
      }
    });
    return spectrogram;
  }

  /** The inverse for one channel: re then im. */
  #waveform(spectrogram: Float32Array): Float32Array {
    const frames = this.#frames;
    const samples = new Float32Array(this.#manifest.segment.length);
    const gain = SCALE / OVERLAP_GAIN;
    for (let frame = 0; frame < frames; frame++) {
      const { buffer } = this.#fft;
      for (let bin = 0; bin < BINS; bin++) {
        buffer[2 * bin] = spectrogram[bin * frames + frame];
        buffer[2 * bin + 1] = spectrogram[(BINS + bin) * frames + frame];
      }
      buffer[1] = 0;
      this.#fft.inverse();
      const start = frame * HOP - PAD;
      const from = Math.max(0, -start);
      const to = Math.min(FFT_SIZE, samples.length - start);
      for (let n = from; n < to; n++) samples[start + n] += buffer[n] * HANN[n] * gain;
    }
    return samples;
  }

  dispose(): void {
    this.#fft.dispose();
  }
}

export const htdemucs: GraphFamily<HtdemucsManifest> = {
  parse: parseHtdemucs,
  graph: (manifest) => new HtdemucsGraph(manifest),
};
