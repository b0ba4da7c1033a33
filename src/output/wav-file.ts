// A WAV file written bit by bit, while a recording or a split goes on. Page or worker; mediabunny writes the format.
import { AudioSample, AudioSampleSource, Output, StreamTarget, WavOutputFormat } from "mediabunny";
import { BlobTarget } from "./blob-target.ts";

export type WavCodec = "pcm-s16" | "pcm-s24" | "pcm-f32";

/**
 * A stereo WAV file that grows: `add` planar samples in order, then `finish`. Whole numbers
 * clip at ±1, "pcm-f32" keeps everything. Over 4 GB it would need RF64, which it writes from the start.
 */
export class WavFile {
  readonly #target = new BlobTarget();
  readonly #source: AudioSampleSource;
  readonly #output: Output;
  readonly #sampleRate: number;
  #frames = 0;
  // Writes are chained: mediabunny takes one at a time.
  #last: Promise<void>;

  constructor(sampleRate: number, codec: WavCodec) {
    this.#sampleRate = sampleRate;
    this.#output = new Output({
      format: new WavOutputFormat(),
      target: new StreamTarget(this.#target.writable()),
    });
    this.#source = new AudioSampleSource({ codec });
    this.#output.addAudioTrack(this.#source);
    this.#last = this.#output.start();
  }

  /** `samples`: left then right, each the same length. They are copied before it returns. */
  add(samples: Float32Array<ArrayBuffer>): void {
    const frames = samples.length / 2;
    if (frames === 0) return;
    const sample = new AudioSample({
      data: samples,
      format: "f32-planar",
      numberOfChannels: 2,
      sampleRate: this.#sampleRate,
      timestamp: this.#frames / this.#sampleRate,
    });
    this.#frames += frames;
    this.#last = this.#last.then(async () => {
      await this.#source.add(sample);
      sample.close();
    });
  }

  async finish(name: string): Promise<File> {
    await this.#last;
    await this.#output.finalize();
    return this.#target.file(name, "audio/wav");
  }
}
