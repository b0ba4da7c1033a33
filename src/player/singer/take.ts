// A take: the mix as it was heard and the voice as it was sung to it, as long as it is not thrown away. Page thread.
import type { Planar } from "../../dsp/planar-queue.ts";
import { PlanarQueue } from "../../dsp/planar-queue.ts";
import type { AudioFormat } from "../../output/formats.ts";
import type { StemChunk } from "../../split/split-stream.ts";
import { lazy } from "../../util/lazy.ts";
import { toGain } from "../decibels.ts";
import { blocksOf } from "./samples.ts";

/** Samples of a chunk. */
const CHUNK = 1 << 15;

export interface TakeParts {
  readonly mix: File;
  readonly voice: File;
  /** Seconds by which the voice was recorded after what it was sung to. */
  readonly roundTrip: number;
  readonly sampleRate: number;
  /** The song's. */
  readonly name: string;
}

export interface TakeOptions {
  /** "wav16" by default. */
  readonly format?: AudioFormat | undefined;
  /** Of the voice in the take, in dB; 0, as it was recorded, by default. */
  readonly voice?: number | undefined;
}

export class Take {
  readonly #parts: TakeParts;

  constructor(parts: TakeParts) {
    this.#parts = parts;
  }

  /** Seconds by which the voice is moved forward, to lie where it was sung. */
  get roundTrip(): number {
    return this.#parts.roundTrip;
  }

  /**
   * Both as one file, `song_take.wav`.
   * @throws DannaError "platform" when the format cannot be encoded here, "fetch" when its encoder does not load
   */
  async write({ format = "wav16", voice = 0 }: TakeOptions = {}): Promise<File> {
    const { writeMix } = await lazy(import("../../output/write-mix.ts"));
    const { name, sampleRate } = this.#parts;
    const gains = { mix: 1, voice: toGain(voice) };
    return writeMix(this.aligned(), { name, sampleRate, gains, format, label: "take" });
  }

  /** Mix and voice, sample for sample where they belong together. */
  async *aligned(): AsyncGenerator<StemChunk, void, undefined> {
    const { mix, voice, roundTrip, sampleRate } = this.#parts;
    const voices = await blocksOf(voice);
    const sung = new PlanarQueue(2);
    let late = Math.round(roundTrip * sampleRate);
    let start = 0;
    const fill = async (samples: number) => {
      while (sung.length < samples) {
        const { value, done } = await voices.next();
        if (done) sung.pushZeros(samples - sung.length);
        else sung.push(value);
        const early = Math.min(late, sung.length);
        sung.drop(early);
        late -= early;
      }
    };
    try {
      for await (const block of await blocksOf(mix)) {
        for (const part of pieces(block)) {
          const { length } = part[0];
          await fill(length);
          const stems = { mix: pair(part), voice: pair(sung.take(length)) };
          yield { start, sampleRate, stems };
          start += length;
        }
      }
    } finally {
      await voices.return(undefined);
    }
  }
}

const pair = ([left, right]: Planar): [Float32Array, Float32Array] => [left, right];

function* pieces(block: Planar): Generator<Planar> {
  for (let at = 0; at < block[0].length; at += CHUNK) {
    yield block.map((plane) => plane.subarray(at, at + CHUNK));
  }
}
