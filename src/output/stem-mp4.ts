// A song as a Stem file for DJ software: an MP4 with the mixture and the four stems, encoded as AAC.
// Page, worker or Node; mediabunny writes the format.
import {
  AudioSample,
  AudioSampleSource,
  Mp4OutputFormat,
  Output,
  QUALITY_VERY_HIGH,
  StreamTarget,
  type Target,
} from "mediabunny";
import type { Patch } from "./audio-writer.ts";
import { BlobTarget } from "./blob-target.ts";
import { CHANNELS, type Planar } from "../dsp/planar-queue.ts";
import type { StemChunk } from "../split/split-stream.ts";
import { STEM_TRACKS, type Stem } from "../stems.ts";
import { prepareEncoder } from "./encoders.ts";
import { mixOf } from "./mix.ts";
import { TRACKS, withStemBox } from "./stem-box.ts";

/** Samples that an encoder of AAC puts before the song: a frame, its overlap. */
const PRIMING = 1024;

/**
 * What the tracks hold: the mixture, then the four stems of the format. Stems that it does not know
 * are part of its "other"; one that the model does not make is silent.
 */
function tracksOf(stems: StemChunk["stems"]): Planar[] {
  const known: readonly Stem[] = STEM_TRACKS;
  const trackOf = (stem: Stem) => (known.includes(stem) ? stem : "other");
  const alone = (track: Stem) =>
    Object.fromEntries(Object.keys(stems).map((stem) => [stem, Number(trackOf(stem) === track)]));
  return [mixOf(stems, {}), ...known.map((track) => mixOf(stems, alone(track)))];
}

/**
 * Writes a Stem file to `target`: `add` stems in order, then `finish`, which gives the file's last box:
 * without it DJ software sees no stems.
 */
export class StemMp4Writer {
  readonly #output: Output;
  readonly #tracks: readonly AudioSampleSource[];
  readonly #sampleRate: number;
  #samples = 0;
  #moov: Patch | undefined;

  private constructor(title: string, sampleRate: number, target: Target) {
    this.#sampleRate = sampleRate;
    this.#output = new Output({
      format: new Mp4OutputFormat({
        // The moov box comes last, where it may grow.
        fastStart: false,
        onMoov: (data, position) => (this.#moov = { bytes: data.slice(), position }),
      }),
      target,
    });
    this.#tracks = Array.from(
      { length: TRACKS },
      () => new AudioSampleSource({ codec: "aac", bitrate: QUALITY_VERY_HIGH }),
    );
    // What plays only one track plays the mixture.
    this.#tracks.forEach((track, i) =>
      this.#output.addAudioTrack(track, {
        name: ["Mixture", ...STEM_TRACKS][i],
        disposition: { default: i === 0 },
      }),
    );
    this.#output.setMetadataTags({ title });
  }

  /** @throws DannaError "platform" when AAC cannot be encoded here, "input" for such a sample rate */
  static async open(title: string, sampleRate: number, target: Target): Promise<StemMp4Writer> {
    await prepareEncoder({ codec: "aac", bitrate: QUALITY_VERY_HIGH }, sampleRate);
    const writer = new StemMp4Writer(title, sampleRate, target);
    await writer.#output.start();
    return writer;
  }

  async add({ start, sampleRate, stems }: StemChunk): Promise<void> {
    const tracks = tracksOf(stems);
    this.#samples = start + tracks[0][0].length;
    for (const [i, planes] of tracks.entries()) {
      const data = new Float32Array(CHANNELS * planes[0].length);
      planes.forEach((plane, c) => data.set(plane, c * plane.length));
      const sample = new AudioSample({
        data,
        format: "f32-planar",
        numberOfChannels: CHANNELS,
        sampleRate,
        timestamp: start / sampleRate,
      });
      await this.#tracks[i].add(sample);
      sample.close();
    }
  }

  /** Completes the file; what it gives, its longer last box, must be written over it. */
  async finish(): Promise<Patch> {
    await this.#output.finalize();
    const { bytes, position } = this.#moov!;
    const heard = { priming: PRIMING, samples: this.#samples, sampleRate: this.#sampleRate };
    return { position, bytes: withStemBox(bytes, heard) };
  }

  /** Gives up what was written. */
  async cancel(): Promise<void> {
    if (this.#output.state !== "finalized") await this.#output.cancel();
  }
}

/** Puts `chunks` into `NAME`, in a Blob. @throws as `StemMp4Writer`, and what `chunks` throws */
export async function stemMp4File(
  chunks: AsyncIterable<StemChunk>,
  title: string,
  name: string,
  sampleRate: number,
): Promise<File> {
  const target = new BlobTarget();
  const stream = new StreamTarget(target.writable());
  const writer = await StemMp4Writer.open(title, sampleRate, stream);
  try {
    for await (const chunk of chunks) await writer.add(chunk);
    const { position, bytes } = await writer.finish();
    const file = target.file(name, "audio/mp4");
    return new File([file.slice(0, position), bytes], name, { type: file.type });
  } catch (error) {
    await writer.cancel();
    throw error;
  }
}
