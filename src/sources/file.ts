// A recording that is played from memory: a file, its bytes or an AudioBuffer. Page.
import type { AnyAudioContext } from "../util/audio-context.ts";
import { decodeRecording } from "./decode.ts";
import { BaseSource, type AudioSource } from "./source.ts";

export interface FileSource extends AudioSource {
  /** Seconds. */
  readonly duration: number;
  /** Seconds from the recording's start of what sounds now. */
  readonly position: number;
  readonly paused: boolean;
  loop: boolean;
  /** Plays on from `position`, or from the start when the song has ended. Call it from a gesture. */
  play(): void;
  pause(): void;
  /** @param position in seconds, taken into [0, duration] */
  seek(position: number): void;
}

/** See ./index.ts. */
export async function fileSource(
  context: AnyAudioContext,
  recording: Blob | ArrayBuffer | AudioBuffer,
): Promise<FileSource> {
  const encoded = recording instanceof Blob || recording instanceof ArrayBuffer;
  return new BufferSource(context, encoded ? await decodeRecording(context, recording) : recording);
}

class BufferSource extends BaseSource implements FileSource {
  readonly duration: number;
  #buffer: AudioBuffer;
  #player: AudioBufferSourceNode | undefined;
  #loop = false;
  /** Position at the context's time `#since`; moves only while there is a player. */
  #position = 0;
  #since = 0;

  constructor(context: AnyAudioContext, buffer: AudioBuffer) {
    super(context);
    this.#buffer = buffer;
    this.duration = buffer.duration;
  }

  get paused(): boolean {
    return this.#player === undefined;
  }

  get position(): number {
    if (!this.#player) return this.#position;
    const position = this.#position + Math.max(0, this.context.currentTime - this.#since);
    return this.#loop ? position % this.duration : Math.min(position, this.duration);
  }

  get loop(): boolean {
    return this.#loop;
  }

  set loop(loop: boolean) {
    this.#hold();
    this.#loop = loop;
    if (this.#player) this.#player.loop = loop;
  }

  play(): void {
    if (this.#player || this.disposed) return;
    void this.resume();
    if (this.#position >= this.duration) this.#position = 0;
    this.#start();
  }

  pause(): void {
    this.#hold();
    this.#stop();
  }

  seek(position: number): void {
    const playing = this.#player !== undefined;
    this.#stop();
    this.#position = Math.min(Math.max(0, position), this.duration);
    if (playing) this.#start();
    else if (this.#position < this.duration) this.restart();
  }

  override dispose(): void {
    this.pause();
    super.dispose();
  }

  /** Writes down where the song is now, so that what follows counts from here. */
  #hold(): void {
    this.#position = this.position;
    this.#since = this.context.currentTime;
  }

  #start(): void {
    const player = this.context.createBufferSource() as AudioBufferSourceNode;
    player.buffer = this.#buffer;
    player.loop = this.#loop;
    player.onended = () => this.#over(player);
    player.connect(this.node);
    this.#since = this.context.currentTime;
    player.start(this.#since, this.#position);
    this.#player = player;
    this.restart();
  }

  #stop(): void {
    if (!this.#player) return;
    this.#player.onended = null;
    this.#player.stop();
    this.#player.disconnect();
    this.#player = undefined;
  }

  #over(player: AudioBufferSourceNode): void {
    if (player !== this.#player) return;
    this.#stop();
    this.#position = this.duration;
    this.end();
  }
}
