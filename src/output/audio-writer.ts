// A stereo audio file written block by block, in any of the formats. Page, worker or Node; mediabunny
// writes the containers.
import {
  AudioSample,
  AudioSampleSource,
  EncodedAudioPacketSource,
  EncodedPacket,
  FlacOutputFormat,
  Mp3OutputFormat,
  Output,
  StreamTarget,
  WavOutputFormat,
  type AudioSource,
  type MetadataTags,
  type OutputFormat,
  type Target,
} from "mediabunny";
import { BlobTarget } from "./blob-target.ts";
import { prepareEncoder } from "./encoders.ts";
import { formatOf, type AudioFormat } from "./formats.ts";
import { withGapless } from "./gapless-mp3.ts";
import { isPcm, pcmBytes, type PcmCodec } from "./pcm.ts";
import { riffHeader } from "./riff-header.ts";

type FrameListener = (data: Uint8Array, position: number) => void;

/** What is written again when all is known: a WAV file's header, an MP3 file's first frame. */
const CONTAINERS: Record<
  ReturnType<typeof formatOf>["container"],
  (onHeader: FrameListener) => OutputFormat
> = {
  wav: (onHeader) => new WavOutputFormat({ large: true, onHeader }),
  flac: () => new FlacOutputFormat(),
  mp3: (onXingFrame) => new Mp3OutputFormat({ onXingFrame }),
};

/** Those whose tags players read; a WAV file's would stand where its header is completed. */
const TAGGED: readonly (keyof typeof CONTAINERS)[] = ["flac", "mp3"];

/** Bytes to be written over those of a finished file, from `position` on. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How blocks get into a file: `prepare` copies one, what it gives writes it. */
interface Track {
  readonly source: AudioSource;
  prepare(left: Float32Array, right: Float32Array, timestamp: number): () => Promise<void>;
}

/** The bytes are made here: mediabunny writes each sample by a call, in small packets. */
function pcmTrack(codec: PcmCodec, sampleRate: number): Track {
  const source = new EncodedAudioPacketSource(codec);
  const decoderConfig = { codec, numberOfChannels: 2, sampleRate };
  return {
    source,
    prepare(left, right, timestamp) {
      const bytes = pcmBytes(left, right, codec);
      const packet = new EncodedPacket(bytes, "key", timestamp, left.length / sampleRate);
      return () => source.add(packet, { decoderConfig });
    },
  };
}

function encodedTrack(
  { codec, bitrate }: Pick<ReturnType<typeof formatOf>, "codec" | "bitrate">,
  sampleRate: number,
): Track {
  const source = new AudioSampleSource({ codec, ...(bitrate && { bitrate }) });
  return {
    source,
    prepare(left, right, timestamp) {
      const data = new Float32Array(2 * left.length);
      data.set(left);
      data.set(right, left.length);
      const format = "f32-planar";
      const sample = new AudioSample({ data, format, numberOfChannels: 2, sampleRate, timestamp });
      return async () => {
        try {
          await source.add(sample);
        } finally {
          sample.close();
        }
      };
    },
  };
}

/**
 * Writes to `target`: `add` stereo blocks in order, then `finish`. Whole-number formats clip at ±1,
 * "wav32f" keeps everything. Calls may overlap; blocks are written one at a time, in order.
 */
export class AudioWriter {
  readonly #track: Track;
  readonly #output: Output;
  readonly #sampleRate: number;
  readonly #container: keyof typeof CONTAINERS;
  #frames = 0;
  #last: Promise<void> = Promise.resolve();
  #header: Patch | undefined;

  private constructor(format: AudioFormat, sampleRate: number, target: Target) {
    const { container, codec, bitrate } = formatOf(format);
    this.#sampleRate = sampleRate;
    this.#container = container;
    const onHeader: FrameListener = (data, position) =>
      (this.#header = { position, bytes: data.slice() });
    this.#output = new Output({ format: CONTAINERS[container](onHeader), target });
    this.#track = isPcm(codec)
      ? pcmTrack(codec, sampleRate)
      : encodedTrack({ codec, bitrate }, sampleRate);
    this.#output.addAudioTrack(this.#track.source);
  }

  /**
   * @param tags are written where the format has a place for them: FLAC and MP3
   * @throws DannaError as `prepareEncoder`; what the target throws
   */
  static async open(
    format: AudioFormat,
    sampleRate: number,
    target: Target,
    tags?: MetadataTags,
  ): Promise<AudioWriter> {
    await prepareEncoder(formatOf(format), sampleRate);
    const writer = new AudioWriter(format, sampleRate, target);
    if (tags && TAGGED.includes(writer.#container)) writer.#output.setMetadataTags(tags);
    await writer.#output.start();
    return writer;
  }

  /** The planes are copied before it returns. @throws what the encoder or the target throws */
  add([left, right]: readonly Float32Array[]): Promise<void> {
    if (left.length === 0) return this.#last;
    const write = this.#track.prepare(left, right, this.#frames / this.#sampleRate);
    this.#frames += left.length;
    this.#last = this.#last.then(write);
    // `finish` throws as well, for those who do not await each block.
    this.#last.catch(() => undefined);
    return this.#last;
  }

  /** Completes the file; what it gives must be written over it. */
  async finish(): Promise<Patch | undefined> {
    await this.#last;
    await this.#output.finalize();
    if (!this.#header) return undefined;
    const { position, bytes } = this.#header;
    if (this.#container === "mp3") return { position, bytes: withGapless(bytes, this.#frames) };
    const header = riffHeader(bytes, this.#frames);
    return header && { position, bytes: header };
  }

  /** Gives up what was written. */
  async cancel(): Promise<void> {
    if (this.#output.state !== "finalized") await this.#output.cancel().catch(() => undefined);
  }
}

/** The same into a Blob, which browsers put on disk when it is large. */
export class AudioBlobWriter {
  readonly #target: BlobTarget;
  readonly #writer: AudioWriter;
  readonly #format: AudioFormat;

  private constructor(format: AudioFormat, target: BlobTarget, writer: AudioWriter) {
    this.#format = format;
    this.#target = target;
    this.#writer = writer;
  }

  /** As `AudioWriter.open`. */
  static async open(
    format: AudioFormat,
    sampleRate: number,
    tags?: MetadataTags,
  ): Promise<AudioBlobWriter> {
    const target = new BlobTarget();
    const stream = new StreamTarget(target.writable());
    const writer = await AudioWriter.open(format, sampleRate, stream, tags);
    return new AudioBlobWriter(format, target, writer);
  }

  /** As `AudioWriter.add`. */
  add(planes: readonly Float32Array[]): Promise<void> {
    return this.#writer.add(planes);
  }

  async finish(name: string): Promise<File> {
    const patch = await this.#writer.finish();
    const file = this.#target.file(name, formatOf(this.#format).mimeType);
    if (!patch) return file;
    const { position, bytes } = patch;
    const parts = [file.slice(0, position), bytes, file.slice(position + bytes.length)];
    return new File(parts, name, { type: file.type });
  }

  cancel(): Promise<void> {
    return this.#writer.cancel();
  }
}
