// A WAV file written bit by bit, while a recording or a split goes on. Page or worker; mediabunny writes the format.
import {
  AudioSample,
  AudioSampleSource,
  Output,
  StreamTarget,
  WavOutputFormat,
  type StreamTargetChunk,
} from "mediabunny";

/** Bytes from which a stretch of the file is put into a Blob, which browsers keep on disk. */
const BLOB_SIZE = 4 << 20;
/** Upper bound of the header, which is written again at the end. */
const HEADER_SIZE = 1 << 10;

/** Collects the writer's chunks; only the header may be written twice. */
class BlobTarget {
  readonly #header = new Uint8Array(HEADER_SIZE);
  readonly #parts: Blob[] = [];
  #tail: Uint8Array<ArrayBuffer>[] = [];
  #tailSize = 0;
  #length = 0;

  write({ data, position }: StreamTargetChunk): void {
    if (position < HEADER_SIZE)
      this.#header.set(data.subarray(0, HEADER_SIZE - position), position);
    const fresh = data.subarray(Math.max(0, Math.max(HEADER_SIZE, this.#length) - position));
    this.#length = Math.max(this.#length, position + data.length);
    if (fresh.length === 0) return;
    this.#tail.push(fresh.slice());
    this.#tailSize += fresh.length;
    if (this.#tailSize >= BLOB_SIZE) this.#spill();
  }

  #spill(): void {
    this.#parts.push(new Blob(this.#tail));
    this.#tail = [];
    this.#tailSize = 0;
  }

  file(name: string): File {
    this.#spill();
    const header = this.#header.slice(0, Math.min(HEADER_SIZE, this.#length));
    return new File([header, ...this.#parts], name, { type: "audio/wav" });
  }
}

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
    const writable = new WritableStream<StreamTargetChunk>({
      write: (chunk) => this.#target.write(chunk),
    });
    this.#output = new Output({
      format: new WavOutputFormat(),
      target: new StreamTarget(writable),
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
    return this.#target.file(name);
  }
}
