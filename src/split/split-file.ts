// Splits a recording, from its bytes to the stems' samples. Page, worker or Node.
import type { AudioFile } from "../decode/audio-file.ts";
import { openAudio, type AudioStream } from "../decode/open-audio.ts";
import { keptStream, pcmStream, type KeptAudio, type PcmAudio } from "../decode/pcm.ts";
import type { SplitBackend } from "../engine/runtime.ts";
import { DannaError } from "../errors.ts";
import { checkOptions } from "./check-options.ts";
import { CHANNELS, PlanarQueue, type Planar } from "../dsp/planar-queue.ts";
import type { SplitModel, StagedModel } from "./split-model.ts";
import { samplesOf, splitStream, type StemChunk } from "./split-stream.ts";

export interface SplitProgress {
  /** Share of the recording up to which it has been split, 0 to 1. */
  readonly done: number;
  /** Seconds of sound split so far. */
  readonly seconds: number;
  /** Seconds of sound per second of time. */
  readonly speed: number;
  /** Seconds of time left, from the speed so far. */
  readonly remaining: number;
}

/** How a model is loaded. */
export interface LoadModelOptions {
  /**
   * Threads that do the work, each with the model in its memory; 1 by default, 0 for the calling one.
   * The samples are the same. More than one helps models that take whole segments, and blends; a
   * model that runs forward in time, like "live", keeps to one.
   */
  workers?: number;
  /**
   * Share of its time that a worker works, above 0 up to 1 (the default). Below 1 it rests after each
   * run, which leaves room for live audio beside it.
   */
  load?: number;
  /**
   * In browsers "wasm" by default; "auto" takes WebGPU for models of whole segments, where there is a
   * real adapter that takes less time for a segment. In Node "auto" by default: "native" where the
   * optional package onnxruntime-node is installed, else "wasm". Stems of "native" and "wasm" agree to
   * 80 dB.
   */
  backend?: SplitBackend | "auto";
}

export interface SplitFileOptions extends LoadModelOptions {
  /** Name of a model, or one that `loadModel` gave, which stays loaded; "studio" by default. */
  model?: string | SplitModel;
  /**
   * Position in seconds from which on stems are given; 0 by default. A model of whole segments gives
   * the samples of a split from the start; one that runs forward in time hears 10 s before.
   */
  from?: number;
  /** Make the stems add up to the recording; true by default. */
  addUp?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: SplitProgress) => void;
}

/** A split under way: what is known from the start, and the stems to iterate over. */
export interface Split extends AsyncIterable<StemChunk> {
  readonly sampleRate: number;
  /** Channels of the recording; stems are stereo. */
  readonly channels: number;
  /** Frees a split that is not going to be iterated over. */
  cancel(): Promise<void>;
}

/** What is split with where nothing is said. */
export const DEFAULT_MODEL = "studio";

type SplitAudioOptions = Pick<SplitFileOptions, "from" | "addUp" | "signal" | "onProgress"> & {
  model?: string | StagedModel;
};

/** Samples that go through the model at a time: few bound how long events wait, many have less to do for each. */
const PIECE = 16_384;

/**
 * Opens a recording and gives its stems chunk by chunk, at its own rate and of its own length. Leave
 * the loop early and everything is freed.
 * @throws DannaError "media" when it cannot be decoded, at once or where the damage is; those of
 *   `loadSplitModel`; the signal's reason
 */
export async function splitAudio(
  source: AudioFile | PcmAudio | KeptAudio,
  load: (model: string) => Promise<StagedModel>,
  options: SplitAudioOptions,
): Promise<Split> {
  const { model: wanted = DEFAULT_MODEL, from: seconds = 0, addUp = true, signal } = options;
  checkOptions(options);
  signal?.throwIfAborted();
  const stream = await streamOf(source);
  const { sampleRate, channels } = stream;
  async function* chunks(): AsyncGenerator<StemChunk, void, undefined> {
    let own: StagedModel | undefined;
    const from = Math.round(seconds * sampleRate);
    let taken = 0;
    async function* blocks(): AsyncGenerator<Planar> {
      for await (const block of stream.blocks) {
        taken += block[0].length;
        yield block;
      }
    }
    try {
      const model = typeof wanted === "string" ? (own = await load(wanted)) : wanted;
      const started = performance.now();
      const skip = stream.skip && ((samples: number) => (taken = stream.skip?.(samples) ?? 0));
      const settings = { model, sampleRate, from, addUp, signal, skip };
      for await (const chunk of splitStream(inPieces(blocks()), settings)) {
        const end = chunk.start + samplesOf(chunk);
        yield chunk;
        const time = (performance.now() - started) / 1000;
        options.onProgress?.(
          progressOf(stream.progress * (end / taken), (end - from) / sampleRate, time, seconds),
        );
      }
    } finally {
      await stream.blocks.return(undefined);
      await own?.dispose();
    }
  }
  const cancel = async () => void (await stream.blocks.return(undefined));
  return { sampleRate, channels, ...iterated(chunks, cancel) };
}

const streamOf = (source: AudioFile | PcmAudio | KeptAudio): AudioStream | Promise<AudioStream> => {
  if ("channels" in source) return pcmStream(source);
  return "blocks" in source ? keptStream(source) : openAudio(source);
};

/**
 * What is iterated over in a split, and how it is freed: `return` frees it before the first chunk, too,
 * where a generator alone would have nothing to end.
 */
export function iterated(
  chunks: () => AsyncGenerator<StemChunk, void, undefined>,
  cancel: () => Promise<void>,
): Pick<Split, "cancel" | typeof Symbol.asyncIterator> {
  const begin = () => {
    const iterator = chunks();
    const end = iterator.return.bind(iterator);
    iterator.return = async (value) => {
      const result = await end(value);
      await cancel();
      return result;
    };
    return iterator;
  };
  return { cancel, [Symbol.asyncIterator]: begin };
}

/** `end`: share of the recording up to which it is split; `seconds` of sound split in `time` seconds. */
function progressOf(end: number, seconds: number, time: number, from: number): SplitProgress {
  const position = from + seconds;
  const left = end > 0 ? (position * (1 - end)) / end : Infinity;
  const speed = time > 0 ? seconds / time : 0;
  return { done: end, seconds, speed, remaining: left / speed };
}

export const notAModel = () =>
  new DannaError("input", '"model" must be a name or what loadModel() gave.');

/** Decoders' blocks are as short as 1024 samples, or as long as the recording. */
async function* inPieces(blocks: AsyncIterable<Planar>): AsyncGenerator<Planar> {
  const short = new PlanarQueue(CHANNELS);
  for await (const block of blocks) {
    for (let at = 0; at < block[0].length; at += PIECE) {
      const piece = block.map((plane) => plane.subarray(at, at + PIECE));
      if (short.length === 0 && piece[0].length === PIECE) {
        yield piece;
      } else {
        short.push(piece);
        if (short.length >= PIECE) yield short.take(PIECE);
      }
    }
  }
  if (short.length > 0) yield short.take(short.length);
}
