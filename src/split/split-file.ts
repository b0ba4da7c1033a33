// Splits a recording, from its bytes to the stems' samples. Page, worker or Node.
import type { AudioFile } from "../decode/audio-file.ts";
import { openAudio } from "../decode/open-audio.ts";
import { pcmStream, type PcmAudio } from "../decode/pcm.ts";
import type { Backend, WasmPaths } from "../engine/runtime.ts";
import type { Planar } from "./planar-queue.ts";
import { loadSplitModel, type ModelStore, type SplitModel } from "./split-model.ts";
import { splitStream, type StemChunk } from "./split-stream.ts";

export interface SplitProgress {
  /** Share of the recording that has been split, 0 to 1. */
  readonly done: number;
  /** Seconds of sound split so far. */
  readonly seconds: number;
  /** Seconds of sound per second of time. */
  readonly speed: number;
  /** Seconds of time left, from the speed so far. */
  readonly remaining: number;
}

export interface SplitFileOptions {
  /** Name of a model, or one loaded before, which stays loaded; "live" by default. */
  model?: string | SplitModel;
  /** Make the stems add up to the recording; true by default. */
  addUp?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: SplitProgress) => void;
  backend?: Backend;
}

/** A split under way: what is known from the start, and the stems to iterate over. */
export interface Split extends AsyncIterable<StemChunk> {
  readonly sampleRate: number;
  /** Channels of the recording; stems are stereo. */
  readonly channels: number;
  /** Frees a split that is not going to be iterated over. */
  cancel(): Promise<void>;
}

/** Samples that go through the model at a time: bounds how long events wait. */
const PIECE = 16_384;

/**
 * Opens a recording and gives its stems chunk by chunk, at its own rate and of its own length. Leave
 * the loop early and everything is freed.
 * @throws DannaError "media" when it cannot be decoded, at once or where the damage is; those of
 *   `loadSplitModel`; the signal's reason
 */
export async function splitAudio(
  source: AudioFile | PcmAudio,
  store: ModelStore,
  options: SplitFileOptions & { wasmPaths?: WasmPaths },
): Promise<Split> {
  const { model: wanted = "live", addUp = true, signal, onProgress } = options;
  signal?.throwIfAborted();
  const stream = "channels" in source ? pcmStream(source) : await openAudio(source);
  async function* chunks(): AsyncGenerator<StemChunk, void, undefined> {
    const own = typeof wanted === "string";
    const model = own ? await loadSplitModel(wanted, { ...options, store }) : wanted;
    const started = performance.now();
    const { sampleRate } = stream;
    let taken = 0;
    async function* pieces(): AsyncGenerator<Planar> {
      for await (const block of stream.blocks) {
        taken += block[0].length;
        yield* inPieces(block);
      }
    }
    try {
      for await (const chunk of splitStream(pieces(), { model, sampleRate, addUp, signal })) {
        yield chunk;
        const split = chunk.start + chunk.stems.vocals[0].length;
        const done = stream.progress * (split / taken);
        onProgress?.(progressAt(split / sampleRate, done, performance.now() - started));
      }
    } finally {
      await stream.blocks.return(undefined);
      if (own) await model.dispose();
    }
  }
  const { sampleRate, channels } = stream;
  const cancel = async () => void (await stream.blocks.return(undefined));
  return { sampleRate, channels, cancel, [Symbol.asyncIterator]: chunks };
}

function progressAt(seconds: number, done: number, milliseconds: number): SplitProgress {
  const time = milliseconds / 1000;
  const remaining = done > 0 ? (time * (1 - done)) / done : Infinity;
  return { done, seconds, speed: time > 0 ? seconds / time : 0, remaining };
}

function* inPieces(block: Planar): Generator<Planar> {
  for (let at = 0; at < block[0].length; at += PIECE) {
    yield block.map((plane) => plane.subarray(at, at + PIECE));
  }
}
