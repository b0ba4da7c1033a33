// What plays, pauses and seeks: the common face of files and media elements. Page thread.
import type { Loop } from "./loop.ts";

export interface TransportEvents {
  /** Playing, paused, seeked, looped anew, or at another tempo. */
  change: undefined;
  ended: undefined;
  error: Error;
  /** `sounding` is known anew. */
  sounding: undefined;
}

/** Times in seconds of the recording. `dispose` frees everything and stops the sound. */
export interface Transport {
  /** The sound; connect it. */
  readonly node: AudioNode;
  readonly duration: number;
  /** What is being fed into `node` now. */
  readonly position: number;
  readonly paused: boolean;
  readonly loop: Loop;
  readonly tempo: number;
  /** @param time of the context at which it begins, where the transport can wait for that */
  play(time?: number): Promise<void>;
  pause(): void;
  seek(position: number): void;
  setLoop(loop: Loop): void;
  setTempo(tempo: number): Promise<void>;
  /** Undefined where the transport cannot shift the key itself. */
  setKey?(semitones: number): Promise<void>;
  on<T extends keyof TransportEvents>(
    type: T,
    listener: (payload: TransportEvents[T]) => void,
  ): () => void;
  dispose(): Promise<void>;
}
