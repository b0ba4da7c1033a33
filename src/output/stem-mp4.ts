// A song as a Stem file for DJ software: an MP4 with the mixture and the four stems, encoded as AAC.
// Page or worker; mediabunny writes the format.
import {
  AudioSample,
  AudioSampleSource,
  canEncodeAudio,
  Mp4OutputFormat,
  Output,
  QUALITY_VERY_HIGH,
  StreamTarget,
} from "mediabunny";
import { DannaError } from "../errors.ts";
import { STEMS } from "../stems.ts";
import { BlobTarget } from "./blob-target.ts";
import type { Planar } from "../dsp/planar-queue.ts";
import type { StemChunk } from "../split/split-stream.ts";
import { STEM_TRACKS, TRACKS, withStemBox } from "../split/stem-atom.ts";

const CHANNELS = 2;

/** @throws DannaError "platform" when AAC cannot be encoded here */
async function prepareEncoder(sampleRate: number): Promise<void> {
  const settings = { numberOfChannels: CHANNELS, sampleRate, bitrate: QUALITY_VERY_HIGH };
  if (await canEncodeAudio("aac", settings)) return;
  // The encoder's worker starts from a blob, which a page may forbid; then it would wait for ever.
  if (!(await startsBlobWorkers())) throw unable();
  try {
    const { registerAacEncoder } = await import("@mediabunny/aac-encoder");
    registerAacEncoder();
    if (await canEncodeAudio("aac", settings)) return;
  } catch (cause) {
    throw unable(cause);
  }
  throw unable();
}

async function startsBlobWorkers(): Promise<boolean> {
  const url = URL.createObjectURL(new Blob(["postMessage(0)"], { type: "text/javascript" }));
  try {
    const worker = new Worker(url);
    const started = await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true);
      worker.onerror = () => resolve(false);
    });
    worker.terminate();
    return started;
  } catch {
    return false;
  } finally {
    URL.revokeObjectURL(url);
  }
}

const unable = (cause?: unknown) =>
  new DannaError(
    "platform",
    "This browser, or this page's Content-Security-Policy (worker-src blob:), does not let AAC be " +
      "encoded, which DJ software wants; save the stems as WAV files.",
    { cause },
  );

/** Left and right of the sum of all stems. */
function mixtureOf(stems: StemChunk["stems"]): Planar {
  return Array.from({ length: CHANNELS }, (_, c) => {
    const mixture = stems[STEMS[0]][c].slice();
    for (const stem of STEMS.slice(1)) {
      const plane = stems[stem][c];
      for (let n = 0; n < mixture.length; n++) mixture[n] += plane[n];
    }
    return mixture;
  });
}

/** A Stem file that grows: `add` stems in order, then `finish`. */
export class StemMp4 {
  readonly #target = new BlobTarget();
  readonly #output: Output;
  readonly #tracks: readonly AudioSampleSource[];

  private constructor(title: string) {
    // The moov box comes last, where it may grow.
    this.#output = new Output({
      format: new Mp4OutputFormat({ fastStart: false }),
      target: new StreamTarget(this.#target.writable()),
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

  /** @throws DannaError "platform" when AAC cannot be encoded here */
  static async open(title: string, sampleRate: number): Promise<StemMp4> {
    await prepareEncoder(sampleRate);
    const file = new StemMp4(title);
    await file.#output.start();
    return file;
  }

  async add({ start, sampleRate, stems }: StemChunk): Promise<void> {
    const tracks = [mixtureOf(stems), ...STEM_TRACKS.map((stem) => stems[stem])];
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

  async finish(name: string): Promise<File> {
    await this.#output.finalize();
    return this.#withStems(this.#target.file(name, "audio/mp4"));
  }

  /** Gives up what was written. */
  async cancel(): Promise<void> {
    if (this.#output.state !== "finalized") await this.#output.cancel();
  }

  async #withStems(file: File): Promise<File> {
    for (let at = 0; at + 16 <= file.size;) {
      const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
      const name = String.fromCharCode(...new Uint8Array(head.buffer, 4, 4));
      if (name === "moov") {
        const moov = withStemBox(new Uint8Array(await file.slice(at).arrayBuffer()));
        return new File([file.slice(0, at), moov], file.name, { type: file.type });
      }
      const size = head.getUint32(0);
      at += size === 1 ? Number(head.getBigUint64(8)) : size;
    }
    throw new DannaError("input", `${file.name} has no moov box.`);
  }
}
