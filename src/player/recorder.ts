// Records nodes sample by sample into WAV files, all starting at the same sample. Page thread.
import { lazy } from "../util/lazy.ts";
import { detach } from "../util/audio-node.ts";
import { RECORDER, RECORDER_BLOCK, type RecorderBlock, type RecorderCommand } from "./protocol.ts";
import type { AudioBlobWriter } from "../output/audio-writer.ts";
import type { AudioFormat } from "../output/formats.ts";

/** What to record under which name. */
export interface Track {
  readonly name: string;
  readonly node: AudioNode;
  readonly format: AudioFormat;
}

/**
 * One recording of one or more stereo nodes. `addModule` of the mixer's worklet must have been
 * done. Samples leave the audio thread in blocks; the recording is whole even if the page lags.
 */
export class Recorder {
  readonly #context: BaseAudioContext;
  readonly #tracks: readonly Track[];
  /** Each track's writer, once its code is there: fetched while the first samples come in. */
  #files: readonly AudioBlobWriter[] | undefined;
  #opening: Promise<readonly AudioBlobWriter[]> | undefined;
  /** Blocks that came before: by track, planes of both channels. */
  readonly #waiting: Float32Array[][][] = [];
  #frames = 0;
  readonly #node: AudioWorkletNode;
  readonly #sink: GainNode;
  readonly #done: Promise<void>;
  readonly #life = new AbortController();

  /** Starts at once. */
  constructor(context: BaseAudioContext, tracks: readonly Track[]) {
    this.#tracks = tracks;
    this.#context = context;
    // `stop` tries again and tells a failure.
    this.#open().catch(() => undefined);
    this.#node = new AudioWorkletNode(context, RECORDER, {
      numberOfInputs: tracks.length,
      channelCount: 2,
      channelCountMode: "explicit",
    });
    tracks.forEach(({ node }, i) => node.connect(this.#node, 0, i));
    // A processor runs only while it leads somewhere.
    this.#sink = new GainNode(context, { gain: 0 });
    this.#node.connect(this.#sink).connect(context.destination);
    this.#done = new Promise((resolve) => {
      this.#node.port.onmessage = ({ data }: MessageEvent<RecorderBlock>) => {
        this.#take(data);
        if (data.last) resolve();
      };
      // A context that is closed gives nothing more, not even the last block.
      const look = () => context.state === "closed" && resolve();
      context.addEventListener("statechange", look, { signal: this.#life.signal });
    });
    this.#send({ do: "start" });
  }

  get sampleRate(): number {
    return this.#context.sampleRate;
  }

  /** Seconds recorded so far. */
  get duration(): number {
    return this.#frames / this.#context.sampleRate;
  }

  /**
   * Ends the recording and gives one file a track, named NAME.wav, in the order of the tracks.
   *
   * @throws DannaError "fetch" when the code that writes them could not be loaded
   */
  async stop(): Promise<File[]> {
    this.#send({ do: "stop" });
    await this.#done;
    this.#close();
    const files = await this.#open();
    return Promise.all(files.map((file, i) => file.finish(`${this.#tracks[i].name}.wav`)));
  }

  /** Ends the recording and throws it away. */
  cancel(): void {
    this.#close();
  }

  #open(): Promise<readonly AudioBlobWriter[]> {
    this.#opening ??= this.#openWriters().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #openWriters(): Promise<readonly AudioBlobWriter[]> {
    const { AudioBlobWriter } = await lazy(import("../output/audio-writer.ts"));
    const { sampleRate } = this.#context;
    const files = await Promise.all(
      this.#tracks.map(({ format }) => AudioBlobWriter.open(format, sampleRate)),
    );
    this.#files = files;
    for (const blocks of this.#waiting.splice(0)) this.#add(files, blocks);
    return files;
  }

  #add(files: readonly AudioBlobWriter[], blocks: readonly Float32Array[][]): void {
    // `finish` throws what a block met.
    files.forEach((file, i) => void file.add(blocks[i]));
  }

  #close(): void {
    this.#life.abort();
    this.#send({ do: "close" });
    for (const { node } of this.#tracks) detach(node, this.#node);
    this.#node.disconnect();
    this.#sink.disconnect();
    this.#node.port.close();
  }

  #take({ samples, frames }: RecorderBlock): void {
    this.#frames += frames;
    const blocks = this.#tracks.map((_, i) =>
      [0, 1].map((c) => {
        const from = (i * 2 + c) * RECORDER_BLOCK;
        return samples.slice(from, from + frames);
      }),
    );
    if (this.#files) this.#add(this.#files, blocks);
    else this.#waiting.push(blocks);
    if (samples.length > 0) {
      this.#node.port.postMessage({ do: "return", samples } satisfies RecorderCommand, [
        samples.buffer,
      ]);
    }
  }

  #send(command: RecorderCommand): void {
    this.#node.port.postMessage(command);
  }
}
