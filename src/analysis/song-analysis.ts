// Tempo, beats and key of a song. Any thread but the audio thread, after `loadFft()`.
import { ChromaMeter } from "./chroma.ts";
import { findKey, type Key } from "./key.ts";
import { OnsetDetector } from "./onsets.ts";
import { findTempo, type Tempo } from "./tempo.ts";

/** What a song's sound says of it; undefined where it says nothing clear. */
export interface SongAnalysis {
  readonly tempo: Tempo | undefined;
  readonly key: Key | undefined;
  /** Frequency of a' in Hz. */
  readonly tuning: number | undefined;
}

export class SongAnalyser {
  readonly #onsets: OnsetDetector;
  readonly #chroma: ChromaMeter;

  constructor(sampleRate: number) {
    this.#onsets = new OnsetDetector(sampleRate);
    this.#chroma = new ChromaMeter(sampleRate);
  }

  /**
   * Takes what comes next of the song, in mono.
   * @param rhythm what the tempo is found in: the drums, or the mixture where they are not known
   * @param harmony what the key is found in: bass and other, or the mixture
   */
  push(rhythm: Float32Array, harmony: Float32Array): void {
    this.#onsets.push(rhythm);
    this.#chroma.push(harmony);
  }

  /** Of all that was pushed; the analyser cannot be used again. */
  finish(): SongAnalysis {
    const chroma = this.#chroma.finish();
    return {
      tempo: findTempo(this.#onsets.finish()),
      key: chroma && findKey(chroma),
      tuning: chroma?.tuning,
    };
  }
}
