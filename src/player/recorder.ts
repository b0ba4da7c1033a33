// Records nodes sample by sample into WAV files, all starting at the same sample. Page thread.
import { lazy } from "../util/lazy.ts";
import { detach } from "../util/audio-node.ts";
import { RECORDER, RECORDER_BLOCK, type RecorderBlock, type RecorderCommand } from "./protocol.ts";
import type { WavFile } from "../output/wav-file.ts";

/** What to record under which name; `codec` as in `WavFile`. */
export interface Track {
  readonly name: string;
  readonly node: AudioNode;
  readonly codec: "pcm-s24" | "pcm-f32";
}

/**
 * One recording of one or more stereo nodes. `addModule` of the mixer's worklet must have been
 * done. Samples leave the audio thread in blocks; the recording is whole even if the page lags.
 */
export class Recorder {
  readonly #context: BaseAudioContext;
  readonly #tracks: readonly Track[];
  /** Each track's writer, once its code is there: fetched while the first samples come in. */
  #files: readonly WavFile[] | undefined;
  /** Blocks that came before: planes of both channels, by track. */
  readonly #waiting: Float32Array<ArrayBuffer>[][] = [];
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

  async #open(): Promise<readonly WavFile[]> {
    const { WavFile } = await lazy(import("../output/wav-file.ts"));
    this.#files ??= this.#tracks.map(({ codec }) => new WavFile(this.#context.sampleRate, codec));
    for (const blocks of this.#waiting.splice(0)) this.#add(this.#files, blocks);
    return this.#files;
  }

  #add(files: readonly WavFile[], blocks: readonly Float32Array<ArrayBuffer>[]): void {
    files.forEach((file, i) => file.add(blocks[i]));
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
    const blocks = this.#tracks.map((_, i) => {
      const stereo = new Float32Array(2 * frames);
      for (let c = 0; c < 2; c++) {
        const from = (i * 2 + c) * RECORDER_BLOCK;
        stereo.set(samples.subarray(from, from + frames), c * frames);
      }
      return stereo;
    });
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
